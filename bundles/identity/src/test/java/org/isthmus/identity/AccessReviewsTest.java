// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.AccessReviews.CloseReview;
import org.isthmus.api.identity.AccessReviews.CreateReview;
import org.isthmus.api.identity.AccessReviews.DecideLine;
import org.isthmus.api.identity.AccessReviews.Decision;
import org.isthmus.api.identity.AccessReviews.LineState;
import org.isthmus.api.identity.AccessReviews.ReviewLineView;
import org.isthmus.api.identity.AccessReviews.ReviewView;
import org.isthmus.api.identity.AccessReviews.State;
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Directories.CreateDirectory;
import org.isthmus.api.identity.Directories.CreateDirectoryToken;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.Grants.CreateGrant;
import org.isthmus.api.identity.Grants.DeleteGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Provisioning.PutGroup;
import org.isthmus.api.identity.Roles.ChangeRole;
import org.isthmus.api.identity.Roles.CreateRole;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.identity.directory.Gates;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reviews of who has access: who decides, and what becomes of what they decide. */
final class AccessReviewsTest {
    private static Estate estate;

    private Estate.Customer customer;
    private Caller boss;
    private Caller anna;
    private Caller rita;
    private GrantView annas;

    @BeforeAll
    static void open() {
        estate = Estate.open(AccessReviewsTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    @BeforeEach
    void twoAdministratorsWhoseAccountsAreOldAndAGrantOfTheFirst() {
        customer = estate.customer();
        anna = estate.person(customer, "anna");
        rita = estate.person(customer, "rita", "organization-admin");
        estate.clock().pass(Duration.ofDays(4));
        boss = again(customer.administrator());
        anna = again(anna);
        rita = again(rita);
        annas = give(Subject.of("user", anna.user().orElseThrow()), "network-admin");
    }

    /** In a new session. */
    private static Caller again(Caller person) {
        return estate.identity().logins().caller(estate.login(person.username()), Estate.origin());
    }

    private GrantView give(Subject to, String role) {
        return estate.submit(
                boss,
                new CreateGrant(
                        customer.ref(),
                        to,
                        role,
                        Subject.of("organization", customer.id()),
                        Optional.empty(),
                        Optional.empty()));
    }

    private ReviewView review(Subject scope, Ref... reviewers) {
        return estate.submit(
                boss,
                new CreateReview(
                        customer.ref(),
                        new Name("of-november"),
                        scope,
                        List.of(reviewers),
                        estate.clock().instant().plus(Duration.ofDays(1))));
    }

    private ReviewView ofAll() {
        return review(Subject.of("organization", customer.id()));
    }

    private ReviewLineView decide(Caller by, ReviewView review, GrantView grant, Decision decision) {
        return estate.submit(
                by, new DecideLine(customer.ref(), Ref.of(review.id()), grant.id(), decision, "as agreed in May"));
    }

    private List<ReviewLineView> lines(ReviewView review) {
        return estate.identity()
                .reviews()
                .lines(rita, customer.ref(), Ref.of(review.id()), Query.all())
                .items();
    }

    private ReviewLineView line(ReviewView review, GrantView grant) {
        return lines(review).stream()
                .filter(line -> line.grant().equals(grant.id()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aReviewLooksAtTheGrantsThereAreWhenItBegins() {
        ReviewView review = ofAll();
        give(Subject.of("user", anna.user().orElseThrow()), "read-only");

        assertEquals(3, review.lines());
        ReviewLineView line = line(review, annas);
        assertEquals(
                List.of("anna", "network-admin", boss.username(), LineState.OPEN),
                List.of(line.subjectName(), line.role(), line.grantedBy(), line.state()));
        assertEquals(3, lines(review).size());
    }

    @Test
    void whatIsRevokedIsGoneAtOnceAndWhatIsKeptStays() {
        GrantView other = give(Subject.of("user", anna.user().orElseThrow()), "image-creator");
        ReviewView review = ofAll();

        ReviewLineView revoked = decide(rita, review, annas, Decision.REVOKE);
        ReviewLineView kept = decide(rita, review, other, Decision.KEEP);

        assertEquals(LineState.REVOKED, revoked.state());
        assertEquals(Optional.of("as agreed in May"), revoked.reason());
        assertEquals(Optional.of(rita.username()), revoked.decidedBy());
        assertEquals(LineState.KEPT, kept.state());
        assertEquals(Access.Verdict.FORBIDDEN, estate.verdict(anna, Action.NETWORK_CREATE, customer.ref()));
        assertEquals(Access.Verdict.ALLOWED, estate.verdict(anna, Action.IMAGE_CREATE, customer.ref()));
        Refused.with(Problem.CONFLICT, () -> decide(rita, review, annas, Decision.KEEP));
    }

    @Test
    void neitherWhoGaveItNorWhoHoldsItDecides() {
        GrantView ofRita = give(Subject.of("user", rita.user().orElseThrow()), "network-admin");
        ReviewView review = ofAll();

        Refused.with(IdentityProblem.OWN_ACCESS, () -> decide(boss, review, annas, Decision.KEEP));
        Refused.with(IdentityProblem.OWN_ACCESS, () -> decide(rita, review, ofRita, Decision.KEEP));
        assertEquals(LineState.OPEN, line(review, annas).state());
    }

    @Test
    void whoHoldsItByTheirDepartmentDoesNotDecideEither() {
        DepartmentView all =
                estate.submit(boss, new CreateDepartment(customer.ref(), new Name("all"), Optional.empty()));
        GrantView given = estate.grant(customer, Subject.of("department", all.id()), "network-admin");
        UserView is = estate.identity().users().get(boss, customer.ref(), new Ref("rita"));
        estate.submit(
                boss,
                new ChangeUser(
                        customer.ref(),
                        Ref.of(is.id()),
                        is.version(),
                        Optional.empty(),
                        Optional.of(Optional.of(Ref.of(all.id()))),
                        Optional.empty(),
                        Optional.empty()));
        ReviewView review = review(Subject.of("department", all.id()));

        assertEquals(2, review.lines());
        Refused.with(IdentityProblem.OWN_ACCESS, () -> decide(rita, review, given, Decision.KEEP));
        assertEquals(LineState.KEPT, decide(boss, review, given, Decision.KEEP).state());
    }

    @Test
    void nobodyDecidesOfTheServiceAccountTheyAnswerForNorByATokenNorAsOne() {
        UserView robot = estate.submit(
                        rita,
                        new CreateUser(
                                customer.ref(), "robot", "robot@example.org", Optional.empty(), UserView.Kind.SERVICE))
                .user();
        estate.clock().pass(Duration.ofDays(4));
        boss = again(boss);
        rita = again(rita);
        GrantView robots = give(Subject.of("user", robot.id()), "organization-admin");
        ReviewView review = ofAll();
        Caller token = new Caller(
                rita.kind(),
                rita.user(),
                rita.username(),
                rita.organization(),
                rita.door(),
                rita.address(),
                rita.requestId(),
                Optional.of(Set.of(Action.REVIEW_DECIDE)),
                false);
        Caller asRobot = new Caller(
                Caller.Kind.USER,
                Optional.of(robot.id()),
                "robot@" + customer.ref(),
                customer.id(),
                Caller.Door.REST,
                "192.0.2.7",
                "req-1",
                Optional.empty(),
                false);

        Refused.with(IdentityProblem.OWN_ACCESS, () -> decide(rita, review, robots, Decision.KEEP));
        Refused.with(IdentityProblem.OWN_ACCESS, () -> decide(token, review, annas, Decision.KEEP));
        Refused.with(IdentityProblem.OWN_ACCESS, () -> decide(asRobot, review, annas, Decision.KEEP));
    }

    @Test
    void nobodyDecidesWhatReachesAServiceAccountOfTheirsByItsDepartment() {
        DepartmentView robots =
                estate.submit(boss, new CreateDepartment(customer.ref(), new Name("robots"), Optional.empty()));
        DepartmentView inner = estate.submit(
                boss, new CreateDepartment(customer.ref(), new Name("inner"), Optional.of(Ref.of(robots.id()))));
        estate.submit(
                rita,
                new CreateUser(
                        customer.ref(),
                        "robot",
                        "robot@example.org",
                        Optional.of(Ref.of(inner.id())),
                        UserView.Kind.SERVICE));
        Caller other = estate.person(customer, "other", "organization-admin");
        estate.clock().pass(Duration.ofDays(4));
        rita = again(rita);
        boss = again(boss);
        GrantView given = give(Subject.of("department", robots.id()), "network-admin");
        ReviewView review = ofAll();

        Refused.with(IdentityProblem.OWN_ACCESS, () -> decide(rita, review, given, Decision.KEEP));
        assertEquals(
                LineState.KEPT,
                decide(again(other), review, given, Decision.KEEP).state());
    }

    @Test
    void whoHadTheKeysOfTheHolderDecidesNothingForSomeDays() {
        Caller carl = estate.person(customer, "carl");
        GrantView carls = estate.grant(customer, Subject.of("user", carl.user().orElseThrow()), "read-only");
        ReviewView review = ofAll();

        Refused.with(IdentityProblem.OWN_ACCESS, () -> decide(boss, review, carls, Decision.KEEP));
        assertEquals(LineState.KEPT, decide(rita, review, carls, Decision.KEEP).state());
    }

    @Test
    void whoCanTellWhoIsInAGroupOrDepartmentDecidesNothingOfWhatItHolds() {
        DirectoryView hr = estate.submit(
                rita,
                new CreateDirectory(
                        customer.ref(), new Name("hr"), Kind.SCIM, true, Map.of("departments", "MATCH"), Map.of()));
        Caller telling = Caller.directory(
                hr.id(),
                "hr",
                customer.id(),
                customer.organization().name().value(),
                Caller.Door.SCIM,
                "192.0.2.9",
                "req-1");
        GroupView guides = estate.submit(
                telling,
                new PutGroup(customer.ref(), hr.id(), Optional.empty(), Optional.empty(), "Guides", Optional.empty()));
        DepartmentView sales =
                estate.submit(boss, new CreateDepartment(customer.ref(), new Name("sales"), Optional.empty()));
        List<GrantView> given = List.of(
                estate.grant(customer, Subject.of("group", guides.id()), "network-admin"),
                estate.grant(customer, Subject.of("department", sales.id()), "network-admin"));
        GrantView later = estate.grant(customer, Subject.of("group", guides.id()), "image-creator");
        ReviewView review = ofAll();

        for (GrantView each : given) {
            Refused.with(IdentityProblem.OWN_ACCESS, () -> decide(rita, review, each, Decision.KEEP));
            assertEquals(
                    LineState.KEPT, decide(boss, review, each, Decision.KEEP).state());
        }
        estate.submit(
                boss,
                new CreateDirectoryToken(
                        customer.ref(),
                        Ref.of(hr.id()),
                        new Name("sync"),
                        estate.clock().instant().plus(Duration.ofDays(30))));
        Refused.with(IdentityProblem.OWN_ACCESS, () -> decide(boss, review, later, Decision.KEEP));
    }

    @Test
    void onlyNamedReviewersDecide() {
        ReviewView review = review(Subject.of("organization", customer.id()), new Ref("anna"));

        Refused.with(Problem.FORBIDDEN, () -> decide(rita, review, annas, Decision.KEEP));
        Refused.with(Problem.FORBIDDEN, () -> decide(anna, review, annas, Decision.KEEP));
    }

    @Test
    void aGrantThatWentMeanwhileSaysSoAndARoleThatChangedToo() {
        RoleView own =
                estate.submit(boss, new CreateRole(customer.ref(), new Name("watcher"), Set.of(Action.SERVER_READ)));
        GrantView watching = give(Subject.of("user", anna.user().orElseThrow()), "watcher");
        ReviewView review = ofAll();
        estate.submit(rita, new DeleteGrant(customer.ref(), annas.id()));
        estate.submit(
                boss,
                new ChangeRole(
                        customer.ref(),
                        new Ref(own.id()),
                        own.version(),
                        Optional.empty(),
                        Optional.of(Set.of(Action.SERVER_READ, Action.SERVER_STOP))));

        assertEquals(LineState.GONE, line(review, annas).state());
        assertTrue(line(review, watching).changed());
        Refused.with(Problem.CONFLICT, () -> decide(rita, review, annas, Decision.KEEP));
    }

    @Test
    void theLastAdministratorIsNotReviewedAway() {
        GrantView own = estate.identity().grants().list(boss, customer.ref(), Query.all()).items().stream()
                .filter(grant ->
                        grant.subject().id().equals(rita.user().orElseThrow().value()))
                .findFirst()
                .orElseThrow();
        GrantView bosses = estate.identity().grants().list(boss, customer.ref(), Query.all()).items().stream()
                .filter(grant ->
                        grant.subject().id().equals(boss.user().orElseThrow().value()))
                .findFirst()
                .orElseThrow();
        Caller ute = estate.person(customer, "ute", "user-admin");
        estate.clock().pass(Duration.ofDays(4));
        Caller later = again(ute);
        boss = again(boss);
        rita = again(rita);
        ReviewView review = ofAll();

        assertEquals(
                LineState.REVOKED, decide(later, review, own, Decision.REVOKE).state());
        Refused.with(IdentityProblem.LAST_ADMINISTRATOR, () -> decide(later, review, bosses, Decision.REVOKE));
    }

    @Test
    void aClosedReviewDecidesNothingAndShowsWhatWasLeft() {
        ReviewView review = ofAll();
        decide(rita, review, annas, Decision.KEEP);

        ReviewView closed = estate.submit(boss, new CloseReview(customer.ref(), Ref.of(review.id())));

        assertEquals(State.CLOSED, closed.state());
        assertEquals(2, closed.undecided());
        Refused.with(Problem.CONFLICT, () -> decide(rita, review, annas, Decision.REVOKE));
        Refused.with(Problem.CONFLICT, () -> estate.submit(boss, new CloseReview(customer.ref(), Ref.of(review.id()))));
    }

    @Test
    void onlyWhoMayReadSeesReviewsAndOthersAreAbsent() {
        ReviewView review = ofAll();
        Caller auditor = estate.person(customer, "auditor", "auditor");
        Estate.Customer other = estate.customer();

        assertEquals(
                review.id(),
                estate.identity()
                        .reviews()
                        .get(auditor, customer.ref(), new Ref("of-november"))
                        .id());
        Refused.with(
                Problem.FORBIDDEN, () -> estate.identity().reviews().get(anna, customer.ref(), Ref.of(review.id())));
        Refused.with(
                Problem.NOT_FOUND,
                () -> estate.identity().reviews().get(other.administrator(), other.ref(), Ref.of(review.id())));
        Refused.with(Problem.FORBIDDEN, () -> decide(auditor, review, annas, Decision.KEEP));
    }

    @Test
    void anOverdueReviewIsToldOfOnceWhoeverLooks() {
        ReviewView review = ofAll();
        List<Command<?>> asked = new ArrayList<>();
        Gates gates = estate.gates(asked);

        estate.identity().turns(gates, System::nanoTime).look();
        assertEquals(List.of(), mine(asked, review));
        estate.clock().pass(Duration.ofDays(2));
        estate.identity().turns(gates, System::nanoTime).look();
        estate.another().turns(gates, System::nanoTime).look();

        assertEquals(1, mine(asked, review).size());
        assertTrue(estate.identity()
                .reviews()
                .get(rita, customer.ref(), Ref.of(review.id()))
                .overdue());
    }

    private static List<Command<?>> mine(List<Command<?>> asked, ReviewView review) {
        return asked.stream()
                .filter(command -> command.about().id().equals(review.id().value())
                        || command.toString().contains(review.id().value()))
                .toList();
    }

    @Test
    void aDueTimeLiesAheadAndANameIsTakenOnce() {
        ofAll();

        Refused.with(Problem.NAME_TAKEN, this::ofAll);
        Refused.with(Problem.MALFORMED, () -> due(estate.clock().instant()));
        Refused.with(Problem.MALFORMED, () -> due(estate.clock().instant().plus(Duration.ofDays(400))));
    }

    private void due(Instant at) {
        estate.submit(
                boss,
                new CreateReview(
                        customer.ref(), new Name("other"), Subject.of("organization", customer.id()), List.of(), at));
    }
}
