// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.directory;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException.FieldError;
import org.isthmus.api.identity.Directories;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.identity.ldap.LdapSettings;
import org.isthmus.model.Secret;

/** What each kind of directory is set up with. */
public final class DirectorySettings {
    /** What is made of the department that a directory names: MATCH puts people into the one of that name. */
    public static final String DEPARTMENTS = "departments";

    /** Other directories whose people log in here, by name. */
    public static final String USERS_OF = "users.of";

    public static final String ISSUER = "issuer";
    public static final String CLIENT_ID = "client.id";
    public static final String CLIENT_SECRET = "client.secret";
    public static final String REDIRECT_BASE = "redirect.base";
    public static final String SCOPES = "scopes";
    public static final String CLAIM_SUBJECT = "claim.subject";
    public static final String CLAIM_USERNAME = "claim.username";
    public static final String USERNAME_DOMAIN = "username.domain";
    public static final String CLAIM_EMAIL = "claim.email";
    public static final String CLAIM_NAME = "claim.name";
    public static final String CLAIM_GROUPS = "claim.groups";
    public static final String CREATE_USERS = "create.users";
    public static final String USERS_MATCH = "users.match";
    public static final String MAX_AGE = "max.age";
    public static final String STRONG_METHODS = "second.factor.amr";
    public static final String STRONG_CLASSES = "second.factor.acr";

    /** Over TLS, or on this very machine. */
    private static final String SAFE =
            "(https://[a-zA-Z0-9.-]{1,253}|http://(127\\.0\\.0\\.1|localhost))(:[0-9]{1,5})?";

    private static final String CLAIM = "[!-~]{1,200}";

    static final Setting DEPARTMENT_RULE = Setting.optional(
            DEPARTMENTS,
            "IGNORE|MATCH",
            "IGNORE",
            "IGNORE: departments are kept here. MATCH: a person is in the department whose name the directory gives.");

    private static final Map<Kind, List<Setting>> ALL = Map.of(
            Kind.SCIM, List.of(DEPARTMENT_RULE),
            Kind.LDAP, LdapForm.ALL,
            Kind.OIDC,
                    List.of(
                            DEPARTMENT_RULE,
                            Setting.optional(
                                    USERS_OF,
                                    "[a-z0-9-]{1,63}(, *[a-z0-9-]{1,63}){0,9}",
                                    "",
                                    "The directories whose people log in here, by name, with commas."),
                            Setting.required(
                                    ISSUER,
                                    SAFE + "(/[!-~&&[^#?\\\\]]{0,400})?",
                                    "The provider's issuer, to the letter as its discovery document has it: an https address."),
                            Setting.required(CLIENT_ID, "[ -~]{1,255}", "What the provider calls this controller."),
                            Setting.secret(
                                    CLIENT_SECRET,
                                    false,
                                    "The client's secret at the provider; absent for a public client, whom PKCE protects."),
                            Setting.required(
                                    REDIRECT_BASE,
                                    SAFE,
                                    "This controller's address as browsers know it, such as https://cloud.example.org; the"
                                            + " provider must know it with"
                                            + " /api/v1/organizations/{organization}/sign-on/{directory}/callback behind."),
                            Setting.optional(
                                    SCOPES,
                                    "[!-~&&[^\"\\\\]]{1,100}( [!-~&&[^\"\\\\]]{1,100}){0,19}",
                                    "openid profile email",
                                    "What is asked for, with spaces between."),
                            Setting.optional(
                                    CLAIM_SUBJECT,
                                    CLAIM,
                                    "sub",
                                    "The claim that is the external id of people of other directories; see users.match."),
                            Setting.optional(
                                    CLAIM_USERNAME, CLAIM, "preferred_username", "The claim with the username."),
                            Setting.optional(
                                    USERNAME_DOMAIN,
                                    "[A-Za-z0-9.-]{1,253}",
                                    "",
                                    "Where the username is an address: the domain whose people come in, by what is before"
                                            + " the at."),
                            Setting.optional(CLAIM_EMAIL, CLAIM, "email", "The claim with the e-mail address."),
                            Setting.optional(CLAIM_NAME, CLAIM, "name", "The claim with the name for people."),
                            Setting.optional(
                                    CLAIM_GROUPS,
                                    CLAIM,
                                    "groups",
                                    "The claim with the groups; a.b is the member b of the claim a."),
                            Setting.optional(
                                    CREATE_USERS,
                                    "true|false",
                                    "true",
                                    "true: who logs in for the first time is made a user. false: nobody new comes in."),
                            Setting.optional(
                                    USERS_MATCH,
                                    "EXTERNAL_ID|USERNAME",
                                    "EXTERNAL_ID",
                                    "How people of other directories are found: EXTERNAL_ID by claim.subject, USERNAME by"
                                            + " claim.username, only where nobody at the provider changes their own."),
                            Setting.optional(
                                    MAX_AGE,
                                    "PT[0-9]{1,5}[SMH]",
                                    "",
                                    "How long ago people may have proved at the provider who they are, such as PT8H."),
                            Setting.optional(
                                    STRONG_METHODS,
                                    "[!-~]{1,100}( [!-~]{1,100}){0,19}",
                                    "mfa",
                                    "Values of the claim amr that mean a second factor, with spaces between."),
                            Setting.optional(
                                    STRONG_CLASSES,
                                    "[!-~]{1,200}( [!-~]{1,200}){0,19}",
                                    "",
                                    "Values of the claim acr that mean a second factor, with spaces between.")));

