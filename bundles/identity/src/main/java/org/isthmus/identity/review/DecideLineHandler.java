// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.review;

import java.time.Clock;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.AccessReviews.DecideLine;
import org.isthmus.api.identity.AccessReviews.Decision;
import org.isthmus.api.identity.AccessReviews.LineState;
import org.isthmus.api.identity.AccessReviews.ReviewLineView;
import org.isthmus.api.identity.AccessReviews.ReviewView;
import org.isthmus.api.identity.AccessReviews.State;
import org.isthmus.api.identity.Grants.DeleteGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.grant.DeleteGrantHandler;
import org.isthmus.identity.right.Apart;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.ReviewStore;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Keeps a grant or takes it back, by somebody who neither gave nor holds it. */
@Component(service = CommandHandler.class)
public final class DecideLineHandler implements CommandHandler<DecideLine, ReviewLineView> {
    private final ReviewStore store;
    private final DeleteGrantHandler deletions;
    private final IdentityAccess access;
    private final RightsCache rights;
    private final Apart apart;
    private final Clock clock;

    @Activate
    public DecideLineHandler(
            @Reference ReviewStore store,
            @Reference DeleteGrantHandler deletions,
            @Reference IdentityAccess access,
            @Reference RightsCache rights,
            @Reference Apart apart,
            @Reference Clock clock) {
        this.store = store;
        this.deletions = deletions;
        this.access = access;
        this.rights = rights;
        this.apart = apart;
        this.clock = clock;
    }

    @Override
    public Class<DecideLine> handles() {
        return DecideLine.class;
    }

    @Override
    public Plan<ReviewLineView> plan(Caller caller, OrganizationView organization, DecideLine command) {
        ReviewView review = IdentityAccessReviews.need(store, organization, command.review(), clock);
        ReviewStore.Line line = line(review, command);
        check(caller, organization, review, line);
        Subject subject = Subject.of("grant", command.grant());
        if (command.decision() == Decision.KEEP) {
            return Plan.of(
                    subject, change -> decide(change, organization, review, command, LineState.KEPT, Optional.empty()));
        }
        access.require(caller, Action.GRANT_DELETE, Ref.of(organization.id()));
        Plan<GrantView> deletion =
                deletions.plan(caller, organization, new DeleteGrant(Ref.of(organization.id()), command.grant()));
        // proved like any deletion, but none of those that a second person must approve: this is a second person's
        // decision
        access.requireStepUp(caller, organization);
        return Plan.of(
                subject,
                change -> decide(change, organization, review, command, LineState.REVOKED, Optional.of(deletion)));
    }

    private ReviewLineView decide(
            Change change,
            OrganizationView organization,
            ReviewView review,
            DecideLine command,
            LineState state,
            Optional<Plan<GrantView>> deletion) {
        // rights first, as everywhere: two such changes never wait for each other
        Rights now = rights.change(organization.id(), change);
        if (!store.lock(review.id())) {
            throw closed(review);
        }
        check(change.caller(), organization, review, line(review, command));
        store.decide(
                review.id(),
                command.grant(),
                state,
                command.reason(),
                change.caller().username(),
                change.now());
        deletion.ifPresent(plan -> plan.effect().apply(change));
        change.event(
                "access-review.decided",
                Subject.of("access-review", review.id()),
                Map.of(
                        "grant",
                        command.grant().value(),
                        "decision",
                        state.name(),
                        "reason",
                        command.reason(),
                        "by",
                        change.caller().username()));
        return IdentityAccessReviews.shown(line(review, command), now);
    }

    private ReviewStore.Line line(ReviewView review, DecideLine command) {
        return store.line(review.id(), command.grant())
                .orElseThrow(() -> Problem.NOT_FOUND.because(
                        "There is no grant %s in the access review %s.", command.grant(), review.name()));
    }

    private void check(Caller caller, OrganizationView organization, ReviewView review, ReviewStore.Line line) {
        if (review.state() != State.OPEN) {
            throw closed(review);
        }
        ReviewLineView view = line.view();
        switch (view.state()) {
            case OPEN -> requireOther(caller, organization, review, view);
            case GONE -> throw Problem.CONFLICT.because("The grant is gone already; there is nothing to decide.");
            case KEPT, REVOKED -> throw Problem.CONFLICT.because(
                    "It was decided already: %s by %s.",
                    view.state(), view.decidedBy().orElse(""));
        }
    }

    /** Neither who gave it nor who holds it or can say who does, by any account of theirs. */
    private void requireOther(Caller caller, OrganizationView organization, ReviewView review, ReviewLineView line) {
        if (caller.user().isEmpty()) {
            return;
        }
        if (!review.reviewers().isEmpty()
                && !review.reviewers().contains(caller.user().get())) {
            throw Problem.FORBIDDEN.because("The access review %s names its reviewers; you are none.", review.name());
        }
        ProblemException refusal = IdentityProblem.OWN_ACCESS.because(
                "Somebody else must decide, a person in a session of their own: you gave this grant or hold it, or could be who did"
                        + " (you answer for that account, or one of you has made the other's account or token, set its password or"
                        + " taken its second factor within the last %d hours; or you can tell, as a directory, who is in that group or department).",
                apart.keysCount().toHours());
        Set<UserId> others = new HashSet<>();
        apart.named(organization, line.grantedBy(), line.grantedAt()).ifPresent(others::add);
        if (line.subject().kind().equals("user")) {
            others.add(new UserId(line.subject().id()));
        }
        others.addAll(apart.telling(organization.id(), line.subject()));
        apart.require(caller, organization.id(), others, refusal);
        Rights now = rights.current(organization.id());
        for (UserId mine : apart.hands(organization.id(), caller.user().get())) {
            if (now.heldBy(mine).stream().anyMatch(held -> held.grant().equals(line.grant()))) {
                throw refusal;
            }
        }
        if (!line.subject().kind().equals("user")
                && apart.couldBeIn(now, caller.user().get(), line.subject())) {
            throw refusal;
        }
    }

    private static ProblemException closed(ReviewView review) {
        return Problem.CONFLICT.because("The access review %s is closed.", review.name());
    }
}
