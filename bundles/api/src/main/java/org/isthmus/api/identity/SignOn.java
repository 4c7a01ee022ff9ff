// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.api.identity.Logins.SessionOpened;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Logging in at a provider outside: a directory of kind OIDC. Whoever asks is nobody yet. What is not there, disabled or of
 * another kind is one and the same: no such provider. May take as long as the provider does, some seconds at most.
 */
@ProviderType
public interface SignOn {
    /** A way to log in. */
    record Offer(Name directory) {}

    /**
     * Where to send the browser.
     *
     * @param state what it comes back with
     * @param pledge what it keeps to itself meanwhile, and only it: without that the login cannot be finished
     * @param within how long it may take
     */
    record Departure(URI to, Secret state, Secret pledge, Duration within) {}

    /** What an organization's people may choose from; nothing for one that is not there. */
    List<Offer> offers(Ref organization);

    /**
     * Begins a login.
     *
     * @param next where the browser goes on afterwards: a path here
     * @throws org.isthmus.api.ProblemException NOT_FOUND; MALFORMED for a path that leads elsewhere; TOO_MANY when too many are
     *     under way from the address; UNAVAILABLE when the provider cannot be reached or is not what was set up
     */
    Departure begin(Ref organization, Ref directory, Optional<String> next, Origin origin);

    /** Where the browser of the login of that state goes on, if somewhere. The login goes on too. */
    Optional<String> next(Ref organization, Ref directory, Secret state);

    /**
     * Ends a login, well or badly, and opens a session. The person is made or brought up to date first, and is in the groups
     * that the provider names.
     *
     * @param response what the provider sent the browser back with
     * @param pledge what the browser kept
     * @throws org.isthmus.api.ProblemException SIGN_ON_REFUSED, saying what to do but not which check failed: that is in the
     *     audit log; TOO_MANY; UNAVAILABLE
     */
    SessionOpened finish(
            Ref organization,
            Ref directory,
            Map<String, List<String>> response,
            Optional<Secret> pledge,
            Origin origin);

    /**
     * The provider ends its session: the sessions here that began with it are refused from then on.
     *
     * @throws org.isthmus.api.ProblemException SIGN_ON_REFUSED when the token is not right; UNAVAILABLE
     */
    void logout(Ref organization, Ref directory, Secret token, Origin origin);
}
