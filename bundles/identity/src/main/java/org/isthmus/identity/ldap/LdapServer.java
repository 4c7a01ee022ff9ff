// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.RootDSE;
import com.unboundid.ldap.sdk.SearchResultEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.isthmus.identity.ldap.LdapSettings.Groups;
import org.isthmus.identity.ldap.LdapSettings.People;
import org.isthmus.model.Secret;

/**
 * A directory's server: may a password open an account, who is there, who is in which group. Every question is a connection of
 * its own and may block for some times the timeout of the settings; never inside a transaction.
 */
public final class LdapServer {
    /** LDAP_MATCHING_RULE_IN_CHAIN: the server follows groups in groups itself. */
    private static final String IN_CHAIN = "1.2.840.113556.1.4.1941";
    /** LDAP_CAP_ACTIVE_DIRECTORY_OID in what a server says of itself. */
    private static final String ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800";
    /** Of one person: beyond these something is wrong there. */
    private static final int MOST_GROUPS_OF_ONE = 1_000;

    private static final int ASKED_AT_A_TIME = 50;

    private final LdapSettings settings;
    private final Reach reach;

    public LdapServer(LdapSettings settings, Reach reach) {
        this.settings = settings;
        this.reach = reach;
    }

    /**
     * Finds the one entry of this name and binds as it. Takes as many rounds whatever is wrong.
     *
     * @param username as it is written here; what else is in it never becomes part of a filter
     * @throws LdapFailure when the server does not say
     */
    public Answer login(String username, Secret password) {
        if (password.reveal().isEmpty()) {
            pretend(username); // RFC 4513, 5.1.2: servers take it for anonymous; so that it takes as long as any other
            return Answer.no("an empty password is nobody's");
        }
        try (Line line = Line.open(settings, reach)) {
            line.bind();
            List<SearchResultEntry> named = named(line, username);
            Entries.Read<Person> found = one(named, username);
            Optional<String> refusal =
                    bound(found.value().map(any -> named.get(0).getDN()), password);
            if (found.value().isEmpty() || refusal.isPresent()) {
                return Answer.no(found.value().isEmpty() ? found.why() : refusal.get());
            }
            Person person = found.value().get();
            if (!person.active()) {
                return Answer.no("the account is disabled in the directory");
            }
            return new Answer(Optional.of(person), groups(line, person, named.get(0)), "");
        }
    }

    /** The same questions as {@link #login} asks, for whom the answer does not matter. Nobody's account there is touched. */
    public void pretend(String username) {
        try (Line line = Line.open(settings, reach)) {
            line.bind();
            named(line, username);
            bound(Optional.empty(), new Secret("-"));
        }
    }

    /**
     * The names that another group there has as well. A name that servers compare loosely is only itself here, and one that can
     * be written in several ways is found also by the group that was given.
     *
     * @throws LdapFailure when the server does not say
     */
    public Set<String> shared(List<GroupThere> given) {
        if (settings.groups().isEmpty() || given.isEmpty()) {
            return Set.of();
        }
        Groups groups = settings.groups().get();
        Set<String> shared = new HashSet<>();
        try (Line line = Line.open(settings, reach)) {
            line.bind();
            for (GroupThere group : given) {
                Filter same = Filter.createEqualityFilter(groups.name(), group.name());
                boolean another = line
                        .few(
                                "groups of one name",
                                MOST_GROUPS_OF_ONE,
                                groups.base(),
                                Filter.createANDFilter(groups.filter(), same),
                                Entries.wanted(groups, false))
                        .stream()
                        .flatMap(entry -> Entries.group(entry, groups).value().stream())
                        .anyMatch(other -> other.name().equals(group.name())
                                && !other.externalId().equals(group.externalId()));
                if (another) {
                    shared.add(group.name());
                }
            }
        }
        return shared;
    }

