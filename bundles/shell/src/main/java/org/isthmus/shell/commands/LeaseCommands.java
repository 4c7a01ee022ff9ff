// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.time.DayOfWeek;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Ref;
import org.isthmus.api.lease.Schedule;
import org.isthmus.api.lease.ServerLeases;
import org.isthmus.api.lease.ServerLeases.ChangeLease;
import org.isthmus.api.lease.ServerLeases.CreateLease;
import org.isthmus.api.lease.ServerLeases.DeleteLease;
import org.isthmus.api.lease.ServerLeases.LeaseView;
import org.isthmus.api.lease.ServerLeases.OnExpiry;
import org.isthmus.api.lease.ServerLeases.Terms;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Names;

/** How long servers are wanted, and in which hours. */
public final class LeaseCommands {
    private static final String DAYS = "MONDAY,TUESDAY,WEDNESDAY,THURSDAY,FRIDAY";

    private LeaseCommands() {}

    /** Hours as they are typed: 08:00-18:30. */
    private static Schedule schedule(String hours, String days, String timezone) {
        String[] times = hours.split("-", -1);
        if (times.length != 2) {
            throw new IllegalArgumentException("Hours are written as 08:00-18:30.");
        }
        return new Schedule(
                timezone == null ? "UTC" : timezone,
                Words.list(days == null ? DAYS : days).stream()
                        .map(day -> Words.constant(DayOfWeek.class, day))
                        .collect(Collectors.toSet()),
                times[0],
                times[1]);
    }

    /** An end as it is typed: a moment, or never; empty when nothing is said of it. */
    static Optional<Optional<Instant>> end(String expiresAt) {
        if (expiresAt == null) {
            return Optional.empty();
        }
        return Optional.of(expiresAt.equals("never") ? Optional.empty() : Optional.of(Instant.parse(expiresAt)));
    }

    /** A lease as it is typed when something else is made with it; empty when nothing is said of one. */
    static Optional<Terms> terms(String expiresAt, String onExpiry, String hours, String days, String timezone) {
        if (expiresAt == null && hours == null) {
            if (onExpiry != null) {
                throw new IllegalArgumentException("--on-expiry goes with --expires-at.");
            }
            return Optional.empty();
        }
        return Optional.of(new Terms(
                Optional.ofNullable(expiresAt).map(Instant::parse),
                onExpiry == null ? OnExpiry.STOP : Words.constant(OnExpiry.class, onExpiry),
                Optional.ofNullable(hours).map(given -> schedule(given, days, timezone))));
    }

    @Service
    @Command(scope = "isthmus", name = "lease-list", description = "Lists how long servers are wanted, and their hours")
    public static final class ListLeases extends OrganizationList.Of<LeaseView> {
        public ListLeases() {
            super(ServerLeases.class, "serverName expiresAt onExpiry expired nextOn nextOff owner refused id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "lease-show", description = "Shows how long a server is wanted, and its hours")
    public static final class ShowLease extends OrganizationCommand {
        @Argument(index = 0, name = "lease", required = true, description = "Its id, or its server's id or name")
        @Completion(Names.Leases.class)
        private String which;

        @Override
        protected void run() {
            Ref in = organization();
            print(with(ServerLeases.class, (all, caller) -> all.get(caller, in, new Ref(which))));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "lease-create",
            description = "Says how long a server is wanted, or in which hours it is on")
    public static final class NewLease extends OrganizationSubmit<CreateLease, LeaseView> {
        @Argument(index = 0, name = "server", required = true, description = "The server")
        @Completion(Names.Servers.class)
        private String server;

        @Option(name = "--expires-at", description = "When its time is over, as 2027-01-31T00:00:00Z")
        private String expiresAt;

        @Option(name = "--on-expiry", description = "STOP, or DELETE: stopped, then deleted; STOP unless said")
        private String onExpiry;

        @Option(name = "--hours", description = "When it is on, as 08:00-18:30")
        private String hours;

        @Option(
                name = "--days",
                description = "On which days these begin, as MONDAY,FRIDAY; Monday to Friday unless said")
        private String days;

        @Option(name = "--timezone", description = "Of these hours, as Europe/Berlin; UTC unless said")
        private String timezone;

        @Override
        protected CreateLease command() {
            return new CreateLease(
                    organization(),
                    new Ref(server),
                    Optional.ofNullable(expiresAt).map(Instant::parse),
                    onExpiry == null ? OnExpiry.STOP : Words.constant(OnExpiry.class, onExpiry),
                    Optional.ofNullable(hours).map(given -> schedule(given, days, timezone)));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "lease-change",
            description = "Extends or shortens a lease, or changes the hours; you are its owner from then on")
    public static final class ChangeALease extends OrganizationSubmit<ChangeLease, LeaseView> {
        @Argument(index = 0, name = "lease", required = true, description = "Its id, or its server's id or name")
        @Completion(Names.Leases.class)
        private String which;

        @Option(name = "--expires-at", description = "When its time is over; never: not at all")
        private String expiresAt;

        @Option(name = "--on-expiry", description = "STOP or DELETE")
        private String onExpiry;

        @Option(name = "--hours", description = "When it is on, as 08:00-18:30; none: no such hours")
        private String hours;

        @Option(
                name = "--days",
                description = "On which days these begin, as MONDAY,FRIDAY; Monday to Friday unless said")
        private String days;

        @Option(name = "--timezone", description = "Of these hours, as Europe/Berlin; UTC unless said")
        private String timezone;

        @Override
        protected ChangeLease command() {
            Ref in = organization();
            Ref ref = new Ref(which);
            long version = with(ServerLeases.class, (all, caller) -> all.get(caller, in, ref))
                    .version();
            return new ChangeLease(in, ref, version, end(expiresAt), wish(), hours());
        }

        private Optional<OnExpiry> wish() {
            return Optional.ofNullable(onExpiry).map(text -> Words.constant(OnExpiry.class, text));
        }

        private Optional<Optional<Schedule>> hours() {
            if (hours == null) {
                return Optional.empty();
            }
            return Optional.of(hours.equals("none") ? Optional.empty() : Optional.of(schedule(hours, days, timezone)));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "lease-delete",
            description = "Takes a lease away: the server stays as it is, for good")
    public static final class RemoveLease extends OrganizationSubmit<DeleteLease, LeaseView> {
        @Argument(index = 0, name = "lease", required = true, description = "Its id, or its server's id or name")
        @Completion(Names.Leases.class)
        private String which;

        @Override
        protected DeleteLease command() {
            return new DeleteLease(organization(), new Ref(which));
        }
    }
}
