// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users;
import org.isthmus.api.identity.Users.BeginTotp;
import org.isthmus.api.identity.Users.ChangePassword;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.identity.Users.ConfirmTotp;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.identity.Users.DeleteUser;
import org.isthmus.api.identity.Users.HandOver;
import org.isthmus.api.identity.Users.RemoveTotp;
import org.isthmus.api.identity.Users.RenewRecoveryCodes;
import org.isthmus.api.identity.Users.ResetPassword;
import org.isthmus.api.identity.Users.TotpBegun;
import org.isthmus.api.identity.Users.TotpConfirmed;
import org.isthmus.api.identity.Users.UserCreated;
import org.isthmus.model.Secret;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** The users of an organization. */
public final class UserCommands {
    private UserCommands() {}

    /** What is shown of a new user: its password too, this once. */
    static Map<String, Object> withPassword(UserCreated created) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("user", created.user());
        created.oneTimePassword().ifPresent(password -> all.put("oneTimePassword", password.reveal()));
        return all;
    }

    /** A change of a user as it is now. */
    abstract static class Change extends OrganizationSubmit<ChangeUser, UserView> {
        @Argument(index = 0, name = "user", required = true, description = "Its id or username")
        @Completion(Names.Users.class)
        private String which;

        @Override
        protected final ChangeUser command() {
            Ref in = organization();
            Ref ref = new Ref(which);
            long version =
                    with(Users.class, (all, caller) -> all.get(caller, in, ref)).version();
            return change(in, ref, version);
        }

        protected abstract ChangeUser change(Ref in, Ref user, long version);
    }

    @Service
    @Command(scope = "isthmus", name = "user-list", description = "Lists the users of an organization")
    public static final class ListUsers extends OrganizationList.Of<UserView> {
        public ListUsers() {
            super(Users.class, "username email kind state department id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "user-show", description = "Shows a user")
    public static final class ShowUser extends OrganizationCommand {
        @Argument(index = 0, name = "user", required = true, description = "Its id or name")
        @Completion(Names.Users.class)
        private String which;

        @Override
        protected void run() {
            show(Users.class, which);
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "user-create",
            description = "Makes a user; shows the one-time password this once")
    public static final class NewUser extends OrganizationSubmit<CreateUser, UserCreated> {
        @Argument(index = 0, name = "username", required = true, description = "Its name, without the organization")
        @Completion(Anything.class)
        private String username;

        @Argument(index = 1, name = "email", required = true, description = "Its e-mail address")
        @Completion(Anything.class)
        private String email;

        @Option(name = "--department", description = "Its department")
        @Completion(Names.Departments.class)
        private String department;

        @Option(name = "--service", description = "An account of a program: it has tokens, no password")
        private boolean service;

        @Option(name = "--responsible", description = "The person who answers for it, with --service; you unless said")
        @Completion(Names.Users.class)
        private String responsible;

        @Override
        protected CreateUser command() {
            return new CreateUser(
                    organization(),
                    username,
                    email,
                    Words.ref(department),
                    service ? UserView.Kind.SERVICE : UserView.Kind.PERSON,
                    Words.ref(responsible));
        }

        @Override
        protected Object shown(UserCreated created) {
            return withPassword(created);
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "user-change",
            description = "Changes a user's e-mail address or department, or who answers for a service account")
    public static final class ChangeAUser extends Change {
        @Option(name = "--email", description = "Its e-mail address")
        private String email;

        @Option(name = "--department", description = "Its department; none: no department")
        @Completion(Names.Departments.class)
        private String department;

        @Option(name = "--responsible", description = "The person who answers for a service account from now on")
        @Completion(Names.Users.class)
        private String responsible;

        @Override
        protected ChangeUser change(Ref in, Ref user, long version) {
            Optional<Optional<Ref>> into = Words.refOrNone(department);
            return new ChangeUser(
                    in, user, version, Optional.ofNullable(email), into, Optional.empty(), Words.ref(responsible));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "user-disable",
            description = "Disables a user: sessions and tokens are refused at once")
    public static final class DisableUser extends Change {
        @Override
        protected ChangeUser change(Ref in, Ref user, long version) {
            return new ChangeUser(
                    in, user, version, Optional.empty(), Optional.empty(), Optional.of(UserView.State.DISABLED));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "user-enable", description = "Enables a disabled user")
    public static final class EnableUser extends Change {
        @Override
        protected ChangeUser change(Ref in, Ref user, long version) {
            return new ChangeUser(
                    in, user, version, Optional.empty(), Optional.empty(), Optional.of(UserView.State.ACTIVE));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "user-delete", description = "Deletes a user")
    public static final class RemoveUser extends OrganizationSubmit<DeleteUser, UserView> {
        @Argument(index = 0, name = "user", required = true, description = "Its id or username")
        @Completion(Names.Users.class)
        private String which;

        @Override
        protected DeleteUser command() {
            return new DeleteUser(organization(), new Ref(which));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "user-hand-over",
            description = "Hands an account over to a directory, which keeps it from now on; ends its password")
    public static final class HandOverUser extends OrganizationSubmit<HandOver, UserView> {
        @Argument(index = 0, name = "user", required = true, description = "Its id or username")
        @Completion(Names.Users.class)
        private String which;

        @Argument(index = 1, name = "directory", required = true, description = "The directory's id or name")
        @Completion(Names.Directories.class)
        private String directory;

        @Option(name = "--external-id", description = "What the directory calls them; it tells later unless said")
        private String externalId;

        @Override
        protected HandOver command() {
            return new HandOver(organization(), new Ref(which), new Ref(directory), Optional.ofNullable(externalId));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "user-reset-password",
            description = "Gives a user a new one-time password, shown this once, and ends the user's sessions")
    public static final class NewPassword extends OrganizationSubmit<ResetPassword, UserCreated> {
        @Argument(index = 0, name = "user", required = true, description = "Its id or username")
        @Completion(Names.Users.class)
        private String which;

        @Override
        protected ResetPassword command() {
            return new ResetPassword(organization(), new Ref(which));
        }

        @Override
        protected Object shown(UserCreated created) {
            return withPassword(created);
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "user-password",
            description = "Changes your own password; asks for the present one and the new one")
    public static final class OwnPassword extends OrganizationSubmit<ChangePassword, UserView> {
        @Argument(index = 0, name = "user", required = true, description = "Your own username")
        @Completion(Names.Users.class)
        private String which;

        @Override
        protected ChangePassword command() throws IOException {
            Secret current = SecretWords.asked(session(), "Present password: ");
            Secret next = SecretWords.asked(session(), "New password: ");
            if (!next.equals(SecretWords.asked(session(), "New password again: "))) {
                throw new IllegalArgumentException("The new passwords are not the same; nothing was changed.");
            }
            return new ChangePassword(organization(), new Ref(which), current, next);
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "user-totp",
            description =
                    "Begins to give you a second factor: shows its secret this once, to put into an authenticator")
    public static final class NewFactor extends OrganizationSubmit<BeginTotp, TotpBegun> {
        @Argument(index = 0, name = "user", required = true, description = "Your own username")
        @Completion(Names.Users.class)
        private String which;

        @Override
        protected BeginTotp command() {
            return new BeginTotp(organization(), new Ref(which));
        }

        @Override
        protected Object shown(TotpBegun begun) {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("user", begun.user());
            all.put("secret", begun.secret().reveal());
            all.put("uri", begun.uri().reveal());
            return all;
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "user-totp-confirm",
            description = "Confirms your second factor: asks for a code of it and shows recovery codes this once")
    public static final class ConfirmedFactor extends OrganizationSubmit<ConfirmTotp, TotpConfirmed> {
        @Argument(index = 0, name = "user", required = true, description = "Your own username")
        @Completion(Names.Users.class)
        private String which;

        @Override
        protected ConfirmTotp command() throws IOException {
            return new ConfirmTotp(organization(), new Ref(which), SecretWords.asked(session(), "Code: "));
        }

        @Override
        protected Object shown(TotpConfirmed confirmed) {
            return withCodes(confirmed);
        }
    }

    private static Map<String, Object> withCodes(TotpConfirmed confirmed) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("user", confirmed.user());
        all.put(
                "recoveryCodes",
                confirmed.recoveryCodes().stream().map(Secret::reveal).toList());
        return all;
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "user-recovery-codes",
            description =
                    "Gives you new recovery codes in place of the old: asks for a code of your second factor and shows them"
                            + " this once")
    public static final class NewRecoveryCodes extends OrganizationSubmit<RenewRecoveryCodes, TotpConfirmed> {
        @Argument(index = 0, name = "user", required = true, description = "Your own username")
        @Completion(Names.Users.class)
        private String which;

        @Override
        protected RenewRecoveryCodes command() throws IOException {
            return new RenewRecoveryCodes(organization(), new Ref(which), SecretWords.asked(session(), "Code: "));
        }

        @Override
        protected Object shown(TotpConfirmed renewed) {
            return withCodes(renewed);
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "user-totp-remove",
            description = "Takes a second factor away: that of somebody who holds no more than you, or your own")
    public static final class NoFactor extends OrganizationSubmit<RemoveTotp, UserView> {
        @Argument(index = 0, name = "user", required = true, description = "Its id or username")
        @Completion(Names.Users.class)
        private String which;

        @Option(name = "--own", description = "It is your own: asks for a code of it, or a recovery code")
        private boolean own;

        @Override
        protected RemoveTotp command() throws IOException {
            Optional<Secret> code = own ? Optional.of(SecretWords.asked(session(), "Code: ")) : Optional.empty();
            return new RemoveTotp(organization(), new Ref(which), code);
        }
    }
}
