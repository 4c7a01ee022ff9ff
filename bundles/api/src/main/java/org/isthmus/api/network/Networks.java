// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.network;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.Texts;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Making;
import org.isthmus.api.price.Estimate;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.osgi.annotation.versioning.ProviderType;

/** The private networks of an organization. Filters: {@code name, state, location}. */
@ProviderType
public interface Networks extends Listing<Networks.NetworkView> {
    /** The states of a network; one table of transitions. */
    enum NetworkState {
        REQUESTED,
        BUILDING,
        ACTIVE,
        FAILED,
        DELETING;

        public boolean mayBecome(NetworkState next) {
            return switch (this) {
                case REQUESTED -> next == BUILDING || next == FAILED || next == DELETING;
                case BUILDING -> next == ACTIVE || next == FAILED || next == DELETING;
                case ACTIVE -> next == DELETING;
                case FAILED -> next == DELETING;
                    // a delete that was cancelled or cannot go on leaves the network as it was
                case DELETING -> next == ACTIVE || next == FAILED;
            };
        }
    }

    /**
     * A network.
     *
     * @param department that it belongs to, as grants on departments see it
     * @param gateway the address that answers DHCP and DNS
     * @param drift what the reconciler found different below, when anything
     */
    record NetworkView(
            NetworkId id,
            Name name,
            OrganizationId organization,
            Optional<DepartmentId> department,
            LocationId location,
            Cidr cidr,
            String gateway,
            boolean dns,
            String dnsDomain,
            boolean neverPublic,
            Map<String, String> tags,
            NetworkState state,
            Optional<String> reason,
            Optional<String> drift,
            Estimate estimate,
            Instant createdAt,
            String createdBy,
            long version) {
        public NetworkView {
            tags = Map.copyOf(tags);
        }
    }

    /** A subnet of /8 to /29 of private space (RFC 1918). */
    record CreateNetwork(
            Ref organization,
            Name name,
            Ref location,
            Cidr cidr,
            boolean neverPublic,
            boolean dns,
            Map<String, String> tags,
            Optional<Ref> department)
            implements Making<NetworkView> {
        public CreateNetwork {
            if (cidr.prefix() < 8 || cidr.prefix() > 29 || !cidr.isPrivate()) {
                throw new IllegalArgumentException(
                        "A network's cidr is /8 to /29 within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.");
            }
            tags = Texts.tags(tags);
        }

        /** One of the caller's own department. */
        public CreateNetwork(
                Ref organization,
                Name name,
                Ref location,
                Cidr cidr,
                boolean neverPublic,
                boolean dns,
                Map<String, String> tags) {
            this(organization, name, location, cidr, neverPublic, dns, tags, Optional.empty());
        }

        @Override
        public Action action() {
            return Action.NETWORK_CREATE;
        }

        @Override
        public Subject about() {
            return Subject.of("network", Ref.of(name));
        }
    }

    record ChangeNetwork(
            Ref organization,
            Ref network,
            long version,
            Optional<Name> name,
            Optional<Boolean> neverPublic,
            Optional<Map<String, String>> tags)
            implements Command<NetworkView> {
        public ChangeNetwork {
            tags = tags.map(Texts::tags);
        }

        @Override
        public Action action() {
            return Action.NETWORK_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("network", network);
        }
    }

    /** IN_USE while a server, also a recoverable one, is on it. */
    record DeleteNetwork(Ref organization, Ref network) implements Command<NetworkView> {
        @Override
        public Action action() {
            return Action.NETWORK_DELETE;
        }

        @Override
        public Subject about() {
            return Subject.of("network", network);
        }
    }
}
