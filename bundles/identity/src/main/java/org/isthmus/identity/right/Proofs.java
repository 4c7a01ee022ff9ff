// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.organization.Policy;
import org.isthmus.identity.store.Session;
import org.isthmus.identity.store.SessionStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Whether a caller has proved their second factor just now. */
@Component(service = Proofs.class)
public final class Proofs {
    private static final String STEP_UP = "POST /api/v1/sessions/current/step-up with {\"totp\":\"…\"}, then again.";

    private final SessionStore sessions;
    private final Clock clock;

    @Activate
    public Proofs(@Reference SessionStore sessions, @Reference Clock clock) {
        this.sessions = sessions;
        this.clock = clock;
    }

    /**
     * STEP_UP_NEEDED, naming the policy that asks for it and saying how, unless the caller has, or is no user, or a token made
     * for destroying things.
     */
    void require(Caller caller, Violation because) {
        if (!caller.proof().lasting() && !justNow(caller)) {
            throw because.as(IdentityProblem.STEP_UP_NEEDED, how(caller));
        }
    }

    /** The same whatever the policy, and a token made for destroying things will not do: it makes no others like itself. */
    public void requireJustNow(Caller caller, String because) {
        if (!justNow(caller)) {
            throw IdentityProblem.STEP_UP_NEEDED.because("%s %s", because, how(caller));
        }
    }

    private boolean justNow(Caller caller) {
        return caller.kind() != Caller.Kind.USER
                || fresh(caller.proof().at())
                // what is known of a session may be some seconds old: it was proved on another controller perhaps
                || caller.session()
                        .flatMap(sessions::find)
                        .flatMap(Session::provedAt)
                        .filter(this::fresh)
                        .isPresent();
    }

    /** STEP_UP_NEEDED in a session in which no second factor was ever proved; a token is not asked. */
    public void requireEver(Caller caller, Violation because) {
        if (caller.session().isPresent() && !ever(caller)) {
            throw because.as(IdentityProblem.STEP_UP_NEEDED, how(caller));
        }
    }

    /** Whether a second factor was ever proved in the caller's session. */
    boolean ever(Caller caller) {
        return caller.proof().at().isPresent()
                // on another controller perhaps, some seconds ago
                || caller.session()
                        .flatMap(sessions::find)
                        .flatMap(Session::provedAt)
                        .isPresent();
    }

    private boolean fresh(Optional<Instant> at) {
        return at.filter(this::fresh).isPresent();
    }

    private boolean fresh(Instant at) {
        Instant now = clock.instant();
        // one from the future is of a clock that was set back since
        return !at.isAfter(now) && at.plus(Policy.STEP_UP_LASTS).isAfter(now);
    }

    private static String how(Caller caller) {
        if (caller.session().isPresent()) {
            return "Prove your second factor: " + STEP_UP + " Who has none makes one first: POST …/users/{user}/totp.";
        }
        return caller.door() == Caller.Door.SHELL
                ? "Log in to the shell again with the code of your second factor behind the password, with a space between."
                : "This API token is not for it: use one that was made with \"destructive\":true, by somebody who had just"
                        + " proved their second factor.";
    }
}