    private DirectorySettings() {}

    /** What a kind is set up with. */
    public static List<Setting> of(Kind kind) {
        return ALL.get(kind);
    }

    /**
     * MALFORMED, naming everything that is wrong, unless these are settings of that kind.
     *
     * @param secrets the names of those that will be kept
     * @param given those that are given anew; an empty one takes away what was kept
     */
    public static void check(Kind kind, Map<String, String> settings, Set<String> secrets, Map<String, Secret> given) {
        List<FieldError> errors = new ArrayList<>();
        Map<String, Setting> known = of(kind).stream().collect(Collectors.toMap(Setting::name, setting -> setting));
        settings.forEach((name, value) -> {
            Setting setting = known.get(name);
            if (setting == null || setting.secret()) {
                errors.add(new FieldError("/settings/" + name, unknown(kind, name, setting != null)));
            } else if (value.length() > Directories.MOST_SETTING
                    || !setting.form().matcher(value).matches()) {
                errors.add(new FieldError("/settings/" + name, setting.description()));
            }
        });
        secrets.stream()
                .filter(name -> known.get(name) == null || !known.get(name).secret())
                .forEach(name -> errors.add(
                        new FieldError("/secrets/" + name, "A directory of kind " + kind + " has no such secret.")));
        given.forEach((name, secret) -> {
            Setting setting = known.get(name);
            // an empty one takes away what was kept
            if (setting != null
                    && setting.secret()
                    && !secret.reveal().isEmpty()
                    && !setting.form().matcher(secret.reveal()).matches()) {
                errors.add(new FieldError("/secrets/" + name, "It is too long. " + setting.description()));
            }
        });
        known.values().stream()
                .filter(setting -> setting.required()
                        && !settings.containsKey(setting.name())
                        && !secrets.contains(setting.name()))
                .forEach(setting -> errors.add(new FieldError(
                        (setting.secret() ? "/secrets/" : "/settings/") + setting.name(),
                        "Is needed. " + setting.description())));
        if (kind == Kind.LDAP && errors.isEmpty()) {
            LdapSettings.wrong(settings).forEach((name, text) -> errors.add(new FieldError("/settings/" + name, text)));
        }
        if (!errors.isEmpty()) {
            throw Problem.MALFORMED
                    .because("These are not the settings of a directory of kind %s.", kind)
                    .with(errors);
        }
    }

    /**
     * MALFORMED when what is kept here would be sent to another server than it was given for: whoever changes the address must
     * know the password.
     */
    public static void requireSameServer(DirectoryView before, Map<String, String> after, Set<String> secretsGiven) {
        switch (before.kind()) {
            case LDAP -> requireGiven(before, after, secretsGiven, LdapForm.SERVER, LdapForm.PASSWORD);
            case OIDC -> requireGiven(before, after, secretsGiven, List.of(ISSUER, CLIENT_ID), CLIENT_SECRET);
            case SCIM -> {
                // nothing is sent there
            }
        }
    }

    private static void requireGiven(
            DirectoryView before, Map<String, String> after, Set<String> given, List<String> server, String secret) {
        boolean elsewhere = server.stream()
                .anyMatch(name -> !Objects.equals(before.settings().get(name), after.get(name)));
        if (elsewhere && before.secrets().contains(secret) && !given.contains(secret)) {
            throw Problem.MALFORMED.at(
                    "/secrets/" + secret,
                    "Give it again, or remove it: it is not sent to another server than it was given for.");
        }
    }

    private static String unknown(Kind kind, String name, boolean secret) {
        return secret
                ? name + " is a secret: give it among the secrets."
                : "A directory of kind " + kind + " has the settings "
                        + of(kind).stream().map(Setting::name).sorted().collect(Collectors.joining(", ")) + ".";
    }
}
