// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import org.isthmus.api.ProblemType;

/** Problems of users, grants and logins. */
public enum IdentityProblem implements ProblemType {
    WRONG_LOGIN(
            "wrong-login",
            401,
            "The login is not right",
            "Check username (name@organization) and password; nobody is told which of them was wrong."),
    SECOND_FACTOR_NEEDED(
            "second-factor-needed",
            401,
            "The code of the second factor is needed",
            "The password was right: log in again with totp, the six digits of the moment or a recovery code."),
    SIGN_ON_REFUSED(
            "sign-on-refused",
            401,
            "The login by a provider is not right",
            "Begin the login again. An administrator finds the reason in the organization's audit log, by the request id."),
    FRESH_LOGIN_NEEDED(
            "fresh-login-needed",
            403,
            "The login is too long ago",
            "Log in again with the password and send the same request in that session within ten minutes."),
    NOBODY_RESPONSIBLE(
            "nobody-responsible",
            403,
            "Nobody answers for the service account",
            "The person responsible for it is disabled or gone: somebody with user.change names another one."),
    ENROLMENT_NEEDED(
            "second-factor-enrolment-needed",
            403,
            "A second factor must be set up first",
            "The organization asks everybody for one: POST …/users/{user}/totp, confirm it, then go on in the same session."),
    STEP_UP_NEEDED(
            "step-up-needed",
            403,
            "The second factor must be proved again",
            "POST the code of the moment to /api/v1/sessions/current/step-up, then send the same request again."),
    VPN_NEEDED(
            "vpn-needed",
            403,
            "The organization's VPN is needed",
            "Connect to the organization's VPN and send the same request again; logging in works without it."),
    WRONG_CODE(
            "wrong-code",
            403,
            "The code is not right",
            "Give the six digits that are shown now, which are good once, or a recovery code that was not used yet."),
    WEAK_PASSWORD(
            "weak-password",
            400,
            "The password is too weak",
            "Use at least 12 characters, not your name and not a common password."),
    WRONG_PASSWORD(
            "wrong-password", 403, "The present password is not right", "Give the password you log in with now."),
    GRANT_TOO_MUCH(
            "grant-too-much",
            403,
            "Nobody grants what they do not hold",
            "Ask somebody who holds the role themselves."),
    LAST_ADMINISTRATOR(
            "last-administrator", 409, "It is the last administrator", "Make somebody else an administrator first."),
    OWN_ACCESS(
            "own-access",
            403,
            "Nobody judges what they hold or gave",
            "Somebody else must decide: neither who holds it nor who gave it, also not by a token or a service account."),
    KEPT_ELSEWHERE(
            "kept-elsewhere",
            409,
            "That is kept in a directory",
            "Change it in the directory that the detail names; it comes from there."),
    DIRECTORY_FAILED(
            "directory-failed",
            409,
            "The directory cannot be asked",
            "The detail says what it did; mend its settings or the directory itself."),
    ROLE_UNKNOWN("role-unknown", 400, "There is no such role", "See GET …/roles for those there are.");

    private final String slug;
    private final int status;
    private final String title;
    private final String help;

    IdentityProblem(String slug, int status, String title, String help) {
        this.slug = slug;
        this.status = status;
        this.title = title;
        this.help = help;
    }

    @Override
    public String slug() {
        return slug;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public String help() {
        return help;
    }
}