    private List<SearchResultEntry> named(Line line, String username) {
        People people = settings.people();
        Filter named = Filter.createEqualityFilter(people.username(), username);
        if (people.username().equalsIgnoreCase("userPrincipalName")) {
            named = Filter.createSubInitialFilter(people.username(), username + "@");
        }
        return line.few(
                "people of one name",
                10,
                people.base(),
                Filter.createANDFilter(people.filter(), named),
                Entries.wanted(people, settings.groups()));
    }

    /** The entry that has the name, if it is one only and can be somebody here. */
    private Entries.Read<Person> one(List<SearchResultEntry> entries, String username) {
        if (entries.size() != 1) {
            return Entries.Read.unusable(
                    Optional.empty(),
                    entries.isEmpty() ? "not in the directory" : "several entries of the directory have this name");
        }
        Entries.Read<Person> read = Entries.person(entries.get(0), settings.people());
        // servers compare loosely; here a name is exactly itself
        if (read.value().filter(person -> !person.username().equals(username)).isPresent()) {
            return Entries.Read.unusable(read.externalId(), "the directory answered with another name");
        }
        return read.value().isPresent()
                ? read
                : Entries.Read.unusable(read.externalId(), "the entry in the directory " + read.why());
    }

    /** On a line of its own; for nobody as somebody who cannot be, so that it takes as long. */
    private Optional<String> bound(Optional<String> dn, Secret password) {
        try (Line line = Line.open(settings, reach)) {
            if (dn.isPresent()) {
                return line.bind(dn.get(), password.reveal());
            }
            line.bind("cn=nobody of this name," + settings.people().base(), "-");
            return Optional.of("nobody");
        }
    }

    private List<GroupThere> groups(Line line, Person person, SearchResultEntry entry) {
        if (settings.groups().isEmpty()) {
            return List.of();
        }
        Groups groups = settings.groups().get();
        Map<String, GroupThere> found = new TreeMap<>();
        if (settings.activeDirectory()) {
            Filter mine = groups.nested()
                    ? Filter.createExtensibleMatchFilter("member", IN_CHAIN, false, entry.getDN())
                    : Filter.createEqualityFilter("member", entry.getDN());
            read(line, groups, mine, found);
        } else {
            walk(line, groups, person, entry, found);
        }
        return List.copyOf(found.values());
    }

    /** Upwards from one person, each group once. */
    private void walk(Line line, Groups groups, Person person, SearchResultEntry entry, Map<String, GroupThere> found) {
        Deque<Filter> holding =
                new ArrayDeque<>(List.of(holding(groups, entry.getDN(), Optional.of(person.username()))));
        Deque<String> named = new ArrayDeque<>(Membership.named(groups, entry));
        while (!holding.isEmpty() || !named.isEmpty()) {
            List<SearchResultEntry> added = new ArrayList<>();
            if (!holding.isEmpty()) {
                List<Filter> some = new ArrayList<>();
                while (!holding.isEmpty() && some.size() < ASKED_AT_A_TIME) {
                    some.add(holding.poll());
                }
                added.addAll(read(line, groups, Filter.createORFilter(some), found));
            }
            if (!named.isEmpty()) {
                added.addAll(at(line, groups, named.poll(), found));
            }
            if (groups.nested()) {
                for (SearchResultEntry group : added) {
                    holding.add(holding(groups, group.getDN(), Optional.empty()));
                    named.addAll(Membership.named(groups, group));
                }
            }
        }
    }

    private List<SearchResultEntry> at(Line line, Groups groups, String place, Map<String, GroupThere> found) {
        DN dn = dn(place);
        if (found.containsKey(place) || !dn.isDescendantOf(groups.base(), true)) {
            return List.of();
        }
        return line.at("a group", dn, groups.filter(), Entries.wanted(groups, false)).stream()
                .filter(entry -> added(entry, groups, found))
                .toList();
    }

    private static DN dn(String place) {
        try {
            return new DN(place);
        } catch (LDAPException e) {
            throw new IllegalStateException("A normalized name is one.", e);
        }
    }

