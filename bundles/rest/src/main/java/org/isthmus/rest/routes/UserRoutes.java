// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.util.List;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Departments;
import org.isthmus.api.identity.Departments.ChangeDepartment;
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Departments.DeleteDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Provisioning;
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
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;
import org.isthmus.rest.json.Flat;

/** Departments and users. */
public final class UserRoutes {
    private static final String DEPARTMENTS = ONE + "/departments";
    private static final String DEPARTMENT = DEPARTMENTS + "/{department}";
    private static final String USERS = ONE + "/users";
    private static final String USER = USERS + "/{user}";

    private UserRoutes() {}

    record NewDepartment(Name name, @Field("the department it is part of") Optional<Ref> parent) {}

    record DepartmentChange(Optional<Name> name, @Field("null: it stands on its own") Optional<Optional<Ref>> parent) {}

    record NewUser(
            @Field(value = "1 to 64 of a-z 0-9 . _ -", most = 64, example = "\"ada\"") String username,
            @Field(value = "e-mail address", most = 254, example = "\"ada@example.org\"") String email,
            Optional<Ref> department,
            @Field("a person unless said otherwise") Optional<UserView.Kind> kind,
            @Field("the person who answers for a service account; absent: the caller, if a person")
                    Optional<Ref> responsible) {}

    record UserChange(
            @Field(value = "e-mail address", most = 254, example = "\"ada@example.org\"") Optional<String> email,
            @Field("null: none") Optional<Optional<Ref>> department,
            Optional<UserView.State> state,
            @Field("the person who answers for a service account from now on") Optional<Ref> responsible) {}

    record NewPassword(
            @Field(value = "the present password", most = 1024) Secret current,
            @Field(value = "at least 12 characters", most = 1024) Secret password) {}

    record Code(@Field(value = "the six digits of the moment", most = 64, example = "\"123456\"") Secret totp) {}

    record MaybeCode(
            @Field(
                            value =
                                    "of one's own: the six digits of the moment, or a recovery code; absent: it is somebody else's",
                            most = 64,
                            example = "\"123456\"")
                    Optional<Secret> totp) {}

    record Handing(
            @Field("the directory that keeps them from now on") Ref directory,
            @Field(
                            value = "what it calls them; absent: it tells later",
                            most = Provisioning.MOST_EXTERNAL_ID,
                            example = "\"7c9e6679\"")
                    Optional<String> externalId) {}

    /** A second factor that waits for its first code; what it is made of is shown this once. */
    record NewFactor(@Flat UserView user, Optional<String> secret, Optional<String> uri) {
        static NewFactor of(TotpBegun begun, boolean secrets) {
            return new NewFactor(
                    begun.user(),
                    Optional.of(begun.secret()).filter(any -> secrets).map(Secret::reveal),
                    Optional.of(begun.uri()).filter(any -> secrets).map(Secret::reveal));
        }
    }

    /** A second factor that counts, and the recovery codes that are shown this once. */
    record Factor(@Flat UserView user, Optional<List<String>> recoveryCodes) {
        static Factor of(TotpConfirmed confirmed, boolean secrets) {
            return new Factor(
                    confirmed.user(),
                    Optional.of(confirmed.recoveryCodes())
                            .filter(any -> secrets)
                            .map(codes -> codes.stream().map(Secret::reveal).toList()));
        }
    }

