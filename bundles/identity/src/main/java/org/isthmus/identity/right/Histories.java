// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.Resource;
import org.isthmus.api.identity.Access;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.store.ChangeCounter;
import org.isthmus.identity.store.Micros;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Rights as they were: the same {@link Rights}, over the facts of then. */
@Component(service = Histories.class)
public final class Histories {
    /** What still is so lasts until here. */
    private static final long OPEN = Long.MAX_VALUE;

    /** How many changes one answer looks at. */
    private static final int MOST_CHANGES = 5000;

    private final PastStore store;
    private final ChangeCounter counter;
    private final Clock clock;

    @Activate
    public Histories(@Reference PastStore store, @Reference ChangeCounter counter, @Reference Clock clock) {
        this.store = store;
        this.counter = counter;
        this.clock = clock;
    }

    /** An organization at a moment. */
    public static final class Moment {
        private final Rights rights;
        private final Past facts;
        private final Kept kept;
        private final Instant at;

        private Moment(OrganizationView organization, Kept kept, long row, Instant at) {
            this.kept = kept;
            this.facts = Past.at(kept, row);
            this.rights = new Rights(organization, facts);
            this.at = at;
        }

        /** Somebody who was there then, by id or username. */
        public Optional<Member> user(String named) {
            return facts.members().stream()
                    .filter(member -> member.id().value().equals(named)
                            || member.username().equals(named))
                    .findFirst();
        }

        /** A department of then, by id or name. */
        public Optional<Resource> department(String named) {
            return kept.departments().stream()
                    .filter(part -> facts.parents().containsKey(part.id()))
                    .filter(part ->
                            part.id().value().equals(named) || part.name().equals(named))
                    .findFirst()
                    .map(part -> Places.of(part.id()));
        }

        /** By username, who could do this then, with the grants by which they could: at most five each. */
        public List<Holder> holders(Action action, Optional<Resource> thing, Predicate<Member> shown) {
            List<Holder> holders = new ArrayList<>();
            for (Member member : facts.members()) {
                if (shown.test(member) && able(rights, member)) {
                    List<Held> by = allowing(member, action, thing);
                    if (!by.isEmpty()) {
                        holders.add(new Holder(member, by));
                    }
                }
            }
            holders.sort(Comparator.comparing(holder -> holder.member().username()));
            return holders;
        }

        private List<Held> allowing(Member member, Action action, Optional<Resource> thing) {
            return Stream.concat(
                            rights.allowing(member.id(), action, at, Access.MOST_REASONS).stream(),
                            thing.stream().flatMap(one -> rights.allowing(member.id(), action, one, at).stream()))
                    .limit(Access.MOST_REASONS)
                    .toList();
        }
    }

    /** Somebody who could do something, and by which grants. */
    public record Holder(Member member, List<Held> by) {}

    /**
     * A time in which somebody held something.
     *
     * @param from at the earliest the beginning of what was asked for
     * @param to empty while it is so, or when it went on beyond what was asked for
     * @param begunBy whose change began it; empty for a grant's own from, and for what was so before
     */
    public record Period(
            Held held, Instant from, Optional<Instant> to, Optional<String> begunBy, Optional<String> endedBy) {}

    /** As it was at a moment; as it is when none is given. */
    public Moment at(OrganizationView organization, Optional<Instant> moment) {
        Instant now = clock.instant();
        if (moment.filter(at -> at.isAfter(now)).isPresent()) {
            throw Problem.MALFORMED.at("at", "at is not in the future: nobody knows who will be given what.");
        }
        moment.ifPresent(at -> requireKept(organization, at));
        moment.ifPresent(at -> requireSure(organization, at));
        // what is so now is so whatever the clock said when it was written down
        long row = moment.map(Micros::of).orElse(OPEN - 1);
        return new Moment(
                organization, store.all(organization.id(), new Window(row, row + 1)), row, moment.orElse(now));
    }

    /** Better no answer than one that looks like nobody could do it. */
    private void requireKept(OrganizationView organization, Instant at) {
        OptionalLong since = store.since(organization.id());
        if (!at.isBefore(organization.createdAt()) && (since.isEmpty() || Micros.of(at) < since.getAsLong())) {
            throw Problem.MALFORMED.at(
                    "at",
                    "Nothing was kept of before "
                            + (since.isEmpty() ? "now" : Micros.toInstant(since.getAsLong()))
                            + ": this organization is older than the history. Ask the audit log.");
        }
    }

    private void requireSure(OrganizationView organization, Instant at) {
        counter.unsure(organization.id())
                .filter(time -> !at.isBefore(time.from()) && !at.isAfter(time.to()))
                .ifPresent(time -> {
                    throw Problem.MALFORMED.at(
                            "at",
                            "The clock was set back to " + time.from() + " from " + time.to()
                                    + ": what was changed in between is kept as of its end, so nobody can say what was so."
                                    + " Ask without at, or for another time; the audit log has the order.");
                });
    }

