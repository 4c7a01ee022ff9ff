// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.login;

import java.security.AccessController;
import java.util.Optional;
import java.util.Set;
import javax.security.auth.Subject;
import org.apache.karaf.jaas.boot.principal.ClientPrincipal;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.identity.Logins;
import org.isthmus.model.Ids;
import org.isthmus.shell.Services;

/**
 * Makes the caller of a command out of the session's JAAS subject. The subject is the one of the running thread, as the
 * container set it: a session's variables could be set by whoever types.
 */
public final class Callers {
    private final Services services;

    public Callers(Services services) {
        this.services = services;
    }

    /**
     * The caller on this thread, with a request id of its own.
     *
     * @throws org.isthmus.api.ProblemException NOT_LOGGED_IN where nobody is; UNAVAILABLE while identity is away
     */
    public Caller current() {
        return of(subject());
    }

    Caller of(Optional<Subject> subject) {
        Optional<OperatorPrincipal> operator = principal(subject, OperatorPrincipal.class);
        if (operator.isPresent()) {
            return renewed(operator.get().caller(), requestId());
        }
        if (principal(subject, LocalRootPrincipal.class).isPresent() || atTheConsole(subject)) {
            String requestId = requestId();
            return services.call(Logins.class, logins -> logins.localRoot(requestId));
        }
        throw Problem.NOT_LOGGED_IN.because(
                "Nobody is logged in to this shell, so nobody would answer for the command. Log in over SSH as an operator,"
                        + " or start bin/isthmus-shell on the controller's own machine.");
    }

    private String requestId() {
        return services.call(Ids.class, Ids::uuid).toString();
    }

    /** True for Karaf's own console in the foreground: the container itself says so in the subject it makes for it. */
    private static boolean atTheConsole(Optional<Subject> subject) {
        return principal(subject, ClientPrincipal.class)
                .filter(client -> "local".equals(client.getMethod()))
                .isPresent();
    }

    private static <P extends java.security.Principal> Optional<P> principal(Optional<Subject> subject, Class<P> type) {
        Set<P> found = subject.map(someone -> someone.getPrincipals(type)).orElse(Set.of());
        return found.stream().findFirst();
    }

    private static Caller renewed(Caller caller, String requestId) {
        return new Caller(
                caller.kind(),
                caller.user(),
                caller.username(),
                caller.organization(),
                caller.door(),
                caller.address(),
                requestId,
                caller.onlyActions(),
                caller.mustChangePassword(),
                caller.session(),
                caller.proof());
    }

    @SuppressWarnings("removal") // Karaf 4.4 hands the subject over in no other way; Java 17 has no successor yet
    private static Optional<Subject> subject() {
        return Optional.ofNullable(Subject.getSubject(AccessController.getContext()));
    }
}
