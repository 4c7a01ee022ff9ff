// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.identity.ldap.GroupThere;
import org.isthmus.identity.ldap.LdapSettings;
import org.isthmus.identity.ldap.Person;
import org.isthmus.identity.ldap.Snapshot;
import org.isthmus.identity.sync.Here.GroupHere;
import org.isthmus.identity.sync.Here.PersonHere;
import org.isthmus.identity.sync.SyncPlan.Change;
import org.isthmus.model.Ids;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.Test;

/** The plan is a function of what is there and what is here. */
final class SyncPlanTest {
    private final Ids ids = new Ids(Clock.systemUTC());
    private final List<Person> people = new ArrayList<>();
    private final List<GroupThere> groups = new ArrayList<>();
    private final Map<String, Set<String>> membersThere = new HashMap<>();
    private final Map<String, String> unusable = new HashMap<>();
    private final List<String> without = new ArrayList<>();
    private final Map<String, PersonHere> peopleHere = new HashMap<>();
    private final Map<String, GroupHere> groupsHere = new HashMap<>();
    private final Map<String, Set<String>> membersHere = new HashMap<>();

    private static LdapSettings settings(String... more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "url", "ldaps://ldap.example.org",
                "bind.dn", "cn=reader",
                "users.base", "dc=example",
                "groups.base", "dc=example"));
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return LdapSettings.of(settings, Map.of("bind.password", new Secret("x")));
    }

    private void there(String id, boolean active) {
        people.add(new Person(
                id,
                "uid=" + id,
                id,
                id + "@example.org",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                active,
                Optional.empty()));
    }

    private void inDepartment(String told, String in) {
        people.add(new Person(
                "anna",
                "uid=anna",
                "anna",
                "anna@example.org",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                true,
                Optional.of(told)));
        peopleHere.put(
                "anna",
                new PersonHere(
                        ids.user(),
                        1,
                        "anna",
                        true,
                        "anna",
                        "anna@example.org",
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        true,
                        Optional.of(told),
                        Optional.of(in)));
    }

    private void there(String... ids) {
        for (String id : ids) {
            there(id, true);
        }
    }

    private void here(String... ids) {
        for (String id : ids) {
            here(id, true);
        }
    }

    private void here(String id, boolean active) {
        peopleHere.put(
                id,
                new PersonHere(
                        ids.user(),
                        1,
                        id,
                        true,
                        id,
                        id + "@example.org",
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        active,
                        Optional.empty(),
                        Optional.empty()));
    }

    private void groupThere(String id, String name, String... members) {
        groups.add(new GroupThere(id, "cn=" + id, name));
        membersThere.put(id, Set.of(members));
    }

    private void groupHere(String id, String name, String... members) {
        groupsHere.put(id, new GroupHere(ids.group(), 1, id, name));
        membersHere.put(id, Set.of(members));
    }

    private SyncPlan plan(String... more) {
        return SyncPlan.of(
                new Snapshot(people, groups, membersThere, unusable, without),
                new Here(peopleHere, groupsHere, membersHere),
                settings(more));
    }

    private static List<String> told(SyncPlan plan) {
        return plan.people().stream()
                .map(each -> each.change() + " " + each.person().username() + " " + each.fields())
                .toList();
    }

    private static Optional<String> tooMuch(SyncPlan plan, String... more) {
        return plan.tooMuch(settings(more).job(), Set.of());
    }

    private static String[] numbered(int many) {
        String[] ids = new String[many];
        for (int i = 0; i < many; i++) {
            ids[i] = "p" + i;
        }
        return ids;
    }

    @Test
    void whatIsTheSameIsLeftAlone() {
        there("anna", "ben");
        here("anna", "ben");
        groupThere("g", "staff", "anna");
        groupHere("g", "staff", "anna");

        assertTrue(plan().empty());
    }

    @Test
    void whoIsInAnotherDepartmentThanTheDirectorySaysIsMovedWhereItIsFollowed() {
        inDepartment("Research Lab", "sales");

        assertEquals(List.of(), told(plan("attribute.department", "ou")));
        assertEquals(
                List.of("CHANGE anna [department]"), told(plan("attribute.department", "ou", "departments", "MATCH")));
    }

    @Test
    void whoIsInTheDepartmentOfThatPlainNameStays() {
        inDepartment("Research Lab", "research-lab");

        assertEquals(List.of(), told(plan("attribute.department", "ou", "departments", "MATCH")));
    }

    @Test
    void aNameThatSeveralGroupsThereHaveIsNobodysAndStaysAndThatIsNoted() {
        there("anna");
        here("anna");
        groupThere("g1", "wardens", "anna");
        groupThere("g2", "wardens", "anna");
        groupHere(Known.byName("wardens"), "wardens", "anna");
        groupsHere.put(Known.byName("wardens"), new GroupHere(ids.group(), 1, Known.byName("wardens"), "wardens"));

        SyncPlan plan = plan("create.groups", "false", "gone", "remove");

        assertEquals(List.of(), plan.groupsGone());
        assertEquals(Set.of("anna"), plan.members().get(0).remove());
        assertTrue(
                plan.notes().get(0).contains("Several groups there are called wardens"),
                plan.notes().get(0));
    }

    @Test
    void whoComesIsMadeAndWhoIsInactiveThereIsNot() {
        there("anna");
        there("off", false);

        assertEquals(List.of("CREATE anna []"), told(plan()));
    }

    @Test
    void onlyWhatDiffersIsNamed() {
        there("anna");
        here("anna");
        people.set(
                0,
                new Person(
                        "anna",
                        "uid=x",
                        "annabel",
                        "a@example.org",
                        Optional.of("Anna B."),
                        Optional.empty(),
                        Optional.empty(),
                        true,
                        Optional.of("not mapped")));

        assertEquals(List.of("CHANGE annabel [username, email, displayName]"), told(plan()));
        assertEquals(
                List.of("CHANGE annabel [username, email, displayName, department]"),
                told(plan("attribute.department", "ou")));
    }

    @Test
    void whoBecomesInactiveComesFirstAndIsALoss() {
        there("anna", "ben", "new");
        here("ben");
        here("anna");
        people.remove(1);
        there("ben", false);

        SyncPlan plan = plan();

        assertEquals(Change.DISABLE, plan.people().get(0).change());
        assertEquals(1, plan.losses().people().size());
    }

    @Test
    void whoIsGoneIsDisabledOnceOrRemovedIfSoSet() {
        there("anna");
        here("anna", "ben");
        here("long-gone", false);

        assertEquals(
                List.of("ben"), plan().gone().stream().map(PersonHere::username).toList());
        assertEquals(
                List.of("ben", "long-gone"),
                plan("gone", "remove").gone().stream().map(PersonHere::username).toList());
    }

    @Test
    void whoIsThereButUnusableIsNotGone() {
        there("anna");
        here("anna", "ben");
        groupThere("g", "staff");
        groupHere("g", "staff", "ben");
        unusable.put("ben", "cn=Ben has no e-mail address");

        assertTrue(plan().empty());
        assertEquals(List.of("cn=Ben has no e-mail address"), plan().notes());
    }

    @Test
    void nobodyIsGoneWhileEntriesCannotBeToldApart() {
        there("anna");
        here("anna", "ben");
        groupHere("g", "staff", "ben");
        without.add("cn=Somebody has no entryUUID");

        assertTrue(plan().empty());
    }

    @Test
    void membershipsFollowAlsoOfGroupsThatComeOrAreGone() {
        there("anna", "ben", "new");
        here("anna", "ben");
        groupThere("g", "staff", "anna", "new", "stranger");
        groupHere("g", "staff", "ben");
        groupThere("h", "fresh", "ben");
        groupHere("i", "old", "anna");

        SyncPlan plan = plan();

        assertEquals(
                List.of(
                                new SyncPlan.Members("h", "fresh", Set.of("ben"), Set.of()),
                                new SyncPlan.Members("g", "staff", Set.of("anna", "new"), Set.of("ben")),
                                new SyncPlan.Members("i", "old", Set.of(), Set.of("anna")))
                        .stream()
                        .sorted(java.util.Comparator.comparing(SyncPlan.Members::group))
                        .toList(),
                plan.members().stream()
                        .sorted(java.util.Comparator.comparing(SyncPlan.Members::group))
                        .toList());
        assertEquals(List.of(), plan.groupsGone());
        assertEquals(1, plan("gone", "remove").groupsGone().size());
        assertEquals(2, plan.losses().memberships().size());
    }

    @Test
    void whereGroupsAreNotAskedForAnyMoreTheyAreEmpty() {
        there("anna");
        here("anna");
        groupHere("g", "staff", "anna");

        SyncPlan plan = plan("groups.base", "");

        assertEquals(List.of(new SyncPlan.Members("g", "staff", Set.of(), Set.of("anna"))), plan.members());
    }

    @Test
    void groupsAreOnlyMadeWhereThatIsSet() {
        there("anna");
        here("anna");
        groupThere("g", "known", "anna");
        groupThere("h", "unknown", "anna");
        groupHere("g", "once-known");

        SyncPlan plan = plan("create.groups", "false");

        assertEquals(1, plan.groups().size());
        assertEquals("known", plan.groups().get(0).group().name());
        assertEquals(1, plan.members().size());
    }

    @Test
    void moreThanTheNumberIsTooMuch() {
        here(numbered(1_000));
        there(numbered(1_000));
        people.subList(0, 50).clear();
        assertEquals(Optional.empty(), tooMuch(plan()));

        people.remove(0);
        assertEquals(
                "51 of 1000 accounts would end; max.removals is 50.",
                tooMuch(plan()).orElseThrow());
        assertEquals(Optional.empty(), tooMuch(plan(), "max.removals", "51"));
    }

    @Test
    void moreThanThePercentageIsTooMuchButOneAlwaysPasses() {
        here(numbered(10));
        there(numbered(10));
        people.subList(0, 2).clear();
        assertEquals(Optional.empty(), tooMuch(plan()));

        people.remove(0);
        assertEquals(
                "3 of 10 accounts would end; max.removals.percent is 20.",
                tooMuch(plan()).orElseThrow());

        people.clear();
        peopleHere.clear();
        here("anna", "ben");
        there("anna");
        assertEquals(Optional.empty(), tooMuch(plan()));
        assertTrue(tooMuch(plan(), "max.removals", "0").isPresent());
    }

    @Test
    void aDirectoryThatShowsNobodyIsNeverBelieved() {
        here("anna");

        assertTrue(tooMuch(plan()).orElseThrow().contains("nobody at all"));
        assertTrue(tooMuch(plan(), "max.removals", "1000", "max.removals.percent", "100")
                .isPresent());
    }

    @Test
    void aFlagTurnedForEverybodyAtOnceIsTooMuchToo() {
        here(numbered(10));
        for (String id : numbered(10)) {
            there(id, false);
        }

        assertTrue(tooMuch(plan()).isPresent());
    }

    @Test
    void groupsThatVanishAreTooMuchToo() {
        there(numbered(10));
        here(numbered(10));
        groupHere("g", "staff", numbered(10));

        assertEquals(
                "10 of 10 memberships of groups would end; max.removals.percent is 20.",
                tooMuch(plan()).orElseThrow());
    }

    @Test
    void whatWasConfirmedIsNotCountedAgain() {
        here(numbered(10));
        SyncPlan all = plan();
        peopleHere.remove("p0"); // done before the run was killed

        assertEquals(Optional.empty(), plan().tooMuch(settings().job(), all.allLosses()));

        here("late", "later");
        assertTrue(plan().tooMuch(settings().job(), all.allLosses()).isPresent());
    }

    @Test
    void theHashIsOfWhatWouldBeDone() {
        here("anna", "ben");
        there("anna");
        String hash = plan().hash();
        assertEquals(hash, plan().hash());
        assertEquals(32, hash.length());

        there("carl");
        assertNotEquals(hash, plan().hash());
    }
}
