// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Sessions.EndSession;
import org.isthmus.api.identity.Sessions.OpenSessionView;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is open, and ending it. */
final class SessionsTest {
    private static Estate estate;

    @BeforeAll
    static void open() {
        estate = Estate.open(SessionsTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    private static List<OpenSessionView> own(Caller caller, Estate.Customer customer) {
        return estate.identity()
                .sessions()
                .list(caller, customer.ref(), Query.first())
                .items();
    }

    private static Query of(String user) {
        return new Query(Map.of("user", user), Optional.empty(), Page.Request.first());
    }

    @Test
    void everybodySeesTheirOwnWithWhatAsksMarkedUntilTheyAreOver() {
        Estate.Customer customer = estate.customer();
        Caller anna = estate.person(customer, "anna");
        estate.login("anna@" + customer.ref());

        List<OpenSessionView> open = own(anna, customer);

        assertEquals(2, open.size());
        assertEquals(
                List.of(true, false),
                open.stream().map(OpenSessionView::current).toList());
        assertEquals("192.0.2.7", open.get(1).address());
        assertEquals(
                open.get(0),
                estate.identity()
                        .sessions()
                        .get(anna, customer.ref(), Ref.of(open.get(0).id())));
        Page<OpenSessionView> first = estate.identity()
                .sessions()
                .list(
                        anna,
                        customer.ref(),
                        new Query(Map.of(), Optional.empty(), new Page.Request(1, Optional.empty())));
        assertEquals(open.subList(0, 1), first.items());
        assertEquals(
                open.subList(1, 2),
                estate.identity()
                        .sessions()
                        .list(
                                anna,
                                customer.ref(),
                                new Query(Map.of(), Optional.empty(), new Page.Request(1, first.next())))
                        .items());

        estate.clock().pass(Duration.ofHours(12));
        assertEquals(List.of(), own(anna, customer));
    }

    @Test
    void aSessionThatIsEndedIsRefusedAtOnceAndByOtherControllersSoon() {
        Estate.Customer customer = estate.customer();
        Caller anna = estate.person(customer, "anna");
        Secret lost = estate.login("anna@" + customer.ref());
        EmbeddedIdentity elsewhere = estate.another();
        elsewhere.logins().caller(lost, Estate.origin());
        OpenSessionView session = own(anna, customer).get(1);

        OpenSessionView ended = estate.submit(anna, new EndSession(customer.ref(), session.id(), Optional.empty()));

        assertEquals(session, ended);
        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(lost, Estate.origin()));
        estate.clock().pass(Duration.ofSeconds(5));
        Refused.with(Problem.NOT_LOGGED_IN, () -> elsewhere.logins().caller(lost, Estate.origin()));
        Refused.with(
                Problem.NOT_FOUND,
                () -> estate.submit(anna, new EndSession(customer.ref(), session.id(), Optional.empty())));
        assertEquals(1, own(anna, customer).size());
    }

    @Test
    void theSessionsOfOthersAreForThoseWhoMayReadAndChangeUsers() {
        Estate.Customer customer = estate.customer();
        Estate.Customer other = estate.customer();
        Caller anna = estate.person(customer, "anna");
        Caller bert = estate.person(customer, "bert", "read-only");
        OpenSessionView annas = own(anna, customer).get(0);

        assertEquals(
                List.of(annas.id()),
                estate.identity().sessions().list(bert, customer.ref(), of("anna")).items().stream()
                        .map(OpenSessionView::id)
                        .toList());
        Refused.with(Problem.FORBIDDEN, () -> estate.identity().sessions().list(anna, customer.ref(), of("bert")));
        Refused.with(
                Problem.FORBIDDEN,
                () -> estate.submit(bert, new EndSession(customer.ref(), annas.id(), Optional.of(new Ref("anna")))));
        // not as one's own either
        Refused.with(
                Problem.NOT_FOUND,
                () -> estate.submit(bert, new EndSession(customer.ref(), annas.id(), Optional.empty())));
        Refused.with(
                Problem.NOT_FOUND, () -> estate.identity().sessions().get(bert, customer.ref(), Ref.of(annas.id())));
        Refused.with(
                Problem.NOT_FOUND,
                () -> estate.identity().sessions().list(other.administrator(), customer.ref(), of("anna")));
        Refused.with(
                Problem.NOT_FOUND,
                () -> estate.submit(
                        other.administrator(), new EndSession(other.ref(), annas.id(), Optional.of(new Ref("boss")))));

        estate.submit(
                customer.administrator(), new EndSession(customer.ref(), annas.id(), Optional.of(new Ref("anna"))));
        assertEquals(List.of(), own(anna, customer));
    }
}
