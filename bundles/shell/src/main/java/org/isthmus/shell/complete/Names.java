// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.complete;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Listing;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.lease.ServerLeases;
import org.isthmus.api.lease.ServerLeases.LeaseView;
import org.isthmus.api.limit.LimitList;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.location.Locations;
import org.isthmus.api.location.Locations.DriverView;
import org.isthmus.api.network.Networks.NetworkView;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.server.MoveBatchView;
import org.isthmus.api.server.MoveBatches;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.webhook.Webhooks.WebhookView;
import org.isthmus.model.Ids.LimitId;
import org.isthmus.model.Page;

/** The names of each kind of thing. Only the first page of each is offered: who has more types a letter first. */
public final class Names {
    private Names() {}

    /** What a listing of the organization shows. */
    private static <V> Stream<String> listed(
            Offer.Line line, Class<? extends Listing<V>> listing, Function<V, String> name) {
        Ref in = line.organization();
        return paged(line, listing, (all, caller) -> all.list(caller, in, Query.all()), name);
    }

    private static <S, V> Stream<String> paged(
            Offer.Line line, Class<S> service, BiFunction<? super S, Caller, Page<V>> list, Function<V, String> name) {
        return line.with(service, list).stream()
                .flatMap(page -> page.items().stream())
                .map(name);
    }

    private static List<String> locations(Offer.Line line) {
        return paged(line, Locations.class, (all, caller) -> all.list(caller, Query.all()), location -> location.name()
                        .value())
                .toList();
    }

    /** The location that was typed before. */
    static Optional<Ref> location(Offer.Line line) {
        return line.typed(locations(line)).map(Ref::new);
    }

    static List<String> endpoints(Offer.Line line, Ref location) {
        return paged(
                        line,
                        Locations.class,
                        (all, caller) -> all.endpoints(caller, location, Query.all()),
                        endpoint -> endpoint.name().value())
                .toList();
    }

    static List<DriverView> drivers(Offer.Line line) {
        return line.<Locations, List<DriverView>>with(Locations.class, Locations::drivers)
                .orElse(List.of());
    }

    /** The server that was typed before. */
    private static Stream<ServerView> server(Offer.Line line) {
        Ref in = line.organization();
        List<ServerView> servers = line.<org.isthmus.api.server.Servers, List<ServerView>>with(
                        org.isthmus.api.server.Servers.class,
                        (all, caller) -> all.list(caller, in, Query.all()).items())
                .orElse(List.of());
        List<String> known =
                servers.stream().map(server -> server.name().value()).toList();
        return line.typed(known).stream().flatMap(name -> servers.stream()
                .filter(server -> server.name().value().equals(name))
                .limit(1));
    }

