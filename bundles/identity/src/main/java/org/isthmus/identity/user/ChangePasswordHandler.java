// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangePassword;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.password.Backoff;
import org.isthmus.identity.password.PasswordRules;
import org.isthmus.identity.password.Passwords;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.Account;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** One's own new password. The session it is done in goes on, all others end. */
@Component(service = CommandHandler.class)
public final class ChangePasswordHandler implements CommandHandler<ChangePassword, UserView> {
    private final UserStore users;
    private final DirectoryStore directories;
    private final SessionStore sessions;
    private final RightsCache rights;
    private final Bearers bearers;
    private final Passwords passwords;
    private final Backoff backoff;

    @Activate
    public ChangePasswordHandler(
            @Reference UserStore users,
            @Reference DirectoryStore directories,
            @Reference SessionStore sessions,
            @Reference RightsCache rights,
            @Reference Bearers bearers,
            @Reference Passwords passwords,
            @Reference Backoff backoff) {
        this.users = users;
        this.directories = directories;
        this.sessions = sessions;
        this.rights = rights;
        this.bearers = bearers;
        this.passwords = passwords;
        this.backoff = backoff;
    }

    @Override
    public Class<ChangePassword> handles() {
        return ChangePassword.class;
    }

    @Override
    public Plan<UserView> plan(Caller caller, OrganizationView organization, ChangePassword command) {
        // whether the other user exists is not looked at: this door is for oneself
        if (!UserRefs.isSelf(caller, command.user()) || !caller.organization().equals(organization.id())) {
            throw Problem.FORBIDDEN.because(
                    "Only the user themself changes a password; an administrator sets a new one-time password.");
        }
        UserId id = caller.user().orElseThrow();
        Account account = users.account(organization.id(), id)
                .orElseThrow(() -> Problem.NOT_FOUND.because("The user is not there any more."));
        KeptElsewhere.refuse(directories, account.user(), "The password");
        requirePresent(caller, account, command);
        PasswordRules.check(account.user().username(), command.next());
        if (command.next().equals(command.current())) {
            throw IdentityProblem.WEAK_PASSWORD.because("The new password is the present one. Choose another.");
        }
        String hash = passwords.hash(command.next());
        Subject subject = Subject.of("user", id);
        return Plan.of(subject, change -> {
            rights.change(organization.id(), change);
            UserView changed = users.setPassword(organization.id(), id, account.password(), hash, false);
            sessions.deleteOf(organization.id(), id, caller.session());
            bearers.forgetAfterCommit(organization.id(), id);
            change.event("user.password-changed", subject, Map.of("username", changed.username()));
            return changed;
        });
    }

    /** Guessing here costs what guessing at the login costs: a stolen session is no way around it. */
    private void requirePresent(Caller caller, Account account, ChangePassword command) {
        Optional<Duration> pause = backoff.pause(caller.username(), caller.address());
        if (pause.isPresent()) {
            throw Problem.TOO_MANY.retryAfter(pause.get(), "Too many wrong passwords; wait until the next attempt.");
        }
        if (!passwords.matches(account.password(), command.current())) {
            backoff.failed(caller.username(), caller.address());
            throw IdentityProblem.WRONG_PASSWORD.because("The present password is not right.");
        }
        backoff.succeeded(caller.username(), caller.address());
    }
}
