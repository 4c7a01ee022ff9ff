// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ResetPassword;
import org.isthmus.api.identity.Users.UserCreated;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.password.Passwords;
import org.isthmus.identity.password.Secrets;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.Account;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Secret;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Somebody else's new one-time password. Who sets it could log in with it: so only for users who hold nothing that the
 * caller does not.
 */
@Component(service = CommandHandler.class)
public final class ResetPasswordHandler implements CommandHandler<ResetPassword, UserCreated> {
    private final UserStore users;
    private final DirectoryStore directories;
    private final SessionStore sessions;
    private final RightsCache rights;
    private final KeyStore keys;
    private final Bearers bearers;
    private final Passwords passwords;
    private final Secrets secrets;
    private final Clock clock;

    @Activate
    public ResetPasswordHandler(
            @Reference UserStore users,
            @Reference DirectoryStore directories,
            @Reference SessionStore sessions,
            @Reference RightsCache rights,
            @Reference KeyStore keys,
            @Reference Bearers bearers,
            @Reference Passwords passwords,
            @Reference Secrets secrets,
            @Reference Clock clock) {
        this.users = users;
        this.directories = directories;
        this.sessions = sessions;
        this.rights = rights;
        this.keys = keys;
        this.bearers = bearers;
        this.passwords = passwords;
        this.secrets = secrets;
        this.clock = clock;
    }

    @Override
    public Class<ResetPassword> handles() {
        return ResetPassword.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, ResetPassword command, Optional<DepartmentId> department) {
        return UserRefs.touched(users, organization.id(), command.user());
    }

    @Override
    public Plan<UserCreated> plan(Caller caller, OrganizationView organization, ResetPassword command) {
        UserView user = UserRefs.need(users, organization.id(), command.user());
        if (user.kind() == UserView.Kind.SERVICE) {
            throw Problem.CONFLICT.because("A service account has no password; make a token for it.");
        }
        KeptElsewhere.refuse(directories, user, "The password");
        if (UserRefs.isSelf(caller, Ref.of(user.id()))) {
            throw Problem.CONFLICT.because("This is your own account: change your password with PUT …/password.");
        }
        Rights current = rights.current(organization.id());
        Holdings.require(caller, current, current.heldBy(user.id()), clock.instant());
        Secret password = secrets.oneTimePassword();
        String hash = passwords.hash(password);
        Subject subject = Subject.of("user", user.id());
        return Plan.of(subject, change -> {
            Rights before = rights.change(organization.id(), change);
            Holdings.require(caller, before, before.heldBy(user.id()), change.now());
            Optional<String> old = users.account(organization.id(), user.id()).flatMap(Account::password);
            // the row first: a login at this moment waits for it, and its session is deleted below or never made
            UserView changed = users.setPassword(organization.id(), user.id(), old, hash, true);
            sessions.deleteOf(organization.id(), user.id(), Optional.empty());
            bearers.forgetAfterCommit(organization.id(), user.id());
            keys.had(user.id(), change.caller().user(), change.now());
            change.event("user.password-reset", subject, Map.of("username", changed.username()));
            return new UserCreated(changed, Optional.of(password));
        });
    }
}
