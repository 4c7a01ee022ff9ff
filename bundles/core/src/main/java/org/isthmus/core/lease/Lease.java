// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.isthmus.api.Caller;
import org.isthmus.api.lease.Schedule;
import org.isthmus.api.lease.ServerLeases.LeaseView;
import org.isthmus.api.lease.ServerLeases.OnExpiry;
import org.isthmus.model.Ids.LeaseId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;

/**
 * A lease as it is kept.
 *
 * @param turned the last turn of the schedule that was seen to
 * @param told how many of the notices are given or were not due any more when it was set
 * @param expired its time is over, and somebody was told
 * @param refused why what it asks for could not be done
 */
record Lease(
        LeaseId id,
        OrganizationId organization,
        ServerId server,
        Optional<Instant> expiresAt,
        OnExpiry onExpiry,
        Optional<Schedule> schedule,
        Caller owner,
        Instant createdAt,
        String createdBy,
        long version,
        Instant turned,
        int told,
        boolean expired,
        Optional<String> refused) {
    /** How long before the end somebody is told. */
    static final List<Duration> NOTICES = List.of(Duration.ofDays(7), Duration.ofDays(1), Duration.ofHours(1));

    /** How often is looked whether somebody has got an expired server to run. */
    private static final Duration EXPIRED = Duration.ofHours(1);

    /** How many notices have come by a moment. */
    static int due(Instant expiresAt, Instant now) {
        return (int) NOTICES.stream()
                .filter(notice -> !expiresAt.minus(notice).isAfter(now))
                .count();
    }

    /** When it is looked at next. */
    Instant next(Instant now) {
        if (expired) {
            return now.plus(EXPIRED);
        }
        return Stream.concat(
                        expiresAt.stream()
                                .flatMap(end -> Stream.concat(
                                        Stream.of(end),
                                        NOTICES.stream().map(end::minus).filter(notice -> notice.isAfter(now)))),
                        schedule.map(hours -> hours.next(now).at()).stream())
                .min(Instant::compareTo)
                .orElseThrow();
    }

    LeaseView view(String serverName, Instant now) {
        Optional<Schedule> hours = schedule.filter(any -> !expired);
        Optional<Schedule.Turn> next = hours.map(each -> each.next(now));
        Optional<Schedule.Turn> after = hours.flatMap(each -> next.map(turn -> each.next(turn.at())));
        return new LeaseView(
                id,
                server,
                serverName,
                organization,
                expiresAt,
                onExpiry,
                schedule,
                owner.username(),
                expired,
                turn(next, after, true),
                turn(next, after, false),
                refused,
                createdAt,
                createdBy,
                version);
    }

    private static Optional<Instant> turn(Optional<Schedule.Turn> next, Optional<Schedule.Turn> after, boolean on) {
        return next.filter(turn -> turn.on() == on)
                .or(() -> after.filter(turn -> turn.on() == on))
                .map(Schedule.Turn::at);
    }
}
