// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Caller.Door;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Grants.AccessView;
import org.isthmus.api.identity.Grants.CreateGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.model.Page;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class GrantsTest {
    private static Estate estate;

    @BeforeAll
    static void open() {
        estate = Estate.open(GrantsTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    private static CreateGrant grant(Estate.Customer customer, String username, String role) {
        return grant(customer, username, role, Optional.empty(), Optional.empty());
    }

    private static CreateGrant grant(
            Estate.Customer customer, String username, String role, Optional<Instant> from, Optional<Instant> until) {
        return new CreateGrant(
                customer.ref(),
                new Subject("user", username),
                role,
                new Subject("organization", customer.ref().text()),
                from,
                until);
    }

    @Test
    void aGrantIsShownWithIdsWhateverItWasAskedWith() {
        Estate.Customer customer = estate.customer();
        Caller anna = estate.person(customer, "anna");

        GrantView made = estate.submit(customer.administrator(), grant(customer, "anna", "server-manager"));

        assertEquals(Subject.of("user", anna.user().orElseThrow()), made.subject());
        assertEquals(Subject.of("organization", customer.id()), made.scope());
        assertEquals(made, estate.identity().grants().get(customer.administrator(), customer.ref(), Ref.of(made.id())));
        assertEquals(
                List.of(made),
                estate.identity()
                        .grants()
                        .list(
                                customer.administrator(),
                                customer.ref(),
                                new Query(Map.of("role", "server-manager"), Optional.empty(), Page.Request.first()))
                        .items());
    }

    @Test
    void aGrantMayEndInADistantFuture() {
        Estate.Customer customer = estate.customer();
        Caller anna = estate.person(customer, "anna");
        Optional<Instant> end = Optional.of(Instant.parse("9999-12-31T23:59:59Z"));

        GrantView made = estate.grant(
                customer, Subject.of("user", anna.user().orElseThrow()), "read-only", Optional.empty(), end);

        assertEquals(
                end,
                estate.identity()
                        .grants()
                        .get(customer.administrator(), customer.ref(), Ref.of(made.id()))
                        .until());
    }

    @Test
    void nobodyGrantsWhatTheyDoNotHold() {
        Estate.Customer customer = estate.customer();
        Caller admin = estate.person(customer, "admin", "user-admin", "image-creator");
        estate.person(customer, "anna");

        ProblemException problem = Refused.with(
                IdentityProblem.GRANT_TOO_MUCH, () -> estate.submit(admin, grant(customer, "anna", "server-deployer")));

        assertTrue(problem.extra().get("missing").toString().contains("server.deploy"));
        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(admin, grant(customer, "admin", "organization-admin")));
        estate.submit(admin, grant(customer, "anna", "image-creator"));
    }

    @Test
    void nobodyGrantsForLongerThanTheyHold() {
        Estate.Customer customer = estate.customer();
        Caller admin = estate.person(customer, "admin", "user-admin");
        estate.person(customer, "anna");
        Instant end = estate.clock().instant().plus(Duration.ofDays(1));
        estate.grant(
                customer,
                Subject.of("user", admin.user().orElseThrow()),
                "image-creator",
                Optional.empty(),
                Optional.of(end));

        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH, () -> estate.submit(admin, grant(customer, "anna", "image-creator")));
        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(
                        admin,
                        grant(customer, "anna", "image-creator", Optional.empty(), Optional.of(end.plusSeconds(1)))));
        estate.submit(admin, grant(customer, "anna", "image-creator", Optional.empty(), Optional.of(end)));
    }

    @Test
    void aTokenForGrantingAloneGrantsNothing() {
        Estate.Customer customer = estate.customer();
        estate.person(customer, "anna");
        Caller boss = customer.administrator();
        Caller token = new Caller(
                Caller.Kind.USER,
                boss.user(),
                boss.username(),
                boss.organization(),
                Door.REST,
                "local",
                "req-1",
                Optional.of(Set.of(Action.GRANT_CREATE)),
                false);

        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(token, grant(customer, "anna", "organization-admin")));
    }

    @Test
    void theRoleOperatorIsOfThePlatformOnly() {
        Estate.Customer customer = estate.customer();
        estate.person(customer, "anna");

        Refused.with(
                IdentityProblem.ROLE_UNKNOWN, () -> estate.submit(estate.root(), grant(customer, "anna", "operator")));
        assertFalse(estate.identity().roles().all(customer.administrator(), customer.ref()).stream()
                .map(RoleView::name)
                .toList()
                .contains("operator"));
        assertTrue(estate.identity().roles().all(estate.root(), Ref.PLATFORM).stream()
                .map(RoleView::name)
                .toList()
                .contains("operator"));
    }

    @Test
    void aGrantThatMakesNoSenseIsRefusedWithWhereAndWhy() {
        Estate.Customer customer = estate.customer();
        Estate.Customer other = estate.customer();
        Caller anna = estate.person(customer, "anna");
        Subject whole = Subject.of("organization", customer.id());
        Subject user = Subject.of("user", anna.user().orElseThrow());
        Instant past = estate.clock().instant();

        assertEquals("/scope/kind", pointer(customer, user, new Subject("planet", "earth"), Optional.empty()));
        assertEquals("/scope/id", pointer(customer, user, Subject.of("organization", other.id()), Optional.empty()));
        assertEquals("/subject/kind", pointer(customer, new Subject("server", "srv-1"), whole, Optional.empty()));
        assertEquals("/subject/id", pointer(customer, new Subject("user", "nobody"), whole, Optional.empty()));
        assertEquals(
                "/subject/id",
                pointer(
                        customer,
                        Subject.of("user", other.administrator().user().orElseThrow()),
                        whole,
                        Optional.empty()));
        assertEquals("/until", pointer(customer, user, whole, Optional.of(past)));
    }

    private static String pointer(Estate.Customer customer, Subject subject, Subject scope, Optional<Instant> until) {
        return Refused.with(
                        Problem.MALFORMED,
                        () -> estate.submit(
                                customer.administrator(),
                                new CreateGrant(customer.ref(), subject, "read-only", scope, Optional.empty(), until)))
                .errors()
                .get(0)
                .pointer();
    }

    @Test
    void theSameGrantTwiceIsRefused() {
        Estate.Customer customer = estate.customer();
        estate.person(customer, "anna", "read-only");

        Refused.with(
                Problem.CONFLICT, () -> estate.submit(customer.administrator(), grant(customer, "anna", "read-only")));
    }

    @Test
    void anExplanationNamesTheGrantsOrTheRolesThatWouldHelp() {
        Estate.Customer customer = estate.customer();
        estate.person(customer, "anna");
        GrantView grant = estate.submit(customer.administrator(), grant(customer, "anna", "read-only"));

        AccessView may = estate.identity()
                .grants()
                .explain(
                        customer.administrator(),
                        customer.ref(),
                        new Ref("anna"),
                        Action.SERVER_READ,
                        Optional.empty());
        AccessView mayNot = estate.identity()
                .grants()
                .explain(
                        customer.administrator(),
                        customer.ref(),
                        new Ref("anna"),
                        Action.SERVER_DEPLOY,
                        Optional.empty());

        assertTrue(may.allowed());
        assertEquals(Optional.of(grant.id()), may.because().get(0).grant());
        assertEquals(Optional.of(grant.role()), may.because().get(0).role());
        assertEquals(Optional.of(grant.subject()), may.because().get(0).subject());
        assertFalse(mayNot.allowed());
        assertTrue(mayNot.because().toString().contains("server-deployer"), mayNot.toString());
        Refused.with(Problem.NOT_FOUND, () -> estate.identity()
                .grants()
                .explain(
                        customer.administrator(),
                        customer.ref(),
                        new Ref("nobody"),
                        Action.SERVER_READ,
                        Optional.empty()));
    }
}
