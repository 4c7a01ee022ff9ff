// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.review;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.AccessReviews;
import org.isthmus.api.identity.AccessReviews.CreateReview;
import org.isthmus.api.identity.AccessReviews.ReviewLineView;
import org.isthmus.api.identity.AccessReviews.ReviewView;
import org.isthmus.api.identity.AccessReviews.State;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.ReviewStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.ReviewId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Begins a review: the grants it looks at are those of this moment. */
@Component(service = CommandHandler.class)
public final class CreateReviewHandler implements CommandHandler<CreateReview, ReviewView> {
    private static final Duration LONGEST = Duration.ofDays(366);

    private final ReviewStore store;
    private final UserStore users;
    private final DepartmentStore departments;
    private final GroupStore groups;
    private final RightsCache rights;
    private final Clock clock;
    private final Ids ids;

    @Activate
    public CreateReviewHandler(
            @Reference ReviewStore store,
            @Reference UserStore users,
            @Reference DepartmentStore departments,
            @Reference GroupStore groups,
            @Reference RightsCache rights,
            @Reference Clock clock,
            @Reference Ids ids) {
        this.store = store;
        this.users = users;
        this.departments = departments;
        this.groups = groups;
        this.rights = rights;
        this.clock = clock;
        this.ids = ids;
    }

    /** What a review looks at: its scope by id, and the role or the subjects of it. */
    private record Looked(Subject scope, Optional<String> role, Optional<Set<String>> to) {}

    @Override
    public Class<CreateReview> handles() {
        return CreateReview.class;
    }

    @Override
    public Plan<ReviewView> plan(Caller caller, OrganizationView organization, CreateReview command) {
        Instant now = clock.instant();
        if (!command.dueAt().isAfter(now) || command.dueAt().isAfter(now.plus(LONGEST))) {
            throw Problem.MALFORMED.at("/dueAt", "dueAt is within the next 366 days.");
        }
        requireFree(organization, command);
        Set<UserId> reviewers = command.reviewers().stream()
                .map(ref -> reviewer(organization, ref))
                .collect(Collectors.toSet());
        looked(organization, command.scope(), rights.current(organization.id()));
        ReviewId id = ids.review();
        return Plan.of(Subject.of("access-review", id), change -> begin(change, organization, command, id, reviewers));
    }

    private ReviewView begin(
            Change change, OrganizationView organization, CreateReview command, ReviewId id, Set<UserId> reviewers) {
        // no grant is given or taken while the list is made
        Rights now = rights.change(organization.id(), change);
        requireFree(organization, command);
        Looked looked = looked(organization, command.scope(), now);
        List<ReviewStore.Line> lines =
                store.toReview(organization.id(), looked.role(), looked.to(), AccessReviews.MOST_LINES).stream()
                        .map(line -> frozen(line, now))
                        .toList();
        if (lines.size() > AccessReviews.MOST_LINES) {
            throw Problem.MALFORMED.at(
                    "/scope", "More than " + AccessReviews.MOST_LINES + " grants are in it; review them in parts.");
        }
        ReviewView made = new ReviewView(
                id,
                organization.id(),
                command.name(),
                looked.scope(),
                reviewers,
                State.OPEN,
                command.dueAt(),
                false,
                lines.size(),
                lines.size(),
                Optional.empty(),
                Optional.empty(),
                change.now(),
                change.caller().username(),
                1);
        store.insert(made, lines);
        change.event(
                "access-review.created",
                Subject.of("access-review", id),
                Map.of(
                        "name",
                        command.name().value(),
                        "lines",
                        Integer.toString(lines.size()),
                        "dueAt",
                        command.dueAt().toString()));
        return made;
    }

    private static ReviewStore.Line frozen(ReviewStore.Line line, Rights now) {
        ReviewLineView view = line.view();
        return new ReviewStore.Line(
                new ReviewLineView(
                        view.grant(),
                        view.subject(),
                        view.subjectName(),
                        now.roleName(line.role()),
                        now.role(line.role()).map(Role::actions).orElse(Set.of()),
                        view.scope(),
                        view.from(),
                        view.until(),
                        view.grantedAt(),
                        view.grantedBy(),
                        false,
                        view.state(),
                        view.reason(),
                        view.decidedBy(),
                        view.decidedAt()),
                line.role());
    }

    private void requireFree(OrganizationView organization, CreateReview command) {
        if (store.resolve(organization.id(), Ref.of(command.name()), clock.instant())
                .isPresent()) {
            throw Problem.NAME_TAKEN.because("There is an access review %s already.", command.name());
        }
    }

    private UserId reviewer(OrganizationView organization, Ref named) {
        return users.resolve(organization.id(), named)
                .filter(user -> user.kind() == UserView.Kind.PERSON && user.state() == UserView.State.ACTIVE)
                .map(UserView::id)
                .orElseThrow(() -> Problem.MALFORMED.at(
                        "/reviewers", "There is no active person " + named + " in this organization."));
    }

    private Looked looked(OrganizationView organization, Subject scope, Rights now) {
        return switch (scope.kind()) {
            case "organization" -> new Looked(
                    Subject.of("organization", organization.id()), Optional.empty(), Optional.empty());
            case "role" -> now.role(scope.id())
                    .map(role -> new Looked(new Subject("role", role.key()), Optional.of(role.key()), Optional.empty()))
                    .orElseThrow(() -> IdentityProblem.ROLE_UNKNOWN.at(
                            "/scope/id", "There is no such role in this organization; see GET …/roles."));
            case "group" -> groups.resolve(organization.id(), ref(scope))
                    .map(group -> new Looked(
                            Subject.of("group", group.id()),
                            Optional.empty(),
                            Optional.of(Set.of(group.id().value()))))
                    .orElseThrow(() -> absent(scope));
            case "department" -> departments
                    .resolve(organization.id(), ref(scope))
                    .map(department -> {
                        Set<String> subjects = new HashSet<>();
                        now.below(department.id()).forEach(part -> subjects.add(part.id()));
                        subjects.addAll(store.peopleOf(organization.id(), Set.copyOf(subjects)));
                        return new Looked(
                                Subject.of("department", department.id()), Optional.empty(), Optional.of(subjects));
                    })
                    .orElseThrow(() -> absent(scope));
            default -> throw Problem.MALFORMED.at(
                    "/scope/kind", "A review is of the organization, or of a department, a group or a role.");
        };
    }

    private static RuntimeException absent(Subject scope) {
        return Problem.MALFORMED.at(
                "/scope/id", "There is no " + scope.kind() + " " + scope.id() + " in this organization.");
    }

    private static Ref ref(Subject named) {
        try {
            return new Ref(named.id());
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("/scope/id", e.getMessage());
        }
    }
}