    /** Organizations. */
    @Service
    public static final class Organizations extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return paged(
                    line,
                    org.isthmus.api.organization.Organizations.class,
                    (all, caller) -> all.list(caller, Query.all()),
                    organization -> organization.name().value());
        }
    }

    /** Users. */
    @Service
    public static final class Users extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return listed(line, org.isthmus.api.identity.Users.class, UserView::username);
        }
    }

    /** Departments. */
    @Service
    public static final class Departments extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return listed(line, org.isthmus.api.identity.Departments.class, (DepartmentView department) -> department
                    .name()
                    .value());
        }
    }

    /** Directories. */
    @Service
    public static final class Directories extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return listed(line, org.isthmus.api.identity.Directories.class, (DirectoryView directory) -> directory
                    .name()
                    .value());
        }
    }

    /** Groups of directories. */
    @Service
    public static final class Groups extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return listed(line, org.isthmus.api.identity.Groups.class, GroupView::name);
        }
    }

    /** Roles. */
    @Service
    public static final class Roles extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            Ref in = line.organization();
            return line
                    .<org.isthmus.api.identity.Roles, List<RoleView>>with(
                            org.isthmus.api.identity.Roles.class, (all, caller) -> all.all(caller, in))
                    .stream()
                    .flatMap(List::stream)
                    .map(RoleView::name);
        }
    }

    /** Grants, by id: they have no name. */
    @Service
    public static final class Grants extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return listed(line, org.isthmus.api.identity.Grants.class, (GrantView grant) -> grant.id()
                    .value());
        }
    }

    /** Limits, by id: users without one of their own have none. */
    @Service
    public static final class Limits extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return listed(line, LimitList.class, (LimitView limit) -> limit.id()
                            .map(LimitId::value)
                            .orElse(""))
                    .filter(id -> !id.isEmpty());
        }
    }

    /** Leases, by their servers' names. */
    @Service
    public static final class Leases extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return listed(line, ServerLeases.class, LeaseView::serverName);
        }
    }

    /** Batches of moves. */
    @Service
    public static final class Moves extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return listed(line, MoveBatches.class, (MoveBatchView batch) -> batch.name()
                    .value());
        }
    }

    /** Webhooks. */
    @Service
    public static final class Webhooks extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return listed(line, org.isthmus.api.webhook.Webhooks.class, (WebhookView webhook) -> webhook.name()
                    .value());
        }
    }

    /** Locations. */
    @Service
    public static final class Places extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return locations(line).stream();
        }
    }

    /** Endpoints of the location that was typed before. */
    @Service
    public static final class Endpoints extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return location(line).stream().flatMap(location -> endpoints(line, location).stream());
        }
    }

    /** Hosts of the location that was typed before. */
    @Service
    public static final class Hosts extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return location(line).stream()
                    .flatMap(location -> paged(
                            line,
                            Locations.class,
                            (all, caller) -> all.hosts(caller, location, Query.all()),
                            Locations.HostView::name));
        }
    }

    /** Types of installed drivers. */
    @Service
    public static final class Drivers extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return drivers(line).stream().map(DriverView::type);
        }
    }

    /** Networks. */
    @Service
    public static final class Networks extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return listed(line, org.isthmus.api.network.Networks.class, (NetworkView network) -> network.name()
                    .value());
        }
    }

    /** Images. */
    @Service
    public static final class Images extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return listed(line, org.isthmus.api.image.Images.class, (ImageView image) -> image.name()
                    .value());
        }
    }

    /** Servers. */
    @Service
    public static final class Servers extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return listed(line, org.isthmus.api.server.Servers.class, (ServerView server) -> server.name()
                    .value());
        }
    }

    /** Ids of deleted servers: a name may be another's by now. */
    @Service
    public static final class DeletedServers extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            Ref in = line.organization();
            return paged(
                    line,
                    org.isthmus.api.server.Servers.class,
                    (all, caller) -> all.list(
                            caller,
                            in,
                            new Query(java.util.Map.of("state", "DELETED"), Optional.empty(), Page.Request.all())),
                    server -> server.id().value());
        }
    }

    /** Disks of the server that was typed before. */
    @Service
    public static final class Disks extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return server(line)
                    .flatMap(server -> server.disks().stream())
                    .filter(disk -> !disk.boot())
                    .map(disk -> disk.id().value());
        }
    }

    /** Interfaces of the server that was typed before. */
    @Service
    public static final class Nics extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return server(line).flatMap(server -> server.nics().stream()).map(nic -> nic.id()
                    .value());
        }
    }

    /** Snapshots of the server that was typed before. */
    @Service
    public static final class Snapshots extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            Ref in = line.organization();
            return server(line)
                    .flatMap(server -> line
                            .<org.isthmus.api.server.Servers, List<ServerView.SnapshotView>>with(
                                    org.isthmus.api.server.Servers.class,
                                    (all, caller) -> all.snapshots(caller, in, Ref.of(server.id())))
                            .stream())
                    .flatMap(List::stream)
                    .map(snapshot -> snapshot.name().value());
        }
    }

    /** Operations, by id. */
    @Service
    public static final class Operations extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return listed(line, org.isthmus.api.operation.Operations.class, (OperationView operation) -> operation
                    .id()
                    .value());
        }
    }

    /** Actions. */
    @Service
    public static final class Actions extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return Stream.of(Action.values()).map(Action::key);
        }
    }
}
