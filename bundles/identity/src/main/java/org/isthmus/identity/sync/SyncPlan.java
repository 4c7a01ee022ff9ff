// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.ldap.GroupThere;
import org.isthmus.identity.ldap.LdapSettings;
import org.isthmus.identity.ldap.Person;
import org.isthmus.identity.ldap.Snapshot;
import org.isthmus.identity.sync.Here.GroupHere;
import org.isthmus.identity.sync.Here.PersonHere;

/**
 * What has to be done here so that it is as there. Made by {@link #of}, which looks at nothing but what it is given; the same
 * differences make the same plan with the same {@link #hash}.
 *
 * @param people who comes, changes or may no longer log in, those that lose something first
 * @param gone who is no longer there at all
 * @param groups groups that come or are named otherwise
 * @param members changes of membership, of groups here and of those that come
 * @param groupsGone groups that are no longer there; their memberships are in {@code members}
 * @param notes what is there and is left as it is here, and why
 * @param losses of access: what {@link #tooMuch} counts
 */
record SyncPlan(
        List<PutPerson> people,
        List<PersonHere> gone,
        List<PutGroup> groups,
        List<Members> members,
        List<GroupHere> groupsGone,
        List<String> notes,
        Losses losses) {
    /** What becomes of somebody who is there. */
    enum Change {
        DISABLE,
        CHANGE,
        CREATE
    }

    /** Somebody who is there, and who they are here so far. */
    record PutPerson(Change change, Person person, Optional<PersonHere> here, List<String> fields) {}

    /** A group that is there. */
    record PutGroup(GroupThere group, Optional<GroupHere> here) {}

    /** Who comes into a group and who leaves it, by external ids. */
    record Members(String group, String name, Set<String> add, Set<String> remove) {}

    /** Accounts and memberships that would end, as short digests, and how many there are of each. */
    record Losses(
            Set<String> people, long peopleHere, Set<String> memberships, long membershipsHere, boolean nobodyThere) {}

    static SyncPlan of(Snapshot there, Here here, LdapSettings settings) {
        return new Making(there, here, settings).plan();
    }

    /** Nothing is to be done. */
    boolean empty() {
        return people.isEmpty() && gone.isEmpty() && groups.isEmpty() && members.isEmpty() && groupsGone.isEmpty();
    }

    /**
     * Why this takes too much to be done unasked; empty when it does not.
     *
     * @param confirmed losses that somebody has agreed to
     */
    Optional<String> tooMuch(LdapSettings.Job job, Set<String> confirmed) {
        Optional<String> accounts =
                tooMuch(job, "accounts", left(losses.people, confirmed), losses.peopleHere, losses.nobodyThere);
        return accounts.isPresent()
                ? accounts
                : tooMuch(
                        job,
                        "memberships of groups",
                        left(losses.memberships, confirmed),
                        losses.membershipsHere,
                        false);
    }

    private static long left(Set<String> losses, Set<String> confirmed) {
        return losses.stream().filter(each -> !confirmed.contains(each)).count();
    }

    private static Optional<String> tooMuch(LdapSettings.Job job, String what, long lost, long here, boolean nobody) {
        if (lost == 0) {
            return Optional.empty();
        }
        String told = lost + " of " + here + " " + what + " would end";
        if (nobody) {
            return Optional.of(told + ", for the directory shows nobody at all.");
        }
        if (lost > job.mostRemovals()) {
            return Optional.of(told + "; max.removals is " + job.mostRemovals() + ".");
        }
        // one leaver is no catastrophe, however small the organization
        if (lost > 1 && lost * 100 > here * job.mostPercent()) {
            return Optional.of(told + "; max.removals.percent is " + job.mostPercent() + ".");
        }
        return Optional.empty();
    }

    /** What this plan is known by: a digest of all that it would do. */
    String hash() {
        List<String> lines = new ArrayList<>();
        people.forEach(each -> lines.add("person " + each.change + " " + each.person));
        gone.forEach(each -> lines.add("gone " + each.externalId()));
        groups.forEach(each -> lines.add("group " + each.group));
        members.forEach(each -> lines.add("members " + each.group + " " + each.add + " " + each.remove));
        groupsGone.forEach(each -> lines.add("group gone " + each.externalId()));
        Collections.sort(lines);
        return digest(String.join("\n", lines)).substring(0, 32);
    }

    static String digest(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }

    /** All losses, each as a short digest: what is kept when somebody confirms. */
    Set<String> allLosses() {
        Set<String> all = new TreeSet<>(losses.people);
        all.addAll(losses.memberships);
        return all;
    }

    /** One plan in the making. */
    private static final class Making {
        private final Snapshot there;
        private final Here here;
        private final LdapSettings settings;
        private final List<PutPerson> people = new ArrayList<>();
        private final List<PersonHere> gone = new ArrayList<>();
        private final List<PutGroup> groups = new ArrayList<>();
        private final List<Members> members = new ArrayList<>();
        private final List<GroupHere> groupsGone = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();
        private final Set<String> lostPeople = new TreeSet<>();
        private final Set<String> lostMemberships = new TreeSet<>();

        Making(Snapshot there, Here here, LdapSettings settings) {
            this.there = there;
            this.here = here;
            this.settings = settings;
        }

        SyncPlan plan() {
            there.unusable().values().stream().sorted().forEach(notes::add);
            notes.addAll(there.without());
            Set<String> known = new TreeSet<>(there.unusable().keySet());
            for (Person person : there.people()) {
                known.add(person.externalId());
                person(person);
            }
            people.sort(Comparator.comparing(PutPerson::change)
                    .thenComparing(each -> each.person().username()));
            here.people().values().stream()
                    .filter(each -> !known.contains(each.externalId()))
                    .sorted(Comparator.comparing(PersonHere::username))
                    .forEach(this::gone);
            groups();
            return new SyncPlan(
                    List.copyOf(people),
                    List.copyOf(gone),
                    List.copyOf(groups),
                    List.copyOf(members),
                    List.copyOf(groupsGone),
                    List.copyOf(notes),
                    new Losses(
                            lostPeople,
                            here.people().values().stream()
                                    .filter(PersonHere::active)
                                    .count(),
                            lostMemberships,
                            here.members().values().stream()
                                    .mapToLong(Set::size)
                                    .sum(),
                            there.people().isEmpty() && there.unusable().isEmpty()));
        }

        private void person(Person person) {
            PersonHere known = here.people().get(person.externalId());
            if (known == null) {
                if (person.active()) {
                    people.add(new PutPerson(Change.CREATE, person, Optional.empty(), List.of()));
                }
                return;
            }
            List<String> fields = fields(person, known);
            if (fields.isEmpty()) {
                return;
            }
            boolean ends = known.active() && !person.active();
            if (ends) {
                lostPeople.add(loss("person", person.externalId()));
            }
            people.add(new PutPerson(ends ? Change.DISABLE : Change.CHANGE, person, Optional.of(known), fields));
        }

        private List<String> fields(Person person, PersonHere known) {
            List<String> fields = new ArrayList<>();
            differs(fields, "externalId", true, known.identified());
            differs(fields, "username", person.username(), known.username());
            differs(fields, "email", person.email(), known.email());
            differs(fields, "displayName", person.displayName(), known.displayName());
            differs(fields, "givenName", person.givenName(), known.givenName());
            differs(fields, "familyName", person.familyName(), known.familyName());
            differs(fields, "active", person.active(), known.active());
            if (settings.people().department().isPresent()) {
                differs(fields, "department", person.department(), known.department());
            }
            // the setting may have changed, or the department been renamed, since the directory told
            if (settings.people().placed() && person.active() && !fields.contains("department")) {
                Optional<String> told = settings.people().department().flatMap(any -> person.department());
                differs(fields, "department", told.map(Directory::department), known.in());
            }
            return fields;
        }

        private static void differs(List<String> fields, String name, Object there, Object here) {
            if (!there.equals(here)) {
                fields.add(name);
            }
        }

        private void gone(PersonHere person) {
            if (!there.without().isEmpty()) {
                notes.add(person.username() + " is not found, and stays: some entries there cannot be told apart.");
                return;
            }
            if (person.active() || settings.job().remove()) {
                gone.add(person);
            }
            if (person.active()) {
                lostPeople.add(loss("person", person.externalId()));
            }
        }

        /** A directory that is not asked for groups any more has none. */
        private void groups() {
            boolean create = settings.groups().map(LdapSettings.Groups::create).orElse(false);
            Set<String> leaving = new TreeSet<>();
            gone.forEach(each -> leaving.add(each.externalId()));
            Set<String> coming = new TreeSet<>(here.people().keySet());
            people.forEach(each -> coming.add(each.person().externalId()));
            coming.removeAll(leaving);
            Set<String> known = new TreeSet<>(there.unusable().keySet());
            for (GroupThere group : there.groups()) {
                known.add(group.externalId());
                Optional<GroupHere> own = Optional.ofNullable(here.groups().get(group.externalId()));
                if (own.isEmpty() && !create) {
                    continue;
                }
                if (own.filter(each -> each.name().equals(group.name())).isEmpty()) {
                    groups.add(new PutGroup(group, own));
                }
                Set<String> wanted = new TreeSet<>(there.members().getOrDefault(group.externalId(), Set.of()));
                wanted.retainAll(coming);
                members(group.externalId(), group.name(), wanted, leaving);
            }
            here.groups().values().stream()
                    .filter(each -> !known.contains(each.externalId()))
                    .sorted(Comparator.comparing(GroupHere::name))
                    .forEach(each -> groupGone(each, leaving));
        }

        private void members(String group, String name, Set<String> wanted, Set<String> leaving) {
            Set<String> own = here.members().getOrDefault(group, Set.of());
            Set<String> add = new TreeSet<>(wanted);
            add.removeAll(own);
            Set<String> remove = new TreeSet<>(own);
            remove.removeAll(wanted);
            // unusable there is not gone: whoever it is stays where they are
            remove.removeAll(there.unusable().keySet());
            if (!there.without().isEmpty()) {
                remove.removeIf(each -> there.people().stream()
                        .noneMatch(person -> person.externalId().equals(each)));
            }
            remove.stream()
                    .filter(each -> !leaving.contains(each))
                    .forEach(each -> lostMemberships.add(loss("member", group + " " + each)));
            if (!add.isEmpty() || !remove.isEmpty()) {
                members.add(new Members(group, name, add, remove));
            }
        }

        private void groupGone(GroupHere group, Set<String> leaving) {
            if (!there.without().isEmpty()) {
                notes.add("The group " + group.name() + " is not found, and stays.");
                return;
            }
            members(group.externalId(), group.name(), Set.of(), leaving);
            boolean shared = group.externalId().equals(Known.byName(group.name()))
                    && Known.shared(there.groups()).contains(group.name());
            if (shared) {
                notes.add("Several groups there are called " + group.name()
                        + ": nobody is in the one here until it is declared with an external id.");
                return;
            }
            if (settings.job().remove()) {
                groupsGone.add(group);
            }
        }

        private static String loss(String kind, String id) {
            return digest(kind + " " + id).substring(0, 16);
        }
    }
}
