// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.AccessReviews;
import org.isthmus.api.identity.AccessReviews.CloseReview;
import org.isthmus.api.identity.AccessReviews.CreateReview;
import org.isthmus.api.identity.AccessReviews.DecideLine;
import org.isthmus.api.identity.AccessReviews.Decision;
import org.isthmus.api.identity.AccessReviews.ReviewLineView;
import org.isthmus.api.identity.AccessReviews.ReviewView;
import org.isthmus.api.organization.Organizations;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** Reviews of who has access. */
public final class ReviewCommands {
    private ReviewCommands() {}

    @Service
    @Command(scope = "isthmus", name = "access-review-list", description = "Lists reviews of who has access")
    public static final class ListReviews extends OrganizationList.Of<ReviewView> {
        public ListReviews() {
            super(AccessReviews.class, "name scope state dueAt overdue lines undecided id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "access-review-show", description = "Shows a review of who has access")
    public static final class ShowReview extends OrganizationCommand {
        @Argument(index = 0, name = "review", required = true, description = "Its id or name")
        @Completion(Anything.class)
        private String which;

        @Override
        protected void run() {
            Ref in = organization();
            print(with(AccessReviews.class, (all, caller) -> all.get(caller, in, new Ref(which))));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "access-review-lines",
            description = "Lists the grants of a review and what was decided; filters state, subject")
    public static final class ListLines extends OrganizationList<ReviewLineView> {
        @Argument(index = 0, name = "review", required = true, description = "Its id or name")
        @Completion(Anything.class)
        private String which;

        public ListLines() {
            super("subjectName role scope grantedBy grantedAt state reason decidedBy grant");
        }

        @Override
        protected Page<ReviewLineView> page(Ref in, Query query) {
            return with(AccessReviews.class, (all, caller) -> all.lines(caller, in, new Ref(which), query));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "access-review-create",
            description = "Begins a review of the grants there are now")
    public static final class NewReview extends OrganizationSubmit<CreateReview, ReviewView> {
        @Argument(index = 0, name = "name", required = true, description = "Its name")
        @Completion(Anything.class)
        private String name;

        @Option(name = "--due", required = true, description = "Until when all is decided, as 2026-12-24T08:00:00Z")
        private String due;

        @Option(
                name = "--of",
                description =
                        "Only these grants: department:NAME (to it, to those in it and below), group:NAME or role:NAME")
        @Completion(Anything.class)
        private String of;

        @Option(name = "--reviewers", description = "Who decides, with commas; whoever may unless said")
        @Completion(Names.Users.class)
        private String reviewers;

        @Override
        protected CreateReview command() {
            Ref in = organization();
            Subject scope = of != null
                    ? Words.thing("--of", of)
                    : Subject.of(
                            "organization",
                            with(Organizations.class, (all, caller) -> all.get(caller, in))
                                    .id());
            List<Ref> people = Optional.ofNullable(reviewers).map(Words::list).orElse(List.of()).stream()
                    .map(Ref::new)
                    .toList();
            return new CreateReview(in, new Name(name), scope, people, Instant.parse(due));
        }
    }

    /** What both decisions ask for. */
    abstract static class Decide extends OrganizationSubmit<DecideLine, ReviewLineView> {
        @Argument(index = 0, name = "review", required = true, description = "Its id or name")
        @Completion(Anything.class)
        private String which;

        @Argument(index = 1, name = "grant", required = true, description = "The grant's id")
        @Completion(Anything.class)
        private String grant;

        @Argument(index = 2, name = "reason", required = true, description = "Why")
        @Completion(Anything.class)
        private String reason;

        abstract Decision decision();

        @Override
        protected DecideLine command() {
            return new DecideLine(organization(), new Ref(which), new GrantId(grant), decision(), reason);
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "access-review-keep",
            description = "Keeps a grant of a review that you neither gave nor hold")
    public static final class Keep extends Decide {
        @Override
        Decision decision() {
            return Decision.KEEP;
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "access-review-revoke",
            description = "Takes back a grant of a review that you neither gave nor hold")
    public static final class Revoke extends Decide {
        @Override
        Decision decision() {
            return Decision.REVOKE;
        }
    }

    @Service
    @Command(scope = "isthmus", name = "access-review-close", description = "Ends a review")
    public static final class CloseOne extends OrganizationSubmit<CloseReview, ReviewView> {
        @Argument(index = 0, name = "review", required = true, description = "Its id or name")
        @Completion(Anything.class)
        private String which;

        @Override
        protected CloseReview command() {
            return new CloseReview(organization(), new Ref(which));
        }
    }
}
