// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.time.DayOfWeek;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.lease.Schedule;
import org.isthmus.api.lease.ServerLeases;
import org.isthmus.api.lease.ServerLeases.ChangeLease;
import org.isthmus.api.lease.ServerLeases.CreateLease;
import org.isthmus.api.lease.ServerLeases.DeleteLease;
import org.isthmus.api.lease.ServerLeases.LeaseView;
import org.isthmus.api.lease.ServerLeases.OnExpiry;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;

/** How long servers are wanted, and in which hours. */
public final class LeaseRoutes {
    private static final String LEASES = ONE + "/leases";
    private static final String LEASE = LEASES + "/{lease}";

    private LeaseRoutes() {}

    record Hours(
            @Field(value = "as the IANA database calls it, or UTC", most = 60, example = "\"Europe/Berlin\"")
                    String timezone,
            @Field(value = "on which it begins", example = "[\"MONDAY\",\"TUESDAY\"]") Set<DayOfWeek> days,
            @Field(value = "when it is started", most = 5, example = "\"08:00\"") String from,
            @Field(
                            value = "when it is stopped; on the next day when it is not after from",
                            most = 5,
                            example = "\"18:30\"")
                    String to) {
        Schedule schedule() {
            return new Schedule(timezone, days, from, to);
        }
    }

    record NewLease(
            Ref server,
            @Field("when its time is over: it is stopped then") Optional<Instant> expiresAt,
            @Field("STOP unless said otherwise; DELETE: stopped, then deleted, and recoverable within the grace")
                    Optional<OnExpiry> onExpiry,
            Optional<Hours> schedule) {}

    record LeaseChange(
            @Field("null: never") Optional<Optional<Instant>> expiresAt,
            Optional<OnExpiry> onExpiry,
            @Field("null: none") Optional<Optional<Hours>> schedule) {
        @SuppressWarnings("OptionalMapToOptional") // one in the other is what tells "keep" from "none"
        Optional<Optional<Schedule>> hours() {
            return schedule.map(given -> given.map(Hours::schedule));
        }
    }

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Servers");
        Guard read = Guard.may(Action.SERVER_READ);
        on.list(
                LEASES,
                "listLeases",
                read,
                "How long servers are wanted, and in which hours they are on.",
                LeaseView.class,
                Filters.none(),
                call -> services.call(
                        ServerLeases.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.change(
                        Verb.POST,
                        LEASES,
                        "createLease",
                        Action.SERVER_CHANGE,
                        "Says how long a server is wanted, or in which hours it is on. Needs the rights to do what will be"
                                + " done: server.stop or server.delete for an end, server.start and server.stop for hours.")
                .body(NewLease.class)
                .command(
                        CreateLease.class,
                        (call, body) -> new CreateLease(
                                call.organization(),
                                body.server(),
                                body.expiresAt(),
                                body.onExpiry().orElse(OnExpiry.STOP),
                                body.schedule().map(Hours::schedule)))
                .created(LeaseView.class);
        on.get(
                LEASE,
                "getLease",
                read,
                "A lease, by its own id or its server's id or name.",
                LeaseView.class,
                List.of(),
                call -> services.call(
                        ServerLeases.class, all -> all.get(call.caller(), call.organization(), call.ref("lease"))));
        on.change(
                        Verb.PATCH,
                        LEASE,
                        "changeLease",
                        Action.SERVER_CHANGE,
                        "Extends or shortens it, or changes the hours; the caller is its owner from then on.")
                .body(LeaseChange.class)
                .command(
                        ChangeLease.class,
                        (call, body) -> new ChangeLease(
                                call.organization(),
                                call.ref("lease"),
                                call.version(),
                                body.expiresAt(),
                                body.onExpiry(),
                                body.hours()))
                .shown(LeaseView.class);
        on.change(
                        Verb.DELETE,
                        LEASE,
                        "deleteLease",
                        Action.SERVER_CHANGE,
                        "Takes it away: the server stays as it is, for good.")
                .command(DeleteLease.class, call -> new DeleteLease(call.organization(), call.ref("lease")))
                .gone();
    }
}
