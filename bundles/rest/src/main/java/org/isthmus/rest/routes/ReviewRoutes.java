// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.AccessReviews;
import org.isthmus.api.identity.AccessReviews.CloseReview;
import org.isthmus.api.identity.AccessReviews.CreateReview;
import org.isthmus.api.identity.AccessReviews.DecideLine;
import org.isthmus.api.identity.AccessReviews.Decision;
import org.isthmus.api.identity.AccessReviews.LineState;
import org.isthmus.api.identity.AccessReviews.ReviewLineView;
import org.isthmus.api.identity.AccessReviews.ReviewView;
import org.isthmus.api.identity.AccessReviews.State;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Name;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;

/** Reviews of who has access. */
public final class ReviewRoutes {
    private static final String REVIEWS = ONE + "/access-reviews";
    private static final String REVIEW = REVIEWS + "/{review}";
    private static final String LINES = REVIEW + "/lines";

    private ReviewRoutes() {}

    record ReviewScope(
            @Field(
                            value = "organization, department, group or role",
                            pattern = "[a-z]{1,20}",
                            example = "\"department\"")
                    String kind,
            @Field("its id or name") Ref id) {
        Subject subject() {
            return Subject.of(kind, id);
        }
    }

    record NewReview(
            Name name,
            @Field("which grants: all of the organization unless said otherwise") Optional<ReviewScope> scope,
            @Field(value = "persons who decide; whoever has review.decide unless said otherwise", most = 50)
                    Optional<List<Ref>> reviewers,
            @Field(value = "within the next 366 days", example = "\"2027-01-15T00:00:00Z\"") Instant dueAt) {
        CreateReview command(Ref organization) {
            return new CreateReview(
                    organization,
                    name,
                    scope.map(ReviewScope::subject).orElse(Subject.of("organization", organization)),
                    reviewers.orElse(List.of()),
                    dueAt);
        }
    }

    record LineDecision(
            Decision decision, @Field(value = "why", most = 500, example = "\"left the project\"") String reason) {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Access reviews");
        Guard read = Guard.may(Action.REVIEW_READ);
        on.list(
                REVIEWS,
                "listAccessReviews",
                read,
                "Reviews of who has access, the oldest first.",
                ReviewView.class,
                Filters.by().text("name").of("state", State.class).only(),
                call -> services.call(
                        AccessReviews.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.change(
                        Verb.POST,
                        REVIEWS,
                        "createAccessReview",
                        Action.REVIEW_MANAGE,
                        "Begins a review of the grants there are now.")
                .body(NewReview.class)
                .command(CreateReview.class, (call, body) -> body.command(call.organization()))
                .created(ReviewView.class);
        on.get(
                REVIEW,
                "getAccessReview",
                read,
                "A review, and how much of it is undecided.",
                ReviewView.class,
                List.of(),
                call -> services.call(
                        AccessReviews.class, all -> all.get(call.caller(), call.organization(), call.ref("review"))));
        on.list(
                LINES,
                "listReviewLines",
                read,
                "The grants of a review, and what was decided.",
                ReviewLineView.class,
                Filters.by().of("state", LineState.class).text("subject").only(),
                call -> services.call(
                        AccessReviews.class,
                        all -> all.lines(call.caller(), call.organization(), call.ref("review"), call.query())));
        on.change(
                        Verb.POST,
                        LINES + "/{grant}/decide",
                        "decideReviewLine",
                        Action.REVIEW_DECIDE,
                        "Keeps a grant or takes it back; by a person who neither gave nor holds it.")
                .body(LineDecision.class)
                .command(
                        DecideLine.class,
                        (call, body) -> new DecideLine(
                                call.organization(),
                                call.ref("review"),
                                call.id("grant", GrantId.class),
                                body.decision(),
                                body.reason()))
                .shown(ReviewLineView.class);
        on.change(
                        Verb.POST,
                        REVIEW + "/close",
                        "closeAccessReview",
                        Action.REVIEW_MANAGE,
                        "Ends a review; what nobody decided stays as it is.")
                .command(CloseReview.class, call -> new CloseReview(call.organization(), call.ref("review")))
                .shown(ReviewView.class);
    }
}
