// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.notice;

import static org.isthmus.core.Cloud.ACME;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.limit.LimitList.CreateLimit;
import org.isthmus.api.limit.LimitList.FreezeLimit;
import org.isthmus.api.limit.LimitList.UnfreezeLimit;
import org.isthmus.api.mail.Mailer;
import org.isthmus.core.Cloud;
import org.isthmus.core.RowStore;
import org.isthmus.core.TxAround;
import org.isthmus.model.Money;
import org.isthmus.store.Tx;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A network, 0.20 an hour, from noon of the 23rd of November on: 36 until the month ends. */
final class NoticesTest {
    private final List<Mailer.Mail> box = new ArrayList<>();
    private Optional<Mailer> server = Optional.of(box::add);
    private Cloud cloud;
    private Caller bob;
    private Caller eve;
    private Notices notices;

    @BeforeEach
    void open() {
        cloud = new Cloud("notices").furnished();
        bob = cloud.house.access.user("bob", "acme");
        eve = cloud.house.access.user("eve", "acme");
        cloud.house.access.take(cloud.user, Action.LIMIT_SET);
        cloud.house.access.take(eve, Action.LIMIT_SET);
        notices = with("one", cloud.house.database.tx());
        told();
    }

    @AfterEach
    void close() {
        notices.close();
        cloud.close();
    }

    private Notices with(String holder, Tx tx) {
        return new Notices(
                tx,
                cloud.house.clock,
                cloud.house.database.leases(),
                holder,
                cloud.house.swaps,
                cloud.house.stream,
                () -> server);
    }

    private void limit(String kind, String id, String monthly) {
        cloud.house.gate.submit(
                bob,
                new CreateLimit(
                        ACME,
                        new Subject(kind, id),
                        Optional.of(new Money(new BigDecimal(monthly), "USD")),
                        Optional.empty(),
                        Optional.empty()));
    }

    /** To whom, and what about. */
    private List<String> told() {
        cloud.house.limits.warn();
        cloud.house.stream.runOnce();
        notices.runOnce();
        return box.stream().map(mail -> mail.to() + " " + mail.subject()).toList();
    }

    @Test
    void whoseLimitItIsAndWhoMaySetLimitsAreToldOnce() {
        limit("user", "ada", "60");

        assertEquals(
                List.of(
                        "ada@example.org acme: 50 % of the monthly limit of the user ada by the end of 2026-11",
                        "bob@example.org acme: 50 % of the monthly limit of the user ada by the end of 2026-11"),
                told().stream().sorted().toList());
        assertEquals(2, told().size());
        String text = box.get(0).text();
        assertTrue(text.contains("will have cost 36 USD at the end of 2026-11"), text);
        assertTrue(text.contains("limit of 60 USD a month"), text);
        assertTrue(text.contains("What to do: "), text);
    }

    @Test
    void ofAnOrganizationsLimitOnlyWhoMaySetLimitsIsTold() {
        limit("organization", "acme", "72");

        assertEquals(
                List.of(
                        "bob@example.org acme: 50 % of the monthly limit of the organization acme by the end of 2026-11"),
                told());
    }

    private void happens(String type, Subject subject, Map<String, String> data) {
        cloud.house.database.tx().retrying(() -> {
            cloud.house.events.append(
                    cloud.house.clock.instant(), cloud.house.access.organization("acme"), type, subject, data);
            return null;
        });
    }

    private static String id(Caller user) {
        return user.user().orElseThrow().value();
    }

    private List<String> toldSorted() {
        return told().stream().sorted().toList();
    }

    @Test
    void ofALimitThatIsFrozenAndOfOneThatIsNotAnyMoreTheSameAreToldOnceEach() {
        limit("user", "ada", "60000");
        Ref limit = new Ref(id(cloud.user));

        cloud.house.gate.submit(bob, new FreezeLimit(ACME, limit));

        assertEquals(
                List.of(
                        "ada@example.org acme: the limit of the user ada is frozen",
                        "bob@example.org acme: the limit of the user ada is frozen"),
                toldSorted());
        assertTrue(box.get(0).text().contains("Nothing is deleted"), box.get(0).text());
        box.clear();
        cloud.house.gate.submit(bob, new UnfreezeLimit(ACME, limit));

        assertEquals(
                List.of(
                        "ada@example.org acme: the limit of the user ada is not frozen any more",
                        "bob@example.org acme: the limit of the user ada is not frozen any more"),
                toldSorted());
        assertEquals(2, told().size());
    }

    @Test
    void aLeaseThatIsRefusedIsToldToItsOwnerOrWhereThereIsNoneAnyMoreToThoseWhoCanChangeIt() {
        cloud.house.access.take(bob, Action.SERVER_CHANGE);
        Subject server = new Subject("server", "srv_1");
        Map<String, String> data = Map.of("name", "web", "reason", "It was not started: the limit is used up.");

        happens("lease.refused", server, plus(data, "owner", id(bob)));

        assertEquals(List.of("bob@example.org acme: the lease of the server web could not be kept"), told());
        assertTrue(
                box.get(0).text().contains("the limit is used up"), box.get(0).text());
        box.clear();
        happens("lease.refused", server, data);
        assertEquals(
                List.of(
                        "ada@example.org acme: the lease of the server web could not be kept",
                        "eve@example.org acme: the lease of the server web could not be kept"),
                toldSorted());
        assertEquals(2, told().size());
    }

    @Test
    void aWebhookThatIsSuspendedIsToldToItsOwnerAndToThoseWhoManageWebhooksOnceEach() {
        cloud.house.access.take(cloud.user, Action.WEBHOOK_MANAGE);

        happens(
                "webhook.suspended",
                new Subject("webhook", "hook_1"),
                Map.of("name", "chat", "reason", "It failed for a day.", "owner", id(bob)));

        assertEquals(
                List.of(
                        "bob@example.org acme: the webhook chat is suspended",
                        "eve@example.org acme: the webhook chat is suspended"),
                toldSorted());
        assertTrue(
                box.get(0).text().contains("It failed for a day."), box.get(0).text());
    }

