// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.BreakGlassId;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Page;
import org.osgi.annotation.versioning.ProviderType;

/** Who has which role, where, and from when until when. */
@ProviderType
public interface Grants extends Listing<Grants.GrantView> {
    /** Why a user may or may not do something. */
    AccessView explain(Caller caller, Ref organization, Ref user, Action action, Optional<Subject> resource);

    /**
     * Who could do something at a moment, by username: judged by what rights followed from then. Where a network, server or
     * image lies is taken from now.
     *
     * @param resource on this thing too, not only in the whole organization
     * @param at not in the future; now unless said otherwise
     */
    Page<HolderView> holders(
            Caller caller,
            Ref organization,
            Action action,
            Optional<Subject> resource,
            Optional<Instant> at,
            Page.Request page);

    /**
     * What a user held and when, by beginning: by grants to themself, their departments and groups.
     *
     * @param user by id also one who is gone
     * @param from from the beginning unless said otherwise
     * @param to up to now unless said otherwise
     */
    Page<PeriodView> history(
            Caller caller, Ref organization, Ref user, Optional<Instant> from, Optional<Instant> to, Page.Request page);

    /**
     * Somebody who can do what was asked about.
     *
     * @param because by which grants: at most five
     */
    record HolderView(
            UserId user, String username, Optional<DepartmentId> department, UserView.Kind kind, List<Reason> because) {
        public HolderView {
            because = List.copyOf(because);
        }
    }

    /**
     * A time in which somebody held something.
     *
     * @param actions what the role allowed then
     * @param subject whose grant it was: their own, or that of a department or group they were in
     * @param from cut to what was asked for
     * @param to absent while it is so, or when it went on beyond what was asked for
     * @param begunBy whose change began it; absent when it began by the grant's own time, or before what was asked for
     * @param endedBy whose change ended it
     */
    record PeriodView(
            GrantId grant,
            String role,
            Set<Action> actions,
            Subject subject,
            Subject scope,
            Instant from,
            Optional<Instant> to,
            Optional<String> begunBy,
            Optional<String> endedBy) {
        public PeriodView {
            actions = Set.copyOf(actions);
        }
    }

    /**
     * A grant.
     *
     * @param subject a user or a department
     * @param role its name
     * @param scope an organization or a part of it
     * @param breakGlass by which it is held in an emergency: it gives less than its role then
     */
    record GrantView(
            GrantId id,
            OrganizationId organization,
            Subject subject,
            String role,
            Subject scope,
            Optional<Instant> from,
            Optional<Instant> until,
            Optional<BreakGlassId> breakGlass,
            Instant createdAt,
            String createdBy,
            long version) {
        /** One that somebody gave. */
        public GrantView(
                GrantId id,
                OrganizationId organization,
                Subject subject,
                String role,
                Subject scope,
                Optional<Instant> from,
                Optional<Instant> until,
                Instant createdAt,
                String createdBy,
                long version) {
            this(id, organization, subject, role, scope, from, until, Optional.empty(), createdAt, createdBy, version);
        }

        /** The same, its role called so. */
        public GrantView withRole(String named) {
            return new GrantView(
                    id, organization, subject, named, scope, from, until, breakGlass, createdAt, createdBy, version);
        }
    }

    /**
     * A decision, and all that made it.
     *
     * @param because when allowed: the grants, at most five; when not: what is missing, and which roles would do
     */
    record AccessView(boolean allowed, List<Reason> because) {
        public AccessView {
            because = List.copyOf(because);
        }
    }

    /**
     * One reason.
     *
     * @param grant the grant that allows it, with its role and to whom it was given
     * @param detail the whole, for people
     */
    record Reason(Optional<GrantId> grant, Optional<String> role, Optional<Subject> subject, String detail) {
        /** One that is no grant. */
        public static Reason of(String detail) {
            return new Reason(Optional.empty(), Optional.empty(), Optional.empty(), detail);
        }
    }

    /** Gives a role, named by its id or name. Nobody grants what they do not hold themselves; FORBIDDEN names what is missing. */
    record CreateGrant(
            Ref organization,
            Subject subject,
            String role,
            Subject scope,
            Optional<Instant> from,
            Optional<Instant> until)
            implements Command<GrantView> {
        public CreateGrant {
            if (from.isPresent() && until.isPresent() && !from.get().isBefore(until.get())) {
                throw new IllegalArgumentException("from is before until.");
            }
        }

        @Override
        public Action action() {
            return Action.GRANT_CREATE;
        }

        @Override
        public Subject about() {
            return subject;
        }
    }

    record DeleteGrant(Ref organization, GrantId grant) implements Command<GrantView> {
        @Override
        public Action action() {
            return Action.GRANT_DELETE;
        }

        @Override
        public Subject about() {
            return Subject.of("grant", grant);
        }
    }
}