    /** A user, and the password that is shown this once. */
    record UserWithPassword(@Flat UserView user, Optional<String> oneTimePassword) {
        static UserWithPassword of(UserCreated made, boolean secrets) {
            return new UserWithPassword(
                    made.user(), made.oneTimePassword().filter(any -> secrets).map(Secret::reveal));
        }
    }

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        departments(table.group("Departments"), services);
        users(table.group("Users"), services);
        secondFactors(table.group("Users"));
    }

    private static void departments(Table.Group on, Services services) {
        Guard read = Guard.may(Action.ORGANIZATION_READ);
        on.list(
                DEPARTMENTS,
                "listDepartments",
                read,
                "The departments of an organization.",
                DepartmentView.class,
                Filters.by().text("name").ref("parent").only(),
                call -> services.call(
                        Departments.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.change(Verb.POST, DEPARTMENTS, "createDepartment", Action.DEPARTMENT_CREATE, "Makes a department.")
                .body(NewDepartment.class)
                .command(
                        CreateDepartment.class,
                        (call, body) -> new CreateDepartment(call.organization(), body.name(), body.parent()))
                .created(DepartmentView.class);
        on.get(
                DEPARTMENT,
                "getDepartment",
                read,
                "A department.",
                DepartmentView.class,
                List.of(),
                call -> services.call(
                        Departments.class, all -> all.get(call.caller(), call.organization(), call.ref("department"))));
        on.change(Verb.PATCH, DEPARTMENT, "changeDepartment", Action.DEPARTMENT_CHANGE, "Renames or moves it.")
                .body(DepartmentChange.class)
                .command(
                        ChangeDepartment.class,
                        (call, body) -> new ChangeDepartment(
                                call.organization(),
                                call.ref("department"),
                                call.version(),
                                body.name(),
                                body.parent()))
                .shown(DepartmentView.class);
        on.change(
                        Verb.DELETE,
                        DEPARTMENT,
                        "deleteDepartment",
                        Action.DEPARTMENT_DELETE,
                        "Deletes a department without users and departments.")
                .command(
                        DeleteDepartment.class,
                        call -> new DeleteDepartment(call.organization(), call.ref("department")))
                .gone();
    }

    private static void secondFactors(Table.Group on) {
        on.change(
                        Verb.POST,
                        USER + "/totp",
                        "beginTotp",
                        Action.OWN_ACCOUNT,
                        "Begins to give oneself a second factor; its secret is shown this once and counts once it is confirmed.")
                .withoutVpn()
                .command(BeginTotp.class, call -> new BeginTotp(call.organization(), call.ref("user")))
                .shown(NewFactor.class, NewFactor::of);
        on.change(
                        Verb.POST,
                        USER + "/totp/confirm",
                        "confirmTotp",
                        Action.OWN_ACCOUNT,
                        "Confirms one's own second factor by a code of it: from now on logins need one. Shows recovery"
                                + " codes this once and ends one's other sessions.")
                .withoutVpn()
                .body(Code.class)
                .command(
                        ConfirmTotp.class,
                        (call, body) -> new ConfirmTotp(call.organization(), call.ref("user"), body.totp()))
                .shown(Factor.class, Factor::of);
        on.change(
                        Verb.POST,
                        USER + "/totp/recovery-codes",
                        "renewRecoveryCodes",
                        Action.OWN_ACCOUNT,
                        "Gives oneself new recovery codes, by a code of one's second factor, and shows them this once; the"
                                + " old ones are good for nothing any more.")
                .body(Code.class)
                .command(
                        RenewRecoveryCodes.class,
                        (call, body) -> new RenewRecoveryCodes(call.organization(), call.ref("user"), body.totp()))
                .shown(Factor.class, Factor::of);
        on.change(
                        Verb.DELETE,
                        USER + "/totp",
                        "removeTotp",
                        Action.USER_CHANGE,
                        "Takes a second factor away: one's own by a code, or that of somebody who holds no more than the caller.")
                .whenGiven("totp", Action.OWN_ACCOUNT)
                .body(MaybeCode.class)
                .command(
                        RemoveTotp.class,
                        (call, body) -> new RemoveTotp(call.organization(), call.ref("user"), body.totp()))
                .gone();
    }

    private static void users(Table.Group on, Services services) {
        Guard read = Guard.may(Action.USER_READ);
        on.list(
                USERS,
                "listUsers",
                read,
                "The users of an organization.",
                UserView.class,
                Filters.by()
                        .text("name")
                        .of("state", UserView.State.class)
                        .of("kind", UserView.Kind.class)
                        .ref("department")
                        .ref("responsible")
                        .only(),
                call -> services.call(Users.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.change(
                        Verb.POST,
                        USERS,
                        "createUser",
                        Action.USER_CREATE,
                        "Makes a user; a person gets a one-time password, shown this once.")
                .body(NewUser.class)
                .command(
                        CreateUser.class,
                        (call, body) -> new CreateUser(
                                call.organization(),
                                body.username(),
                                body.email(),
                                body.department(),
                                body.kind().orElse(UserView.Kind.PERSON),
                                body.responsible()))
                .created(UserWithPassword.class, UserWithPassword::of);
        on.get(
                USER,
                "getUser",
                read,
                "A user.",
                UserView.class,
                List.of(),
                call -> services.call(
                        Users.class, all -> all.get(call.caller(), call.organization(), call.ref("user"))));
        on.change(Verb.PATCH, USER, "changeUser", Action.USER_CHANGE, "Changes or disables a user.")
                .body(UserChange.class)
                .command(
                        ChangeUser.class,
                        (call, body) -> new ChangeUser(
                                call.organization(),
                                call.ref("user"),
                                call.version(),
                                body.email(),
                                body.department(),
                                body.state(),
                                body.responsible()))
                .shown(UserView.class);
        on.change(Verb.DELETE, USER, "deleteUser", Action.USER_DELETE, "Deletes a user.")
                .command(DeleteUser.class, call -> new DeleteUser(call.organization(), call.ref("user")))
                .gone();
        on.change(
                        Verb.PUT,
                        USER + "/password",
                        "changePassword",
                        Action.OWN_ACCOUNT,
                        "Sets one's own new password and ends one's other sessions.")
                .beforePasswordChange()
                .withoutVpn()
                .body(NewPassword.class)
                .command(
                        ChangePassword.class,
                        (call, body) -> new ChangePassword(
                                call.organization(), call.ref("user"), body.current(), body.password()))
                .gone();
        on.change(
                        Verb.POST,
                        USER + "/hand-over",
                        "handOverUser",
                        Action.DIRECTORY_MANAGE,
                        "Hands an account over to a directory; ends its password and sessions.")
                .body(Handing.class)
                .command(
                        HandOver.class,
                        (call, body) -> new HandOver(
                                call.organization(), call.ref("user"), body.directory(), body.externalId()))
                .shown(UserView.class);
        on.change(
                        Verb.POST,
                        USER + "/password",
                        "resetPassword",
                        Action.USER_CHANGE,
                        "Gives a user a new one-time password and ends that user's sessions.")
                .command(ResetPassword.class, call -> new ResetPassword(call.organization(), call.ref("user")))
                .shown(UserWithPassword.class, UserWithPassword::of);
    }
}
