// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Secret;
import org.osgi.annotation.versioning.ProviderType;

/** Passwords become sessions, and tokens become callers. Every login, failed or not, is audited. */
@ProviderType
public interface Logins {
    /**
     * Checks a password and opens a session. The same answer and time whether the user, the organization or the password
     * is wrong. Slow on purpose (Argon2id); runs bounded in parallel, then answers TOO_MANY.
     *
     * @param username {@code name@organization}
     * @throws org.isthmus.api.ProblemException WRONG_LOGIN when wrong; TOO_MANY when too many failed or are waiting
     */
    default SessionOpened login(String username, Secret password, Origin origin) {
        return login(username, password, Optional.empty(), origin);
    }

    /**
     * The same with the code of the second factor, for a user who has one: the six digits of the moment, or a recovery
     * code. Only whose password was right is told that a code is needed, or was wrong; a wrong one counts like a wrong
     * password.
     *
     * @throws org.isthmus.api.ProblemException as above; SECOND_FACTOR_NEEDED without the right code; UNAVAILABLE while
     *     what opens the second factor's secret is away
     */
    SessionOpened login(String username, Secret password, Optional<Secret> code, Origin origin);

    /**
     * Who a bearer token (of a session or an API token) belongs to. Quick. NOT_LOGGED_IN when unknown, expired, revoked, or
     * the user is disabled.
     */
    Caller caller(Secret bearer, Origin origin);

    /**
     * Which directory one of its own tokens belongs to, as a caller that may tell who is there and nothing else. NOT_LOGGED_IN
     * when it is unknown, expired, revoked or of a disabled directory.
     */
    Caller directoryCaller(Secret bearer, Origin origin);

    /** Ends the session of this bearer token. Unknown is fine. */
    void logout(Secret bearer, Origin origin);

    /**
     * For the shell's own login: the caller, when the password is right and the user holds the operator role. Who has a
     * second factor types its code behind the password, with a space between.
     */
    Optional<Caller> shellLogin(String username, Secret password, Origin origin);

    /** The caller of the machine's local console, who is root already. */
    Caller localRoot(String requestId);

    /** Where a request came from. */
    record Origin(Caller.Door door, String address, String requestId) {}

    /**
     * A session.
     *
     * @param token the bearer token, shown this once
     */
    record SessionOpened(Secret token, Instant expiresAt, UserView user, boolean mustChangePassword) {}

    /** The platform organization's id, known before anybody logs in. */
    OrganizationId platform();
}
