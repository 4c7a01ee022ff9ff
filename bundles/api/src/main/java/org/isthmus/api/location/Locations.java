// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.location;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.Texts;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.HostId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Places with capacity, the endpoints that lead to it, and the hosts behind them. Everybody sees locations; endpoints and
 * hosts are for operators.
 */
@ProviderType
public interface Locations {
    Page<LocationView> list(Caller caller, Query query);

    LocationView get(Caller caller, Ref location);

    Page<EndpointView> endpoints(Caller caller, Ref location, Query query);

    EndpointView endpoint(Caller caller, Ref location, Ref endpoint);

    Page<HostView> hosts(Caller caller, Ref location, Query query);

    HostView host(Caller caller, Ref location, Ref host);

    /** Installed drivers, by type. */
    List<DriverView> drivers(Caller caller);

    /** What the endpoint has that servers can be made of and nobody here made; asks its driver. */
    List<TemplateView> templates(Caller caller, Ref location, Ref endpoint);

    /**
     * A template of an endpoint.
     *
     * @param ref the endpoint's own name for it
     * @param disks the sizes of its disks in bytes
     * @param sizeBytes what it takes on storage, where that can be said
     */
    record TemplateView(
            String ref,
            String name,
            int cpus,
            long memoryMiB,
            Optional<String> os,
            List<Long> disks,
            Optional<Long> sizeBytes) {
        public TemplateView {
            disks = List.copyOf(disks);
        }
    }

    enum Kind {
        CLOUD,
        ON_PREMISES
    }

    record LocationView(LocationId id, Name name, Kind kind, Instant createdAt, String createdBy, long version) {}

    /**
     * A driver instance.
     *
     * @param secretsSet the names of the secrets that are set; their values are never shown
     * @param compute it runs servers
     * @param network it makes networks
     */
    record EndpointView(
            EndpointId id,
            Name name,
            LocationId location,
            String driver,
            Map<String, String> settings,
            Set<String> secretsSet,
            Health health,
            Set<String> capabilities,
            boolean compute,
            boolean network,
            Instant createdAt,
            String createdBy,
            long version) {
        public EndpointView {
            settings = Map.copyOf(settings);
            secretsSet = Set.copyOf(secretsSet);
            capabilities = Set.copyOf(capabilities);
        }
    }

    /**
     * How an endpoint is.
     *
     * @param checkedAt absent until it was asked the first time
     */
    record Health(HealthState state, String detail, Optional<Instant> checkedAt) {}

    enum HealthState {
        UP,
        DEGRADED,
        DOWN,
        /** Not asked yet. */
        UNKNOWN
    }

    /**
     * A host, with what it has, what may be given out of it, and what is given out.
     *
     * @param overcommit how often each thing may be given out, in hundredths: 100 is once
     * @param maintenance it takes no new servers
     */
    record HostView(
            HostId id,
            String name,
            LocationId location,
            EndpointId endpoint,
            int cpus,
            long memoryMiB,
            long diskGiB,
            int usedCpus,
            long usedMemoryMiB,
            long usedDiskGiB,
            Overcommit overcommit,
            Set<String> tags,
            boolean available,
            boolean maintenance,
            String detail,
            Instant createdAt,
            String createdBy,
            long version) {
        public HostView {
            tags = Set.copyOf(tags);
        }
    }

    /** In hundredths, 10 to 2,000 each. */
    record Overcommit(int cpuPercent, int memoryPercent, int diskPercent) {
        public static final Overcommit DEFAULT = new Overcommit(400, 100, 200);

        public Overcommit {
            if (Math.min(cpuPercent, Math.min(memoryPercent, diskPercent)) < 10
                    || Math.max(cpuPercent, Math.max(memoryPercent, diskPercent)) > 2000) {
                throw new IllegalArgumentException("Overcommit is 10 to 2000 percent.");
            }
        }
    }

    record DriverView(
            String type, String description, String version, List<SettingView> settings, Set<String> capabilities) {
        public DriverView {
            settings = List.copyOf(settings);
            capabilities = Set.copyOf(capabilities);
        }
    }

    record SettingView(
            String name,
            String type,
            boolean required,
            boolean secret,
            Optional<String> defaultValue,
            List<String> allowed,
            String description) {
        public SettingView {
            allowed = List.copyOf(allowed);
        }
    }

    record CreateLocation(Name name, Kind kind) implements PlatformCommand<LocationView> {
        @Override
        public Action action() {
            return Action.LOCATION_CREATE;
        }

        @Override
        public Subject about() {
            return Subject.of("location", Ref.of(name));
        }
    }

    record ChangeLocation(Ref location, long version, Optional<Name> name) implements PlatformCommand<LocationView> {
        @Override
        public Action action() {
            return Action.LOCATION_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("location", location);
        }
    }

    /** IN_USE while it has endpoints, networks or images. */
    record DeleteLocation(Ref location) implements PlatformCommand<LocationView> {
        @Override
        public Action action() {
            return Action.LOCATION_DELETE;
        }

        @Override
        public Subject about() {
            return Subject.of("location", location);
        }
    }

    /** Settings as text; structured ones as JSON text. Checked against the driver's own list. */
    record CreateEndpoint(
            Ref location, Name name, String driver, Map<String, String> settings, Map<String, Secret> secrets)
            implements PlatformCommand<EndpointView> {
        public CreateEndpoint {
            settings = Map.copyOf(settings);
            secrets = Map.copyOf(secrets);
        }

        @Override
        public Action action() {
            return Action.ENDPOINT_CREATE;
        }

        @Override
        public Subject about() {
            return Subject.of("endpoint", Ref.of(name));
        }
    }

    /** Settings and secrets given replace those of the same name; an empty value removes one. Applied at once. */
    record ChangeEndpoint(
            Ref location,
            Ref endpoint,
            long version,
            Optional<Name> name,
            Map<String, String> settings,
            Map<String, Secret> secrets)
            implements PlatformCommand<EndpointView> {
        public ChangeEndpoint {
            settings = Map.copyOf(settings);
            secrets = Map.copyOf(secrets);
        }

        @Override
        public Action action() {
            return Action.ENDPOINT_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("endpoint", endpoint);
        }
    }

    /** IN_USE while servers or networks are on it. */
    record DeleteEndpoint(Ref location, Ref endpoint) implements PlatformCommand<EndpointView> {
        @Override
        public Action action() {
            return Action.ENDPOINT_DELETE;
        }

        @Override
        public Subject about() {
            return Subject.of("endpoint", endpoint);
        }
    }

    record ChangeHost(
            Ref location,
            Ref host,
            long version,
            Optional<Boolean> maintenance,
            Optional<Set<String>> tags,
            Optional<Overcommit> overcommit)
            implements PlatformCommand<HostView> {
        public ChangeHost {
            tags = tags.map(Set::copyOf);
            tags.ifPresent(all -> all.forEach(tag -> Texts.checked("A host tag", tag, 63)));
        }

        @Override
        public Action action() {
            return Action.HOST_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("host", host);
        }
    }

    /** What belongs to the platform's own organization. */
    interface PlatformCommand<R> extends Command<R> {
        @Override
        default Ref organization() {
            return Ref.PLATFORM;
        }
    }
}
