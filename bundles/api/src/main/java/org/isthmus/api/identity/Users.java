// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.isthmus.api.Action;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Secret;
import org.osgi.annotation.versioning.ProviderType;

/** The users of an organization, by username. Filters: {@code name, state, kind, department, responsible}. */
@ProviderType
public interface Users extends Listing<UserView> {
    /** 1 to 64 of {@code a-z 0-9 . _ -}, beginning with a letter or digit. */
    Pattern USERNAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    /** An e-mail address, roughly: RFC 5321 allows more than anybody uses. */
    Pattern EMAIL = Pattern.compile("[^@\\s\\p{Cntrl}]{1,64}@[A-Za-z0-9.-]{1,189}");

    private static String checkedUsername(String text) {
        if (!USERNAME.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "A username is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit.");
        }
        return text;
    }

    private static String checkedEmail(String text) {
        if (!EMAIL.matcher(text).matches()) {
            throw new IllegalArgumentException("An e-mail address is written like name@example.org.");
        }
        return text;
    }

    /** Who administers a new organization. */
    record FirstAdministrator(String username, String email) {
        public FirstAdministrator {
            Users.checkedUsername(username);
            Users.checkedEmail(email);
        }
    }

    /** A user that was made, and the password shown this once; absent for service accounts. */
    record UserCreated(UserView user, Optional<Secret> oneTimePassword) {}

    /**
     * Makes a person, or a service account, for which an active person of the organization answers.
     *
     * @param responsible of a service account; absent: the caller, who is a person then
     */
    record CreateUser(
            Ref organization,
            String username,
            String email,
            Optional<Ref> department,
            UserView.Kind kind,
            Optional<Ref> responsible)
            implements Command<UserCreated> {
        /** A person, or a service account that the caller answers for. */
        public CreateUser(
                Ref organization, String username, String email, Optional<Ref> department, UserView.Kind kind) {
            this(organization, username, email, department, kind, Optional.empty());
        }

        public CreateUser {
            Users.checkedUsername(username);
            Users.checkedEmail(email);
        }

        @Override
        public Action action() {
            return Action.USER_CREATE;
        }

        @Override
        public Subject about() {
            return new Subject("user", username);
        }
    }

    /**
     * What is absent stays as it is. A disabled user's sessions and tokens are refused at once, and so are the tokens of the
     * service accounts they answer for.
     *
     * @param responsible who answers for a service account from now on
     */
    record ChangeUser(
            Ref organization,
            Ref user,
            long version,
            Optional<String> email,
            Optional<Optional<Ref>> department,
            Optional<UserView.State> state,
            Optional<Ref> responsible)
            implements Command<UserView> {
        /** Somebody for whom the same person answers as before. */
        public ChangeUser(
                Ref organization,
                Ref user,
                long version,
                Optional<String> email,
                Optional<Optional<Ref>> department,
                Optional<UserView.State> state) {
            this(organization, user, version, email, department, state, Optional.empty());
        }

        public ChangeUser {
            email.ifPresent(Users::checkedEmail);
        }

        @Override
        public Action action() {
            return Action.USER_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("user", user);
        }
    }

    record DeleteUser(Ref organization, Ref user) implements Command<UserView> {
        @Override
        public Action action() {
            return Action.USER_DELETE;
        }

        @Override
        public Subject about() {
            return Subject.of("user", user);
        }
    }

    /**
     * Hands an account over to a directory, which is the record of authority for it from now on. Its password and its sessions
     * end; what it holds stays. One that a directory keeps already only goes to another whose people log in by it (its
     * {@code users.of}); else CONFLICT. Only for who holds what an organization-admin holds.
     *
     * @param externalId what the directory calls them; absent: it tells later
     */
    record HandOver(Ref organization, Ref user, Ref directory, Optional<String> externalId)
            implements Command<UserView> {
        public HandOver {
            if (externalId
                    .filter(text -> text.isBlank() || text.length() > Provisioning.MOST_EXTERNAL_ID)
                    .isPresent()) {
                throw new IllegalArgumentException(
                        "An external id is 1 to " + Provisioning.MOST_EXTERNAL_ID + " characters.");
            }
        }

        @Override
        public Action action() {
            return Action.DIRECTORY_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("user", user);
        }
    }

    /**
     * One's own new password; ends one's other sessions. At least 12 characters.
     *
     * @param current the present password: a stolen session is not enough
     */
    record ChangePassword(Ref organization, Ref user, Secret current, Secret next) implements Command<UserView> {
        @Override
        public Action action() {
            return Action.OWN_ACCOUNT;
        }

        @Override
        public Subject about() {
            return Subject.of("user", user);
        }
    }

    /** Somebody else's new one-time password; ends that user's sessions. */
    record ResetPassword(Ref organization, Ref user) implements Command<UserCreated> {
        @Override
        public Action action() {
            return Action.USER_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("user", user);
        }
    }

    /**
     * Begins to give oneself a second factor: makes its secret, which is shown this once. It counts from
     * {@link ConfirmTotp} on. CONFLICT for who has one; FRESH_LOGIN_NEEDED in a session that was opened more than ten minutes
     * ago: a stolen session is not enough.
     */
    record BeginTotp(Ref organization, Ref user) implements Command<TotpBegun> {
        @Override
        public Action action() {
            return Action.OWN_ACCOUNT;
        }

        @Override
        public Subject about() {
            return Subject.of("user", user);
        }
    }

    /**
     * A second factor that is not confirmed yet.
     *
     * @param secret in Base32 (RFC 4648), as authenticator apps take it
     * @param uri the same as {@code otpauth://}, for a QR code
     */
    record TotpBegun(UserView user, Secret secret, Secret uri) {}

    /** Confirms one's own second factor with a code of it: from now on logins need one. Ends one's other sessions. */
    record ConfirmTotp(Ref organization, Ref user, Secret code) implements Command<TotpConfirmed> {
        @Override
        public Action action() {
            return Action.OWN_ACCOUNT;
        }

        @Override
        public Subject about() {
            return Subject.of("user", user);
        }
    }

    /**
     * A second factor that counts.
     *
     * @param recoveryCodes each good for one login without the device, shown this once
     */
    record TotpConfirmed(UserView user, List<Secret> recoveryCodes) {
        public TotpConfirmed {
            recoveryCodes = List.copyOf(recoveryCodes);
        }
    }

    /**
     * Gives oneself new recovery codes; the old ones are good for nothing from then on. By a code that one's own second factor
     * shows at this moment: a recovery code will not do, so that whoever found one does not make ten of it.
     */
    record RenewRecoveryCodes(Ref organization, Ref user, Secret code) implements Command<TotpConfirmed> {
        @Override
        public Action action() {
            return Action.OWN_ACCOUNT;
        }

        @Override
        public Subject about() {
            return Subject.of("user", user);
        }
    }

    /**
     * Takes a second factor away, with its recovery codes: one's own, by a code, or that of somebody who holds no more than
     * the caller; that ends that user's sessions.
     *
     * @param code of one's own; absent for somebody else's
     */
    record RemoveTotp(Ref organization, Ref user, Optional<Secret> code) implements Command<UserView> {
        @Override
        public Action action() {
            return code.isPresent() ? Action.OWN_ACCOUNT : Action.USER_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("user", user);
        }
    }

    /** A user by id, for views that show who did something. */
    Optional<UserView> find(UserId user);
}