    private static boolean added(SearchResultEntry entry, Groups groups, Map<String, GroupThere> found) {
        Optional<GroupThere> group = Entries.group(entry, groups).value();
        boolean added = group.isPresent() && found.put(group.get().dn(), group.get()) == null;
        if (found.size() > MOST_GROUPS_OF_ONE) {
            throw new LdapFailure(
                    LdapFailure.Kind.PARTIAL, "Somebody is in more than " + MOST_GROUPS_OF_ONE + " groups there.");
        }
        return added;
    }

    /** Adds the groups that match, and says which are new. */
    private static List<SearchResultEntry> read(Line line, Groups groups, Filter mine, Map<String, GroupThere> found) {
        return line
                .few(
                        "groups of one person",
                        MOST_GROUPS_OF_ONE,
                        groups.base(),
                        Filter.createANDFilter(groups.filter(), mine),
                        Entries.wanted(groups, false))
                .stream()
                .filter(entry -> added(entry, groups, found))
                .toList();
    }

    private static Filter holding(Groups groups, String dn, Optional<String> username) {
        List<Filter> any = new ArrayList<>();
        for (String attribute : groups.members()) {
            if (!Membership.byUsername(attribute)) {
                any.add(Filter.createEqualityFilter(attribute, dn));
            } else if (username.isPresent()) {
                any.add(Filter.createEqualityFilter(attribute, username.get()));
            }
        }
        return Filter.createORFilter(any);
    }

    /**
     * Everybody and every group, whole.
     *
     * @throws LdapFailure when the server does not say, or not all of it
     */
    public Snapshot everything() {
        return everything(() -> {});
    }

    /** The same; something is done again and again on the way, and may end it by throwing. */
    public Snapshot everything(Runnable onTheWay) {
        try (Line line = Line.open(settings, reach)) {
            line.bind();
            line.onTheWay(onTheWay);
            Reading reading = new Reading();
            List<SearchResultEntry> entries = line.all(
                    "people",
                    settings.people().base(),
                    settings.people().filter(),
                    Entries.wanted(settings.people(), settings.groups()));
            entries.forEach(reading::person);
            reading.refuseTwins();
            if (settings.groups().isPresent()) {
                Groups groups = settings.groups().get();
                List<SearchResultEntry> found = line.all(
                        "groups", groups.base(), groups.filter(), Entries.wanted(groups, !settings.activeDirectory()));
                found.forEach(entry -> reading.group(entry, groups));
                if (settings.activeDirectory()) {
                    reading.askMembers(line, groups);
                } else {
                    reading.gatherMembers(entries, found, groups);
                }
            }
            return reading.snapshot();
        }
    }

    /** One pass over all there is. */
    private final class Reading {
        private final Map<String, Person> people = new LinkedHashMap<>();
        private final Map<String, GroupThere> groups = new LinkedHashMap<>();
        private final Map<String, Set<String>> members = new HashMap<>();
        private final Map<String, String> unusable = new TreeMap<>();
        private final List<String> without = new ArrayList<>();

        void person(SearchResultEntry entry) {
            Entries.Read<Person> read = Entries.person(entry, settings.people());
            keep(entry, read).ifPresent(person -> {
                Person twin = people.put(person.externalId(), person);
                if (twin != null) {
                    throw new LdapFailure(
                            LdapFailure.Kind.MISCONFIGURED,
                            "Two entries have the same " + settings.people().id()
                                    + ": attribute.id must name what nobody shares.");
                }
            });
        }

        void group(SearchResultEntry entry, Groups settings) {
            keep(entry, Entries.group(entry, settings)).ifPresent(group -> groups.put(group.externalId(), group));
        }

        private <T> Optional<T> keep(SearchResultEntry entry, Entries.Read<T> read) {
            if (read.value().isEmpty()) {
                read.externalId()
                        .ifPresentOrElse(
                                id -> unusable.put(id, Entries.shown(entry.getDN()) + " " + read.why()),
                                () -> without.add(Entries.shown(entry.getDN()) + " " + read.why()));
            }
            return read.value();
        }