    /** Whether there ever was a user of this id in the organization. */
    public boolean known(OrganizationView organization, UserId user) {
        return store.known(organization.id(), user);
    }

    /** What somebody held between two moments, or up to now: periods by beginning, each cut to that time. */
    public List<Period> periods(OrganizationView organization, UserId user, Instant from, Optional<Instant> to) {
        Window time = new Window(Micros.of(from), to.map(Micros::of).orElse(OPEN));
        Kept all = store.of(organization.id(), user, time);
        Kept kept = all.givenTo(subjects(all, user));
        NavigableMap<Long, Optional<String>> changes = changes(kept, time);
        if (changes.size() > MOST_CHANGES) {
            throw Problem.MALFORMED.at(
                    "from", "More than " + MOST_CHANGES + " changes lie between from and to; ask for less at once.");
        }
        return merged(organization, kept, user, changes, time);
    }

    /** The moments at which something of it changed, and by whom. */
    private static NavigableMap<Long, Optional<String>> changes(Kept kept, Window time) {
        NavigableMap<Long, Optional<String>> changes = new TreeMap<>();
        changes.put(time.from(), Optional.empty());
        Set<String> roles = kept.grants().stream().map(Kept.Given::role).collect(Collectors.toSet());
        kept.grants().forEach(given -> {
            edge(changes, time, given.window().from(), Optional.empty());
            edge(changes, time, given.window().until(), Optional.empty());
        });
        kept.rows()
                .filter(row -> !(row instanceof Kept.Own own)
                        || roles.contains(own.role().key()))
                .forEach(row -> {
                    edge(changes, time, row.when().from(), Optional.of(row.began()));
                    edge(changes, time, row.when().until(), row.ended());
                });
        return changes;
    }

    /** Whose grants may have reached the user at some moment of it. */
    private static Set<String> subjects(Kept kept, UserId user) {
        Map<String, Set<String>> above = new HashMap<>();
        kept.departments().forEach(part -> part.parent()
                .ifPresent(parent -> above.computeIfAbsent(part.id().value(), any -> new HashSet<>())
                        .add(parent.value())));
        Set<String> subjects = new HashSet<>(Set.of(user.value()));
        kept.memberships().forEach(in -> subjects.add(in.group().value()));
        List<String> next = kept.users().stream()
                .filter(person -> person.member().id().equals(user))
                .flatMap(person -> person.member().department().stream())
                .map(Object::toString)
                .distinct()
                .toList();
        while (!next.isEmpty()) {
            next = next.stream()
                    .filter(subjects::add)
                    .flatMap(each -> above.getOrDefault(each, Set.of()).stream())
                    .toList();
        }
        return subjects;
    }

    private static void edge(Map<Long, Optional<String>> changes, Window time, long moment, Optional<String> by) {
        if (moment > time.from() && moment < time.until()) {
            changes.merge(moment, by, (one, other) -> one.isPresent() ? one : other);
        }
    }

    private List<Period> merged(
            OrganizationView organization,
            Kept kept,
            UserId user,
            NavigableMap<Long, Optional<String>> changes,
            Window time) {
        List<Period> periods = new ArrayList<>();
        Map<Held, Long> open = new LinkedHashMap<>();
        for (Map.Entry<Long, Optional<String>> change : changes.entrySet()) {
            long moment = change.getKey();
            Set<Held> now = held(new Rights(organization, Past.at(kept, moment)), user, moment);
            List<Held> over =
                    open.keySet().stream().filter(held -> !now.contains(held)).toList();
            over.forEach(held -> periods.add(period(held, open.remove(held), Optional.of(moment), changes, time)));
            now.forEach(held -> open.putIfAbsent(held, moment));
        }
        open.forEach((held, since) -> periods.add(period(held, since, Optional.empty(), changes, time)));
        periods.sort(Comparator.comparing(Period::from)
                .thenComparing(one -> one.held().grant().value()));
        return periods;
    }

    private static Period period(
            Held held, long from, Optional<Long> to, NavigableMap<Long, Optional<String>> changes, Window time) {
        return new Period(
                held,
                Micros.toInstant(from),
                to.map(Micros::toInstant),
                from == time.from() ? Optional.empty() : Objects.requireNonNull(changes.get(from)),
                to.flatMap(changes::get));
    }

    private static Set<Held> held(Rights rights, UserId user, long moment) {
        return rights.member(user).filter(member -> able(rights, member)).stream()
                .flatMap(member -> rights.heldBy(user).stream())
                .filter(held -> held.window().contains(moment))
                .collect(Collectors.toSet());
    }

    /** Whether anything that is granted to somebody counts. */
    private static boolean able(Rights rights, Member member) {
        return member.active() && Responsible.gone(rights, member).isEmpty();
    }
}
