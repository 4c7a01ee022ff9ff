// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.isthmus.api.Action;
import org.isthmus.api.Listing;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.Texts;
import org.isthmus.api.audit.AuditTrail.EntryView;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.BreakGlassId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Page;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A role for some hours in an emergency: one person asks, another one confirms, everybody who follows events is told, and
 * all that is done under it says so in the audit log. It may pass the policy that keeps roles apart, and nothing else. Filters:
 * {@code state}.
 */
@ProviderType
public interface BreakGlass extends Listing<BreakGlass.BreakGlassView> {
    /** How long a request can be confirmed. */
    Duration ASKED = Duration.ofHours(1);

    enum State {
        /** Waits for a second person. */
        ASKED,
        /** Nobody confirmed it in time. */
        EXPIRED,
        ACTIVE,
        OVER
    }

    /**
     * A role in an emergency.
     *
     * @param asker who holds it
     * @param lasts for how long it was asked
     * @param begunAt when it was confirmed
     * @param endedBy {@code system} when its time was over
     */
    record BreakGlassView(
            BreakGlassId id,
            OrganizationId organization,
            UserId asker,
            String askedBy,
            String role,
            Subject scope,
            String reason,
            Duration lasts,
            State state,
            Optional<String> confirmedBy,
            Optional<Instant> begunAt,
            Optional<Instant> until,
            Optional<Instant> endedAt,
            Optional<String> endedBy,
            Optional<GrantId> grant,
            Instant createdAt,
            String createdBy,
            long version) {}

    /** Asks for a role, named by its id or name. */
    record AskBreakGlass(Ref organization, String role, Subject scope, String reason, Duration lasts)
            implements Command<BreakGlassView> {
        public AskBreakGlass {
            Objects.requireNonNull(role, "role");
            Objects.requireNonNull(scope, "scope");
            Texts.checked("reason", reason, 500);
            if (reason.isBlank()) {
                throw new IllegalArgumentException("reason says why.");
            }
            if (lasts.compareTo(Duration.ofMinutes(1)) < 0 || lasts.compareTo(Duration.ofHours(4)) > 0) {
                throw new IllegalArgumentException("It lasts PT1M to PT4H.");
            }
        }

        @Override
        public Action action() {
            return Action.BREAK_GLASS_ASK;
        }

        @Override
        public Subject about() {
            return new Subject("role", role);
        }
    }

    /** Lets it begin: by another person, who holds what they let be held. */
    record ConfirmBreakGlass(Ref organization, BreakGlassId breakGlass) implements Command<BreakGlassView> {
        @Override
        public Action action() {
            return Action.BREAK_GLASS_CONFIRM;
        }

        @Override
        public Subject about() {
            return Subject.of("break-glass", breakGlass);
        }
    }

    /** Ends it, or takes the request back: by either of the two, or by whoever may confirm. */
    record EndBreakGlass(Ref organization, BreakGlassId breakGlass) implements Command<BreakGlassView> {
        @Override
        public Action action() {
            return Action.OWN_ACCOUNT;
        }

        @Override
        public Subject about() {
            return Subject.of("break-glass", breakGlass);
        }
    }

    /**
     * Something that was done while a role was held.
     *
     * @param underIt whether the right to it was held by the break-glass
     */
    record Deed(EntryView entry, boolean underIt) {}

    /**
     * What became of it.
     *
     * @param done all that its holder did from its beginning to its end, as the audit log has it
     * @param complete false when there is more than is told: see the audit log
     */
    record Report(BreakGlassView breakGlass, List<Deed> done, boolean complete) {
        /** How many entries a report has at most, give or take a page. */
        static final int MOST = 5000;

        public Report {
            done = List.copyOf(done);
        }

        /**
         * Of what the log says.
         *
         * @param log a page of the organization's audit log
         */
        public static Report of(BreakGlassView held, Function<Query, Page<EntryView>> log) {
            List<Deed> done = new ArrayList<>();
            Optional<String> cursor = Optional.empty();
            if (held.begunAt().isPresent()) {
                Map<String, String> of = Map.of(
                        "actor",
                        held.askedBy(),
                        "from",
                        held.begunAt().get().toString(),
                        "to",
                        held.endedAt().or(held::until).orElseThrow().toString());
                do {
                    Page<EntryView> page = log.apply(
                            new Query(of, Optional.empty(), new Page.Request(Page.Request.MAX_LIMIT, cursor)));
                    page.items()
                            .forEach(entry -> done.add(new Deed(
                                    entry, entry.because().contains(held.id().value()))));
                    cursor = page.next();
                } while (cursor.isPresent() && done.size() < MOST);
            }
            return new Report(held, done, cursor.isEmpty());
        }
    }
}