        /** Two of one name: neither may come in as the other. */
        void refuseTwins() {
            Map<String, List<Person>> byName = new HashMap<>();
            people.values().forEach(each -> byName.computeIfAbsent(each.username(), any -> new ArrayList<>(1))
                    .add(each));
            for (List<Person> twins : byName.values()) {
                if (twins.size() > 1) {
                    for (Person each : twins) {
                        people.remove(each.externalId());
                        unusable.put(
                                each.externalId(),
                                Entries.shown(each.dn()) + " shares the username " + each.username()
                                        + " with another entry");
                    }
                }
            }
        }

        void gatherMembers(List<SearchResultEntry> entries, List<SearchResultEntry> found, Groups settings) {
            Membership membership = new Membership(settings);
            entries.forEach(membership::memberOf);
            found.forEach(membership::group);
            Map<String, String> ids = new HashMap<>();
            groups.values().forEach(group -> ids.put(group.dn(), group.externalId()));
            for (Person person : people.values()) {
                for (String place : membership.of(person)) {
                    if (ids.containsKey(place)) {
                        members.computeIfAbsent(ids.get(place), any -> new HashSet<>())
                                .add(person.externalId());
                    }
                }
            }
        }

        /** Active Directory gives large groups in slices only; their people, asked for, come in pages. */
        void askMembers(Line line, Groups settings) {
            Map<String, String> ids = new HashMap<>();
            people.values().forEach(person -> ids.put(person.dn(), person.externalId()));
            for (GroupThere group : groups.values()) {
                Filter in = settings.nested()
                        ? Filter.createExtensibleMatchFilter("memberOf", IN_CHAIN, false, group.dn())
                        : Filter.createEqualityFilter("memberOf", group.dn());
                People asked = LdapServer.this.settings.people();
                for (SearchResultEntry entry : line.all(
                        "members of a group", asked.base(), Filter.createANDFilter(asked.filter(), in), "1.1")) {
                    String id = ids.get(Entries.place(entry));
                    if (id != null) {
                        members.computeIfAbsent(group.externalId(), any -> new HashSet<>())
                                .add(id);
                    }
                }
            }
        }

        Snapshot snapshot() {
            return new Snapshot(
                    people.values().stream()
                            .sorted(Comparator.comparing(Person::username))
                            .toList(),
                    groups.values().stream()
                            .sorted(Comparator.comparing(GroupThere::name).thenComparing(GroupThere::externalId))
                            .toList(),
                    members,
                    unusable,
                    without);
        }
    }

    /**
     * What a first look finds, for whoever sets this up.
     *
     * @param hints what the settings may want otherwise
     */
    public record Look(int people, int groups, int unusable, List<String> examples, List<String> hints) {}

    /** Tries the connection, the service account and the searches. */
    public Look look() {
        Snapshot all = everything();
        List<String> hints = new ArrayList<>();
        try (Line line = Line.open(settings, reach)) {
            line.bind();
            RootDSE root = line.connection().getRootDSE();
            String[] can = root == null ? null : root.getAttributeValues("supportedCapabilities");
            boolean active = can != null && Arrays.asList(can).contains(ACTIVE_DIRECTORY);
            if (active != settings.activeDirectory()) {
                hints.add("The server says it is " + (active ? "" : "not ") + "Active Directory: server="
                        + (active ? "active-directory" : "generic") + " may be what is meant.");
            }
        } catch (LDAPException e) {
            hints.add("The server does not tell what it is.");
        }
        if (all.people().isEmpty()) {
            hints.add("Nobody is found: look at users.base and users.filter.");
        }
        if (settings.groups().isPresent() && all.groups().isEmpty()) {
            hints.add("No group is found: look at groups.base and groups.filter.");
        }
        List<String> examples = new ArrayList<>();
        all.people().stream().limit(5).forEach(each -> examples.add(each.username() + " is " + each.dn()));
        all.unusable().values().stream().limit(5).forEach(examples::add);
        all.without().stream().limit(5).forEach(examples::add);
        return new Look(
                all.people().size(),
                all.groups().size(),
                all.unusable().size() + all.without().size(),
                examples,
                hints);
    }
}
