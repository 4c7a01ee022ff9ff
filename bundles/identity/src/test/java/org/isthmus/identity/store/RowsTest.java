// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.persistence.EntityManagerFactory;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.api.identity.Tokens.TokenView;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.identity.Refused;
import org.isthmus.identity.SettableClock;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.model.Sha256;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class RowsTest {
    private static final SettableClock CLOCK = new SettableClock();
    private static final Ids IDS = new Ids(CLOCK);
    private static final Instant NOW = Instant.parse("2026-11-23T08:00:00.123456Z");
    private static EmbeddedDatabase database;
    private static Tx tx;
    private static EntityManagerFactory unit;

    @BeforeAll
    static void open() {
        database = EmbeddedDatabase.inMemory("rows", CLOCK);
        tx = database.tx();
        unit = database.entityManagerFactory("identity");
    }

    @AfterAll
    static void close() {
        database.close();
    }

    private static OrganizationView organization(String name, Policy policy) {
        return new OrganizationView(
                IDS.organization(),
                new Name(name),
                "Größe & Söhne",
                Optional.of(IDS.organization()),
                policy,
                NOW,
                "anna@acme",
                1);
    }

    @Test
    void anOrganizationComesBackAsItWas() {
        OrganizationStore store = new OrganizationStore(tx, unit);
        Policy all = new Policy(
                7,
                Duration.ofHours(36).plusNanos(1),
                Optional.of(List.of("berlin", "paris")),
                List.of("cost-centre", "owner"));
        Policy none = new Policy(0, Duration.ZERO, Optional.of(List.of()), List.of());
        Policy strict = new Policy(0, Duration.ZERO, Optional.empty(), List.of(), List.of(), Policy.Mfa.STEP_UP)
                .leasing(Optional.of(Duration.ofDays(90)));
        int i = 0;
        Policy closed = Policy.DEFAULT.reachable(false, true);
        for (Policy policy : List.of(all, none, strict, closed, Policy.DEFAULT)) {
            OrganizationView made = organization("round-trip-" + i++, policy);

            assertEquals(made, store.insert(made));
            assertEquals(Optional.of(made), store.find(made.id()));
            assertEquals(Optional.of(made), store.resolve(Ref.of(made.name())));
        }
    }

    @Test
    void aChangeRaisesTheVersionAndAnOldVersionIsStale() {
        OrganizationStore store = new OrganizationStore(tx, unit);
        OrganizationView made = store.insert(organization("versions", Policy.DEFAULT));

        OrganizationView renamed = store.rename(made.id(), 1, "Other");

        assertEquals(2, renamed.version());
        assertEquals(Optional.of(renamed), store.find(made.id()));
        Refused.with(Problem.STALE, () -> store.setPolicy(made.id(), 1, Policy.DEFAULT));
    }

    @Test
    void aNameIsTakenOnlyOnce() {
        OrganizationStore store = new OrganizationStore(tx, unit);
        store.insert(organization("taken", Policy.DEFAULT));

        TxException refused =
                assertThrows(TxException.class, () -> store.insert(organization("taken", Policy.DEFAULT)));

        assertEquals(TxException.Kind.DUPLICATE, refused.kind());
    }

    @Test
    void aDepartmentComesBackAsItWas() {
        DepartmentStore store = new DepartmentStore(tx, unit);
        OrganizationId organization = IDS.organization();
        DepartmentView top = new DepartmentView(
                IDS.department(), new Name("research"), organization, Optional.empty(), NOW, "anna@acme", 1);
        DepartmentView below = new DepartmentView(
                IDS.department(), new Name("robots"), organization, Optional.of(top.id()), NOW, "anna@acme", 1);

        assertEquals(top, store.insert(top));
        assertEquals(below, store.insert(below));
        assertEquals(Optional.of(below), store.resolve(organization, Ref.of(below.id())));
        assertEquals(Optional.of(below), store.firstChild(organization, top.id()));
        assertEquals(Optional.empty(), store.resolve(IDS.organization(), Ref.of(below.id())));
    }

    private static Account account(OrganizationId organization, String username) {
        return new Account(
                new UserView(
                        IDS.user(),
                        username,
                        username,
                        organization,
                        username + "@example.org",
                        Optional.of(IDS.department()),
                        UserView.Kind.PERSON,
                        UserView.State.DISABLED,
                        true,
                        NOW,
                        "anna@acme",
                        1),
                Optional.of("$argon2id$…"));
    }

    @Test
    void aUserComesBackAsTheyWere() {
        UserStore store = new UserStore(tx, unit);
        OrganizationId organization = IDS.organization();
        Account person = account(organization, "anna");
        Account service = new Account(
                new UserView(
                        IDS.user(),
                        "robot",
                        "robot",
                        organization,
                        "robot@example.org",
                        Optional.empty(),
                        UserView.Kind.SERVICE,
                        UserView.State.ACTIVE,
                        false,
                        false,
                        Optional.of(person.user().id()),
                        Optional.empty(),
                        Optional.empty(),
                        NOW,
                        "anna@acme",
                        NOW.plusSeconds(60),
                        1),
                Optional.empty());

        assertEquals(person.user(), store.insert(person));
        assertEquals(service.user(), store.insert(service));
        assertEquals(
                Optional.of(person), store.account(organization, person.user().id()));
        assertEquals(
                Optional.of(service), store.account(organization, service.user().id()));
        assertEquals(
                Optional.empty(),
                store.account(IDS.organization(), person.user().id()));
        assertEquals(Optional.of(person.user()), store.resolve(organization, new Ref("anna")));
        assertEquals(
                List.of(service.user()),
                store.list(
                                all(organization),
                                new Query(
                                        Map.of("responsible", person.user().id().value()),
                                        Optional.empty(),
                                        Page.Request.first()))
                        .items());
        assertFalse(person.toString().contains("argon2"));
    }

    @Test
    void aGrantComesBackAsItWas() {
        GrantStore store = new GrantStore(tx, unit);
        OrganizationId organization = IDS.organization();
        GrantView limited = new GrantView(
                IDS.grant(),
                organization,
                Subject.of("user", IDS.user()),
                "read-only",
                Subject.of("organization", organization),
                Optional.of(NOW),
                Optional.of(NOW.plusSeconds(60)),
                NOW,
                "anna@acme",
                1);
        GrantView open = new GrantView(
                IDS.grant(),
                organization,
                Subject.of("department", IDS.department()),
                "auditor",
                Subject.of("organization", organization),
                Optional.empty(),
                Optional.empty(),
                NOW,
                "anna@acme",
                1);

        assertEquals(limited, store.insert(limited));
        assertEquals(open, store.insert(open));
        assertEquals(Optional.of(limited), store.find(organization, limited.id()));
        assertEquals(Optional.of(open), store.find(organization, open.id()));
        assertEquals(Optional.empty(), store.find(IDS.organization(), open.id()));
    }

    @Test
    void aRoleComesBackAsItWas() {
        RoleStore store = new RoleStore(tx, unit);
        OrganizationId organization = IDS.organization();
        RoleView role = new RoleView(
                IDS.role().value(),
                "night-shift",
                organization,
                Set.of(Action.values()),
                false,
                Optional.of(NOW),
                Optional.of("anna@acme"),
                1);

        assertEquals(role, store.insert(role));
        assertEquals(Optional.of(role), store.resolve(organization, new Ref(role.id())));
        assertEquals(Optional.of(role), store.resolve(organization, new Ref("night-shift")));
        assertEquals(List.of(role), store.all(organization, 10));
        assertEquals(Optional.empty(), store.resolve(IDS.organization(), new Ref(role.id())));
    }

    @Test
    void aRoleThatIsRenamedKeepsActionsThatOnlyAnotherVersionKnows() {
        RoleStore store = new RoleStore(tx, unit);
        OrganizationId organization = IDS.organization();
        RoleView role = store.insert(new RoleView(
                IDS.role().value(),
                "night",
                organization,
                Set.of(Action.SERVER_READ),
                false,
                Optional.of(NOW),
                Optional.of("anna@acme"),
                1));
        sql("update idn_role set actions = 'server.read,server.teleport' where id = '" + role.id() + "'");

        store.change(organization, role.id(), role.version(), Optional.of(new Name("late")), Optional.empty());

        assertEquals(
                List.of("server.read,server.teleport"),
                texts("select actions from idn_role where id = '" + role.id() + "'"));
    }

    private static void sql(String change) {
        try (Connection connection = database.pool().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(true);
            statement.executeUpdate(change);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> texts(String query) {
        try (Connection connection = database.pool().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aSessionComesBackAsItWas() {
        SessionStore store = new SessionStore(tx, unit);
        Session session = new Session(
                IDS.session(),
                IDS.organization(),
                IDS.user(),
                digest("s"),
                "192.0.2.1",
                NOW,
                NOW.plusSeconds(60),
                Optional.of(NOW));

        store.insert(session);

        assertEquals(Optional.of(session), store.find(session.bearer()));
        store.unproved(session.organization(), session.user());
        assertEquals(
                Optional.empty(), store.find(session.bearer()).orElseThrow().provedAt());
        store.proved(session.id(), NOW);
        assertEquals(Optional.of(session), store.find(session.bearer()));
        store.delete(session.id());
        assertEquals(Optional.empty(), store.find(session.bearer()));
    }

    @Test
    void expiredSessionsAndTheOldestBeyondTheLimitAreTidiedAway() {
        SessionStore store = new SessionStore(tx, unit);
        OrganizationId organization = IDS.organization();
        Ids.UserId user = IDS.user();
        for (int i = 0; i < 6; i++) {
            store.insert(new Session(
                    IDS.session(),
                    organization,
                    user,
                    digest("tidy-" + i),
                    "local",
                    NOW,
                    i == 5 ? NOW : NOW.plusSeconds(60),
                    Optional.empty()));
        }

        store.tidy(organization, user, NOW, 3);

        assertEquals(
                List.of(false, false, true, true, true, false),
                IntStream.range(0, 6)
                        .mapToObj(i -> store.find(digest("tidy-" + i)).isPresent())
                        .toList());
    }

    @Test
    void aTokenComesBackAsItWas() {
        TokenStore store = new TokenStore(tx, unit);
        OrganizationId organization = IDS.organization();
        TokenView some = new TokenView(
                IDS.token(),
                new Name("some"),
                IDS.user(),
                Optional.of(Set.of(Action.SERVER_READ, Action.SERVER_DEPLOY)),
                NOW.plusSeconds(60),
                Optional.empty(),
                false,
                NOW,
                "anna@acme",
                1);
        TokenView all = new TokenView(
                IDS.token(),
                new Name("all"),
                some.user(),
                Optional.of(Set.of(Action.values())),
                NOW.plusSeconds(60),
                Optional.of(NOW),
                true,
                NOW,
                "anna@acme",
                1);

        assertEquals(some, store.insert(organization, some, digest("some")));
        assertEquals(all, store.insert(organization, all, digest("all")));
        assertEquals(Optional.of(new TokenStore.Owned(organization, all)), store.find(digest("all")));
        store.used(some.id(), NOW);
        assertEquals(
                Optional.of(NOW),
                store.resolve(organization, some.user(), new Ref("some"))
                        .orElseThrow()
                        .lastUsedAt());
        assertEquals(2, store.count(organization, some.user()));
    }

    @Test
    void timesAreKeptToTheMicrosecond() {
        Instant fine = NOW.plusNanos(789);

        assertEquals(fine.truncatedTo(ChronoUnit.MICROS), Micros.toInstant(Micros.of(fine)));
        assertEquals(Instant.parse("1969-12-31T23:59:59.999999Z"), Micros.toInstant(-1));
    }

    @Test
    void aListIsReadPageByPageWithoutGapsWhileRowsComeAndGo() {
        UserStore store = new UserStore(tx, unit);
        OrganizationId organization = IDS.organization();
        for (int i = 10; i < 35; i++) {
            store.insert(account(organization, "user-" + i));
        }

        Page<UserView> first = store.list(all(organization), page(10, Optional.empty()));
        store.delete(organization, first.items().get(9).id());
        store.insert(account(organization, "aaa"));
        Page<UserView> second = store.list(all(organization), page(10, first.next()));
        Page<UserView> third = store.list(all(organization), page(10, second.next()));

        assertEquals("user-10", first.items().get(0).username());
        assertEquals("user-20", second.items().get(0).username());
        assertEquals(5, third.items().size());
        assertEquals("user-34", third.items().get(4).username());
        assertEquals(Optional.empty(), third.next());
    }

    private static Reach all(OrganizationId organization) {
        return Reach.everywhere(
                new OrganizationView(
                        organization,
                        new Name("acme"),
                        "Acme",
                        Optional.empty(),
                        Policy.DEFAULT,
                        java.time.Instant.EPOCH,
                        "root",
                        0),
                List.of());
    }

    private static Query page(int limit, Optional<String> cursor) {
        return new Query(Map.of(), Optional.empty(), new Page.Request(limit, cursor));
    }

    @Test
    void listsAreFilteredByWhatTheyKnowAndRefuseTheRestByName() {
        UserStore store = new UserStore(tx, unit);
        OrganizationId organization = IDS.organization();
        store.insert(account(organization, "anna"));
        store.insert(account(organization, "bert"));

        assertEquals(List.of("bert"), names(store, organization, Map.of("name", "bert")));
        assertEquals(List.of("anna", "bert"), names(store, organization, Map.of("state", "DISABLED")));
        assertEquals(List.of(), names(store, organization, Map.of("kind", "service")));
        assertTrue(Refused.with(
                        Problem.MALFORMED, () -> names(store, organization, Map.of("colour", "red", "state", "ACTIVE")))
                .getMessage()
                .contains("colour"));
        assertTrue(Refused.with(Problem.MALFORMED, () -> names(store, organization, Map.of("state", "SLEEPING")))
                .errors()
                .get(0)
                .detail()
                .contains("ACTIVE, DISABLED"));
        for (String cursor : List.of("", "%%%", "AAAA", "x".repeat(1000))) {
            Refused.with(Problem.MALFORMED, () -> store.list(all(organization), page(10, Optional.of(cursor))));
        }
    }

    private static List<String> names(UserStore store, OrganizationId organization, Map<String, String> filters) {
        return store
                .list(all(organization), new Query(filters, Optional.empty(), Page.Request.first()))
                .items()
                .stream()
                .map(UserView::username)
                .collect(Collectors.toList());
    }

    private static Sha256 digest(String text) {
        return Sha256.of(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
