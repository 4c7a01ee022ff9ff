// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.login;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.SessionId;
import org.isthmus.model.Ids.TokenId;
import org.isthmus.model.Ids.UserId;

/** Whom a bearer token stands for: a session's or an API token's owner. */
record Bearer(
        OrganizationId organization,
        UserId user,
        Optional<SessionId> session,
        Optional<TokenId> token,
        Optional<Set<Action>> only,
        Caller.Proof proof,
        Instant expiresAt) {}
