// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.notice;

import static org.isthmus.core.Cloud.ACME;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.limit.LimitList.CreateLimit;
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
    private Notices notices;

    @BeforeEach
    void open() {
        cloud = new Cloud("notices").furnished();
        bob = cloud.house.access.user("bob", "acme");
        Caller eve = cloud.house.access.user("eve", "acme");
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
