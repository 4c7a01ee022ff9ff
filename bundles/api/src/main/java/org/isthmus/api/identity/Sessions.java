// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.SessionId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Secret;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Sessions that are open: the caller's own; with the filter {@code user} those of somebody else, for whoever may see users.
 * {@link #get} knows one's own only.
 */
@ProviderType
public interface Sessions extends Listing<Sessions.OpenSessionView> {
    /**
     * A session.
     *
     * @param address from where it was opened
     * @param current whether it is the one that asks
     * @param provedAt when the second factor was last proved in it
     */
    record OpenSessionView(
            SessionId id,
            UserId user,
            String address,
            boolean current,
            Instant createdAt,
            Instant expiresAt,
            Optional<Instant> provedAt) {}

    /**
     * Proves the second factor anew in the session that asks: for a while it may do what the policy guards by that. CONFLICT
     * for who has none; FORBIDDEN without a session.
     */
    record StepUp(Ref organization, Secret code) implements Command<OpenSessionView> {
        @Override
        public Action action() {
            return Action.OWN_ACCOUNT;
        }

        @Override
        public Subject about() {
            return new Subject("session", "current");
        }
    }

    /**
     * Ends a session: refused from then on.
     *
     * @param user whose; absent for the caller's own
     */
    record EndSession(Ref organization, SessionId session, Optional<Ref> user) implements Command<OpenSessionView> {
        @Override
        public Action action() {
            return user.isPresent() ? Action.USER_CHANGE : Action.OWN_ACCOUNT;
        }

        @Override
        public Subject about() {
            return Subject.of("session", session);
        }
    }
}
