// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.time.Duration;
import java.util.List;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.audit.AuditTrail;
import org.isthmus.api.audit.AuditTrail.EntryView;
import org.isthmus.api.event.Event;
import org.isthmus.api.event.Events;
import org.isthmus.model.Page;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.ShellCommand;

/** What happened: events and the audit log. */
public final class LogCommands {
    private LogCommands() {}

    @Service
    @Command(scope = "isthmus", name = "event-tail", description = "Prints events as they happen, until Ctrl-C")
    public static final class Tail extends ShellCommand {
        @Option(name = "--after", description = "Begin after this sequence number; now unless said")
        private Long after;

        @Option(name = "--count", description = "End after so many")
        private long count = Long.MAX_VALUE;

        @Option(name = "--for", description = "End after this time, as PT1M")
        private String longest;

        @Override
        protected void run() {
            long cursor = after == null ? with(Events.class, (events, caller) -> events.newest()) : after;
            long left = count;
            Duration time = longest == null ? Duration.ofDays(36_500) : Duration.parse(longest);
            while (left > 0 && time.compareTo(Duration.ZERO) > 0 && goesOn()) {
                long from = cursor;
                int most = (int) Math.min(left, 1000);
                Duration slice = time.compareTo(SLICE) < 0 ? time : SLICE;
                List<Event> found = with(Events.class, (events, caller) -> events.after(caller, from, most, slice));
                for (Event event : found) {
                    printLine("sequence at type subject.kind subject.id data", event);
                    cursor = event.sequence();
                }
                left -= found.size();
                if (found.isEmpty()) {
                    time = time.minus(slice);
                }
            }
        }

        /** Ctrl-C interrupts; a terminal that went away shows as an error of its stream. */
        private boolean goesOn() {
            return !Thread.currentThread().isInterrupted()
                    && !session().getConsole().checkError();
        }

        private static final Duration SLICE = Duration.ofSeconds(2);
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "audit-list",
            description =
                    "Lists entries of an organization's audit log, oldest first; filters actor, action, subject, outcome, kind, from, to")
    public static final class ListEntries extends OrganizationList<EntryView> {
        public ListEntries() {
            super("index at kind actor door address action subject.kind subject.id outcome because");
        }

        @Override
        protected Page<EntryView> page(Ref in, Query query) {
            return with(AuditTrail.class, (trail, caller) -> trail.entries(caller, in, query));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "audit-checkpoint",
            description = "Prints the audit log's newest signed tree head")
    public static final class Checkpoint extends ShellCommand {
        @Override
        protected void run() {
            String checkpoint = with(AuditTrail.class, AuditTrail::checkpoint);
            if (json()) {
                print(java.util.Map.of("checkpoint", checkpoint));
            } else {
                checkpoint.lines().forEach(this::say);
            }
        }
    }
}
