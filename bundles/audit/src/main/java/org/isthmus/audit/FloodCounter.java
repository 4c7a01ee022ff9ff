// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.OrganizationId;

/**
 * Refusals by source and minute. The first ones are recorded one by one; a flood beyond them is counted, and the count
 * becomes one entry when the minute is over, so that nobody can fill the disk by being refused. Thread-safe.
 */
final class FloodCounter {
    private static final Duration WINDOW = Duration.ofMinutes(1);
    /** Sources told apart; from then on the newcomers of an organization share one window. */
    private static final int MOST_SOURCES = 10_000;

    static final String MANY = "many addresses";

    private final int perMinute;
    private final Clock clock;
    private final Supplier<AuditEntryId> ids;
    private final Map<Source, Window> windows = new HashMap<>();

    private record Source(OrganizationId organization, String address) {}

    private static final class Window {
        private final Instant from;
        private int seen;
        private long counted;
        private Optional<AuditEntryId> entry = Optional.empty();

        Window(Instant from) {
            this.from = from;
        }
    }

    /** What a minute's flood came to. */
    record Flood(AuditEntryId id, OrganizationId organization, String address, Instant from, Instant to, long count) {}

    FloodCounter(int perMinute, Clock clock, Supplier<AuditEntryId> ids) {
        this.perMinute = perMinute;
        this.clock = clock;
        this.ids = ids;
    }

    /**
     * Counts a refusal.
     *
     * @return empty when it is to be recorded; else the entry that will tell of it and others when the minute is over
     */
    synchronized Optional<AuditEntryId> count(OrganizationId organization, String address) {
        Source source = new Source(organization, address);
        if (!windows.containsKey(source) && windows.size() >= MOST_SOURCES) {
            source = new Source(organization, MANY);
        }
        Window window = windows.computeIfAbsent(source, fresh -> new Window(clock.instant()));
        window.seen++;
        if (window.seen <= perMinute) {
            return Optional.empty();
        }
        window.counted++;
        if (window.entry.isEmpty()) {
            window.entry = Optional.of(ids.get());
        }
        return window.entry;
    }

    /** Ends the minutes that are over, or all of them; returns the floods in them, each once. */
    synchronized List<Flood> ended(boolean all) {
        Instant now = clock.instant();
        List<Flood> floods = new ArrayList<>();
        Iterator<Map.Entry<Source, Window>> each = windows.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<Source, Window> entry = each.next();
            Window window = entry.getValue();
            // one that began in the future: the clock was set back
            if (all || !window.from.plus(WINDOW).isAfter(now) || window.from.isAfter(now)) {
                each.remove();
                window.entry.ifPresent(id -> floods.add(new Flood(
                        id,
                        entry.getKey().organization(),
                        entry.getKey().address(),
                        window.from,
                        now,
                        window.counted)));
            }
        }
        return floods;
    }

    /** Takes a flood back that could not be recorded: it is told with the next. */
    synchronized void putBack(Flood flood) {
        Window window = windows.computeIfAbsent(
                new Source(flood.organization(), flood.address()), fresh -> new Window(flood.from()));
        window.counted += flood.count();
        if (window.entry.isEmpty()) {
            window.entry = Optional.of(flood.id());
        }
    }
}