    @Test
    void anEmergencyIsToldToThoseWhoConfirmOneAndToWhoHoldsTheRole() {
        cloud.house.access.take(cloud.user, Action.BREAK_GLASS_CONFIRM);
        cloud.house.access.take(eve, Action.BREAK_GLASS_CONFIRM);
        Subject emergency = new Subject("break-glass", "brk_1");
        Map<String, String> holder = Map.of("role", "server-deployer", "holder", "eve@acme", "user", id(eve));

        happens(
                "break-glass.asked",
                emergency,
                Map.of("role", "server-deployer", "by", "eve@acme", "reason", "the shop is down\nWhat to do: nothing"));
        assertEquals(
                List.of("bob@example.org acme: eve@acme asks for the role server-deployer in an emergency"), told());
        String text = box.get(0).text();
        assertTrue(text.contains("> the shop is down\n> What to do: nothing\n"), text);
        assertTrue(text.contains("isthmus:break-glass-confirm brk_1"), text);
        box.clear();

        happens(
                "break-glass.begun",
                emergency,
                plus(
                        plus(plus(holder, "until", "2026-11-23T13:00:00Z"), "confirmedBy", "bob@acme"),
                        "reason",
                        "the shop is down"));
        assertEquals(
                List.of(
                        "bob@example.org acme: eve@acme holds the role server-deployer in an emergency",
                        "eve@example.org acme: eve@acme holds the role server-deployer in an emergency"),
                toldSorted());
        assertTrue(
                box.get(0).text().contains("break-glass/brk_1/report"),
                box.get(0).text());
        box.clear();

        happens("break-glass.ended", emergency, plus(holder, "by", "system"));
        assertEquals(
                List.of(
                        "bob@example.org acme: eve@acme does not hold the role server-deployer any more",
                        "eve@example.org acme: eve@acme does not hold the role server-deployer any more"),
                toldSorted());
        assertTrue(box.get(0).text().contains("its time is over."), box.get(0).text());
        assertEquals(2, told().size());
    }

    private static Map<String, String> plus(Map<String, String> data, String key, String value) {
        Map<String, String> more = new HashMap<>(data);
        more.put(key, value);
        return more;
    }

    @Test
    void aServerThatIsAwayHoldsNothingUpAndGetsItLaterUnderTheSameId() {
        List<String> ids = new ArrayList<>();
        server = Optional.of(mail -> {
            ids.add(mail.id());
            throw new Mailer.NotTaken("away", false, null);
        });
        limit("organization", "acme", "72");
        assertEquals(List.of(), told());
        assertEquals(1, ids.size());
        told();
        assertEquals(1, ids.size(), "not at once");
        server = Optional.of(box::add);

        cloud.house.clock.advance(Duration.ofMinutes(1));

        assertEquals(1, told().size());
        assertEquals(ids.get(0), box.get(0).id());
        assertEquals(1, told().size());
    }

    @Test
    void whatIsNeverTakenIsGivenUp() {
        List<String> ids = new ArrayList<>();
        server = Optional.of(mail -> {
            ids.add(mail.id());
            throw new Mailer.NotTaken("no such person", true, null);
        });
        limit("user", "ada", "60");
        told();
        cloud.house.clock.advance(Duration.ofHours(2));
        told();

        assertEquals(2, ids.size(), "each once");
        assertEquals(0, waiting());
    }

    private long waiting() {
        RowStore rows = new RowStore(cloud.house.database.tx(), cloud.house.database.entityManagerFactory("core"));
        return cloud.house
                .database
                .tx()
                .read(() -> rows.query("select count(*) from ntc_mail", row -> row.getLong(1)))
                .get(0);
    }

    @Test
    void whileNoServerIsNamedNewsWaitsAndOldNewsIsNone() {
        server = Optional.empty();
        limit("organization", "acme", "72");
        assertEquals(List.of(), told());
        server = Optional.of(box::add);
        assertEquals(1, told().size());

        server = Optional.empty();
        limit("user", "bob", "1");
        limit("user", "ada", "60");
        told();
        cloud.house.clock.advance(Notices.PATIENCE.plusMinutes(1));
        server = Optional.of(box::add);

        assertEquals(1, told().size());
    }

    @Test
    void whoIsKilledBeforeTheCursorMovesTellsItOnceAfterwards() {
        limit("organization", "acme", "72");
        cloud.house.limits.warn();
        cloud.house.stream.runOnce();
        TxAround dying = new TxAround(cloud.house.database.tx()) {
            @Override
            public <R, X extends Exception> R retrying(Work<R, X> work) throws X {
                return super.retrying(() -> {
                    work.run();
                    throw new IllegalStateException("killed");
                });
            }
        };
        try (Notices killed = with("one", dying)) {
            killed.runOnce();
        } catch (IllegalStateException e) {
            assertEquals("killed", e.getMessage());
        }
        assertEquals(List.of(), box);
        assertEquals(0, waiting());

        assertEquals(1, told().size());
    }

    @Test
    void oneOfSeveralControllersTells() {
        limit("organization", "acme", "72");
        cloud.house.limits.warn();
        cloud.house.stream.runOnce();
        try (Notices other = with("other", cloud.house.database.tx())) {
            other.runOnce();
            assertEquals(List.of(), box, "the first one has the lease");
            cloud.house.clock.advance(Duration.ofMinutes(3));

            other.runOnce();
            notices.runOnce();
        }

        assertEquals(1, box.size());
    }
}
