// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.lease;

import static org.isthmus.core.Cloud.ACME;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.lease.Schedule;
import org.isthmus.api.lease.ServerLeases.ChangeLease;
import org.isthmus.api.lease.ServerLeases.CreateLease;
import org.isthmus.api.lease.ServerLeases.DeleteLease;
import org.isthmus.api.lease.ServerLeases.LeaseView;
import org.isthmus.api.lease.ServerLeases.OnExpiry;
import org.isthmus.api.lease.ServerLeases.Terms;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.ChangeServer;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.core.Cloud;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Leases where people look for them: on the servers. And how far off an organization lets their ends be. */
final class EndsOfServersTest {
    private static final Ref ONE = new Ref("one");
    private static final Duration MONTH = Duration.ofDays(30);
    private static final Schedule OFFICE =
            new Schedule("UTC", Set.of(DayOfWeek.MONDAY, DayOfWeek.TUESDAY), "08:00", "18:00");

    private Cloud cloud;

    @BeforeEach
    void open() {
        cloud = new Cloud("ends").furnished();
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private Instant in(Duration time) {
        return cloud.house.clock.instant().plus(time);
    }

    private static DeployServer wish(String name, Optional<Terms> lease) {
        DeployServer plain = Cloud.wish(name);
        return new DeployServer(
                plain.organization(),
                plain.name(),
                plain.nics(),
                plain.image(),
                plain.flavor(),
                plain.diskGiB(),
                plain.sshKeys(),
                plain.userData(),
                plain.purpose(),
                plain.tags(),
                plain.isProtected(),
                plain.location(),
                plain.placement(),
                plain.department(),
                lease);
    }

    private static DeployServer until(Instant end) {
        return wish("one", Optional.of(new Terms(Optional.of(end), OnExpiry.STOP, Optional.empty())));
    }

    private ServerView one() {
        return cloud.server("one");
    }

    private ServerView shown() {
        return cloud.domain.servers().get(cloud.user, ACME, ONE);
    }

    private LeaseView lease() {
        return cloud.domain.leases().get(cloud.user, ACME, ONE);
    }

    private ChangeServer ending(Optional<Instant> end) {
        return new ChangeServer(
                ACME,
                ONE,
                one().version(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(end));
    }

    private ServerView ends(Optional<Instant> end) {
        return cloud.house.gate.submit(cloud.user, ending(end)).result();
    }

    private ProblemException refused(Caller caller, Command<?> command) {
        return assertThrows(ProblemException.class, () -> cloud.house.gate.submit(caller, command));
    }

    private void againstMaxLease(Command<?> command) {
        ProblemException refused = refused(cloud.user, command);
        assertEquals(Problem.AGAINST_POLICY, refused.type());
        assertTrue(refused.getMessage().contains("Who has policy.set in acme"), refused.getMessage());
        assertTrue(refused.errors().toString().contains("maxLease"), () -> refused.errors()
                .toString());
    }

    private void noLongerThan(Duration most) {
        cloud.policy(policy -> policy.leasing(Optional.of(most)));
    }

    @Test
    void aServerIsMadeWithItsLeaseAndShowsItAlone() {
        Instant end = in(MONTH);

        cloud.done(
                cloud.user,
                wish("one", Optional.of(new Terms(Optional.of(end), OnExpiry.DELETE, Optional.of(OFFICE)))));
        cloud.deploy("two");

        assertEquals(Optional.of(end), one().expiresAt());
        assertEquals(Optional.of(lease().id()), one().lease());
        assertEquals(OnExpiry.DELETE, lease().onExpiry());
        assertEquals(Optional.of(OFFICE), lease().schedule());
        assertEquals("ada@acme", lease().owner());
        assertEquals(
                List.of(Optional.of(end), Optional.empty()),
                cloud.servers().stream().map(ServerView::expiresAt).toList());
    }

    @Test
    void aServerThatIsNotMadeLeavesNoLease() {
        cloud.house.gate.submit(cloud.user, until(in(MONTH)), Gate.Submission.dry());
        assertEquals(0, cloud.count("select count(*) from lse_lease"));

        assertEquals(
                Problem.MALFORMED,
                refused(cloud.user, until(in(Duration.ofMinutes(-1)))).type());

        assertEquals(0, cloud.count("select count(*) from srv_server"));
        assertEquals(0, cloud.count("select count(*) from lse_lease"));
    }

    @Test
    void whoMayNotDoWhatALeaseDoesDeploysNoneWithOneButOneWithout() {
        cloud.house.access.take(cloud.user, Action.SERVER_STOP, Action.SERVER_DELETE);

        ProblemException end = refused(cloud.user, until(in(MONTH)));
        assertEquals(Problem.FORBIDDEN, end.type());
        assertTrue(end.getMessage().contains("server.stop"), end.getMessage());
        assertEquals(
                Problem.FORBIDDEN,
                refused(
                                cloud.user,
                                wish(
                                        "one",
                                        Optional.of(new Terms(Optional.empty(), OnExpiry.STOP, Optional.of(OFFICE)))))
                        .type());

        cloud.deploy("one");
        assertEquals(
                Problem.FORBIDDEN,
                refused(cloud.user, ending(Optional.of(in(MONTH)))).type());
    }

    @Test
    void whoseRightsLieInANetworkMakesAServerOnItWithALease() {
        Caller nora = cloud.house.access.user("nora", "acme");
        cloud.house.access.limit(
                nora,
                Subject.of(
                        "network",
                        cloud.domain.networks().get(cloud.user, ACME, Cloud.NET).id()),
                Subject.of(
                        "image",
                        cloud.domain.images().get(cloud.user, ACME, Cloud.IMAGE).id()));

        cloud.done(nora, until(in(MONTH)));

        assertEquals(Optional.of(in(MONTH)), one().expiresAt());
        assertEquals("nora@acme", lease().owner());
    }

    @Test
    void theEndIsSetMovedAndTakenAwayWithTheServer() {
        cloud.deploy("one");
        long first = one().version();

        ServerView set = ends(Optional.of(in(MONTH)));
        assertEquals(Optional.of(in(MONTH)), set.expiresAt());
        assertEquals(set, shown(), "it is shown as it is from the next look on");
        assertTrue(set.version() > first);

        ServerView moved = ends(Optional.of(in(MONTH.plusDays(1))));
        assertEquals(Optional.of(in(MONTH.plusDays(1))), moved.expiresAt());
        assertEquals(set.lease(), moved.lease());
        assertEquals(Optional.of(in(MONTH.plusDays(1))), lease().expiresAt());

        long version = lease().version();
        assertEquals(moved.expiresAt(), ends(moved.expiresAt()).expiresAt());
        assertEquals(version, lease().version(), "what is so already is not changed");

        ServerView free = ends(Optional.empty());
        assertEquals(Optional.empty(), free.expiresAt());
        assertEquals(Optional.empty(), free.lease());
        assertEquals(free, shown());
        assertEquals(0, cloud.count("select count(*) from lse_lease"));
        assertEquals(Optional.empty(), ends(Optional.empty()).lease());
    }

    @Test
    void hoursStayWhenTheEndIsTakenAway() {
        cloud.deploy("one");
        cloud.house.gate.submit(
                cloud.user, new CreateLease(ACME, ONE, Optional.of(in(MONTH)), OnExpiry.STOP, Optional.of(OFFICE)));

        ServerView free = ends(Optional.empty());

        assertEquals(Optional.empty(), free.expiresAt());
        assertEquals(Optional.of(lease().id()), free.lease());
        assertEquals(Optional.of(OFFICE), lease().schedule());
    }

    @Test
    void whoReadTheServerBeforeItsLeaseChangedIsStale() {
        cloud.deploy("one");
        ChangeServer old = ending(Optional.of(in(MONTH)));
        cloud.house.gate.submit(
                cloud.user,
                new CreateLease(ACME, ONE, Optional.of(in(MONTH.plusDays(5))), OnExpiry.STOP, Optional.empty()));

        assertEquals(Problem.STALE, refused(cloud.user, old).type());
        assertEquals(
                Problem.MALFORMED,
                refused(cloud.user, ending(Optional.of(in(Duration.ofDays(-1)))))
                        .type());
        assertEquals(Optional.of(in(MONTH.plusDays(5))), one().expiresAt());
    }

    @Test
    void whereNoServerIsForEverOneThatNamesNoEndGetsTheLatest() {
        noLongerThan(MONTH);
        cloud.house.access.take(cloud.user, Action.SERVER_STOP, Action.SERVER_DELETE);

        ServerView made = cloud.deploy("one");

        assertEquals(Optional.of(in(MONTH)), made.expiresAt());
        assertEquals(OnExpiry.STOP, lease().onExpiry());
    }

    @Test
    void hoursAloneGetTheLatestEndToo() {
        noLongerThan(MONTH);

        cloud.done(
                cloud.user, wish("one", Optional.of(new Terms(Optional.empty(), OnExpiry.STOP, Optional.of(OFFICE)))));

        assertEquals(Optional.of(in(MONTH)), one().expiresAt());
        assertEquals(Optional.of(OFFICE), lease().schedule());
    }

    @Test
    void aLaterEndIsAgainstThePolicyAndOneTheLatestIsNot() {
        noLongerThan(MONTH);

        againstMaxLease(until(in(MONTH.plusSeconds(1))));
        cloud.done(cloud.user, until(in(MONTH)));

        assertEquals(Optional.of(in(MONTH)), one().expiresAt());
    }

    @Test
    void theEndIsExtendedFromNowButNotBeyondAndNeverTakenAway() {
        noLongerThan(MONTH);
        cloud.deploy("one");
        cloud.house.clock.advance(Duration.ofDays(10));

        againstMaxLease(ending(Optional.of(in(MONTH.plusDays(1)))));
        againstMaxLease(ending(Optional.empty()));
        againstMaxLease(new DeleteLease(ACME, ONE));
        againstMaxLease(new ChangeLease(
                ACME,
                ONE,
                lease().version(),
                Optional.of(Optional.of(in(MONTH.plusDays(1)))),
                Optional.empty(),
                Optional.empty()));
        againstMaxLease(new ChangeLease(
                ACME,
                ONE,
                lease().version(),
                Optional.of(Optional.empty()),
                Optional.empty(),
                Optional.of(Optional.of(OFFICE))));

        assertEquals(Optional.of(in(MONTH)), ends(Optional.of(in(MONTH))).expiresAt());
    }

    @Test
    void whatWasThereBeforeThePolicyStaysAndMayBeBroughtNearer() {
        cloud.done(cloud.user, until(in(Duration.ofDays(300))));
        cloud.deploy("two");
        noLongerThan(MONTH);

        assertEquals(
                Optional.of(in(Duration.ofDays(200))),
                ends(Optional.of(in(Duration.ofDays(200)))).expiresAt());
        againstMaxLease(ending(Optional.of(in(Duration.ofDays(201)))));
        againstMaxLease(new CreateLease(
                ACME, new Ref("two"), Optional.of(in(Duration.ofDays(200))), OnExpiry.STOP, Optional.empty()));
        cloud.house.gate.submit(
                cloud.user,
                new CreateLease(ACME, new Ref("two"), Optional.empty(), OnExpiry.STOP, Optional.of(OFFICE)));
        cloud.house.gate.submit(cloud.user, new DeleteLease(ACME, new Ref("two")));
        assertEquals(Optional.empty(), cloud.server("two").expiresAt());
    }

    @Test
    void allThatIsAgainstThePolicyIsSaidAtOnce() {
        noLongerThan(MONTH);
        cloud.deploy("one");
        cloud.policy(policy -> new org.isthmus.api.organization.Policy(
                        1000, Duration.ofHours(24), Optional.empty(), List.of("owner"))
                .leasing(Optional.of(MONTH)));

        ProblemException refused = refused(
                cloud.user,
                new ChangeServer(
                        ACME,
                        ONE,
                        one().version(),
                        Optional.empty(),
                        Optional.of(Map.of("tier", "front")),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(Optional.of(in(MONTH.plusDays(1))))));

        assertEquals(Problem.AGAINST_POLICY, refused.type());
        assertTrue(refused.errors().toString().contains("requiredTags"));
        assertTrue(refused.errors().toString().contains("maxLease"));
    }
}
