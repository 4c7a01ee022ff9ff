// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Directories.CreateDirectory;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Provisioning;
import org.isthmus.api.identity.Provisioning.Found;
import org.isthmus.api.identity.Provisioning.Members;
import org.isthmus.api.identity.Provisioning.People;
import org.isthmus.api.identity.Provisioning.PersonData;
import org.isthmus.api.identity.Provisioning.PutGroup;
import org.isthmus.api.identity.Provisioning.PutPerson;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.HandOver;
import org.isthmus.identity.store.ChangeCounter;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a directory finds again of what it told. */
final class ProvisioningTest {
    private static final int MANY = 10_000;
    /** A page is promised within 20 ms. */
    private static final long MOST_MILLIS = 20;

    private static Estate estate;

    private Estate.Customer customer;
    private DirectoryView hr;
    private Caller telling;

    @BeforeAll
    static void open() {
        estate = Estate.open(ProvisioningTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    @BeforeEach
    void anOrganizationWithADirectory() {
        customer = estate.customer();
        hr = estate.submit(
                customer.administrator(),
                new CreateDirectory(
                        customer.ref(), new Name("hr"), Kind.SCIM, true, Map.of("departments", "MATCH"), Map.of()));
        telling = Caller.directory(
                hr.id(),
                "hr",
                customer.id(),
                customer.organization().name().value(),
                Caller.Door.SCIM,
                "192.0.2.9",
                "req-1");
    }

    private static PersonData person(String nameThere, boolean active, Optional<String> department) {
        String username = nameThere.replaceAll("@.*", "").toLowerCase(java.util.Locale.ROOT);
        return new PersonData(
                Optional.of("ext-" + username),
                nameThere,
                username,
                username + "@example.org",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                active,
                department);
    }

    private UserView put(Optional<UserId> user, PersonData data) {
        return estate.submit(telling, new PutPerson(customer.ref(), hr.id(), user, Optional.empty(), data));
    }

    private UserView hire(String nameThere) {
        return put(Optional.empty(), person(nameThere, true, Optional.empty()));
    }

    private Provisioning provisioning() {
        return estate.identity().provisioning();
    }

    private Found<UserView> people(People which, long offset, int most) {
        return provisioning().people(telling, customer.ref(), which, offset, most);
    }

    private static People named(String name) {
        return new People(Optional.of(name), Optional.empty(), Optional.empty());
    }

    private GroupView group(Optional<GroupId> group, String name, Optional<Members> members) {
        return estate.submit(
                telling,
                new PutGroup(customer.ref(), hr.id(), group, Optional.empty(), name, Optional.empty(), members));
    }

    private Set<UserId> members(GroupView group) {
        return provisioning().members(telling, customer.ref(), Set.of(group.id())).get(group.id()).stream()
                .map(Provisioning.MemberView::user)
                .collect(java.util.stream.Collectors.toSet());
    }

    @Test
    void somebodyIsFoundByWhatTheDirectoryCallsThemInWhateverCase() {
        UserView ada = hire("Ada.L@Example.org");

        assertEquals("Ada.L@Example.org", ada.kept().orElseThrow().nameThere());
        assertEquals("ada.l", ada.username());
        assertEquals(List.of(ada), people(named("ADA.L@example.ORG"), 0, 10).items());
        assertEquals(0, people(named("ada.l"), 0, 10).total());
    }

    @Test
    void whoIsActiveIsWhatTheDirectorySaid() {
        UserView ada = hire("ada");
        UserView bob = put(Optional.empty(), person("bob", false, Optional.empty()));

        assertEquals(
                List.of(ada.id()),
                people(new People(Optional.empty(), Optional.empty(), Optional.of(true)), 0, 10).items().stream()
                        .map(UserView::id)
                        .toList());
        assertEquals(
                List.of(bob.id()),
                people(new People(Optional.empty(), Optional.of("ext-bob"), Optional.of(false)), 0, 10).items().stream()
                        .map(UserView::id)
                        .toList());
    }

    @Test
    void whoIsHandedOverIsCalledAsTheyWereHereUntilTheDirectoryTells() {
        Caller eve = estate.person(customer, "eve");
        estate.submit(
                customer.administrator(),
                new HandOver(customer.ref(), Ref.of(eve.user().orElseThrow()), Ref.of(hr.id()), Optional.empty()));

        assertEquals(1, people(named("eve"), 0, 10).total());
        put(eve.user(), person("eve@example.org", true, Optional.empty()));
        assertEquals(0, people(named("eve"), 0, 10).total());
        assertEquals(1, people(named("eve@example.org"), 0, 10).total());
    }

    @Test
    void whoeverLeavesIsShutOutAlsoWhenTheirDepartmentIsNotThere() {
        estate.submit(
                customer.administrator(), new CreateDepartment(customer.ref(), new Name("sales"), Optional.empty()));
        UserView ada = put(Optional.empty(), person("ada", true, Optional.of("Sales")));

        Refused.with(
                Problem.MALFORMED, () -> put(Optional.of(ada.id()), person("ada", true, Optional.of("Gardening"))));
        UserView gone = put(Optional.of(ada.id()), person("ada", false, Optional.of("Gardening")));

        assertEquals(UserView.State.DISABLED, gone.state());
        assertEquals(ada.department(), gone.department());
    }

    @Test
    void aGroupIsMadeAndRenamedWithWhoComesAndGoesInOneChange() {
        UserView ada = hire("ada");
        UserView bob = hire("bob");
        Caller stranger = estate.person(customer, "eve");

        GroupView guides = group(Optional.empty(), "Guides", Optional.of(Members.exactly(Set.of(ada.id()))));
        assertEquals(Set.of(ada.id()), members(guides));
        GroupView renamed = group(
                Optional.of(guides.id()),
                "Leaders",
                Optional.of(new Members(Set.of(bob.id()), Set.of(ada.id()), false)));
        assertEquals("Leaders", renamed.name());
        assertEquals(Set.of(bob.id()), members(renamed));
        Refused.with(
                Problem.MALFORMED,
                () -> group(
                        Optional.of(guides.id()),
                        "Others",
                        Optional.of(Members.exactly(Set.of(stranger.user().orElseThrow())))));
        assertEquals(
                "Leaders",
                provisioning()
                        .group(telling, customer.ref(), guides.id())
                        .orElseThrow()
                        .name());
        assertEquals(Set.of(bob.id()), members(group(Optional.of(guides.id()), "Again", Optional.empty())));
    }

    @Test
    void aPageOutOfTenThousandIsReadInTwentyMilliseconds() throws SQLException {
        manyAreThere();

        assertEquals(MANY, people(People.ALL, 0, 0).total());
        for (long offset : List.of(0L, 5_000L, 9_900L)) {
            assertTrue(worked(() -> people(People.ALL, offset, 100)) <= MOST_MILLIS, "the page at " + offset);
        }
        People active = new People(Optional.empty(), Optional.empty(), Optional.of(true));
        assertTrue(worked(() -> people(active, 9_000, 100)) <= MOST_MILLIS, "the active ones");
        assertTrue(worked(() -> people(named("U04711@example.org"), 0, 100)) <= MOST_MILLIS, "one by name");
        Set<UserId> page = people(People.ALL, 9_900, 100).items().stream()
                .map(UserView::id)
                .collect(java.util.stream.Collectors.toSet());
        assertTrue(worked(() -> provisioning().groupsOf(telling, customer.ref(), page)) <= MOST_MILLIS, "their groups");
    }

    @Test
    void manyWhoComeIntoAGroupOfAPairCostLittleMoreThanIntoAnyOther() throws SQLException {
        manyAreThere();
        Set<UserId> all = people(People.ALL, 0, 3_000).items().stream()
                .map(UserView::id)
                .collect(java.util.stream.Collectors.toSet());
        GroupView auditors = group(Optional.empty(), "Auditors", Optional.empty());
        GroupView granters = group(Optional.empty(), "Granters", Optional.empty());
        GroupView plain = group(Optional.empty(), "Plain", Optional.empty());
        estate.grant(customer, Subject.of("group", auditors.id()), "auditor");
        estate.grant(customer, Subject.of("group", granters.id()), "user-admin");
        group(
                Optional.of(auditors.id()),
                "Auditors",
                Optional.of(Members.exactly(Set.of(hire("ada").id()))));
        coming(plain, all);

        long usual = coming(plain, all);
        long ofAPair = coming(granters, all);

        assertTrue(ofAPair <= 4 * usual + 500, ofAPair + " ms instead of " + usual);
        assertEquals(3_000, members(granters).size());
    }

    /** They come and go; how long this thread worked for their coming, in milliseconds. */
    private long coming(GroupView group, Set<UserId> all) {
        group(Optional.of(group.id()), group.name(), Optional.of(Members.exactly(Set.of())));
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadCpuTime();
        group(Optional.of(group.id()), group.name(), Optional.of(Members.exactly(all)));
        return (threads.getCurrentThreadCpuTime() - before) / 1_000_000;
    }

    private void manyAreThere() throws SQLException {
        estate.database().tx().execute(this::many);
        // they were put past the stores, which keep the history
        new ChangeCounter(estate.database().tx()).catchUp(estate.clock().instant(), "test");
    }

    private void many() throws SQLException {
        try (PreparedStatement user = estate.database()
                .tx()
                .connection()
                .prepareStatement("INSERT INTO idn_user (id, organization, username, email, kind, state,"
                        + " must_change_password, created_at, created_by, version, directory, directory_name,"
                        + " directory_name_key, external_id, directory_active) VALUES (?, ?, ?, 'x@example.org',"
                        + " 'PERSON', 'ACTIVE', FALSE, 0, 'test', 1, ?, ?, ?, ?, TRUE)")) {
            for (int i = 0; i < MANY; i++) {
                String name = String.format("u%05d", i);
                user.setString(1, estate.ids().user().value());
                user.setString(2, customer.id().value());
                user.setString(3, name);
                user.setString(4, hr.id().value());
                user.setString(5, name + "@example.org");
                user.setString(6, name + "@example.org");
                user.setString(7, "ext-" + name);
                user.addBatch();
            }
            user.executeBatch();
        }
        Connection connection = estate.database().tx().connection();
        if (connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
            // what it does by itself within a minute
            try (Statement analyze = connection.createStatement()) {
                analyze.execute("ANALYZE idn_user");
            }
        }
    }

    /** What this thread works for it: other work of the machine does not count, nor does what PostgreSQL does meanwhile. */
    private static long worked(Runnable read) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long[] millis = new long[40];
        for (int i = 0; i < millis.length; i++) {
            long before = threads.getCurrentThreadCpuTime();
            read.run();
            millis[i] = (threads.getCurrentThreadCpuTime() - before) / 1_000_000;
        }
        Arrays.sort(millis);
        return millis[millis.length / 2];
    }
}
