// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.TokenId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.osgi.annotation.versioning.ProviderType;

/**
 * API tokens: the caller's own, and those of service accounts, which cannot log in, for whoever may change users. A token
 * never can more than its owner can at that moment. Filters: {@code name}, and {@code user} for a service account's.
 */
@ProviderType
public interface Tokens extends Listing<Tokens.TokenView> {
    /**
     * A token.
     *
     * @param destructive whether it may destroy things where the policy asks for a second factor before
     */
    record TokenView(
            TokenId id,
            Name name,
            UserId user,
            Optional<Set<Action>> actions,
            Instant expiresAt,
            Optional<Instant> lastUsedAt,
            boolean destructive,
            Instant createdAt,
            String createdBy,
            long version) {}

    /** A token that was made, its secret shown this once. */
    record TokenCreated(TokenView token, Secret secret) {}

    /**
     * Expires at most 366 days from now.
     *
     * @param user a service account; absent for the caller's own
     * @param destructive whether it may destroy things where the policy asks for a second factor before: only who has just
     *     proved theirs makes such a token, whatever the policy is; else STEP_UP_NEEDED
     */
    record CreateToken(
            Ref organization,
            Name name,
            Optional<Set<Action>> actions,
            Instant expiresAt,
            Optional<Ref> user,
            boolean destructive)
            implements Command<TokenCreated> {
        public CreateToken {
            actions = actions.map(Set::copyOf);
        }

        /** One's own. */
        public CreateToken(Ref organization, Name name, Optional<Set<Action>> actions, Instant expiresAt) {
            this(organization, name, actions, expiresAt, Optional.empty());
        }

        /** One that the policy may keep from destroying things. */
        public CreateToken(
                Ref organization, Name name, Optional<Set<Action>> actions, Instant expiresAt, Optional<Ref> user) {
            this(organization, name, actions, expiresAt, user, false);
        }

        @Override
        public Action action() {
            return user.isPresent() ? Action.USER_CHANGE : Action.OWN_ACCOUNT;
        }

        @Override
        public Subject about() {
            return Subject.of("token", Ref.of(name));
        }
    }

    /**
     * Ends a token at once.
     *
     * @param user a service account; absent for the caller's own
     */
    record DeleteToken(Ref organization, Ref token, Optional<Ref> user) implements Command<TokenView> {
        /** One's own. */
        public DeleteToken(Ref organization, Ref token) {
            this(organization, token, Optional.empty());
        }

        @Override
        public Action action() {
            return user.isPresent() ? Action.USER_CHANGE : Action.OWN_ACCOUNT;
        }

        @Override
        public Subject about() {
            return Subject.of("token", token);
        }
    }
}
