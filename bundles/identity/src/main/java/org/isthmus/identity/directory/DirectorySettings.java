// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.directory;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException.FieldError;
import org.isthmus.api.identity.Directories.Kind;

/** What each kind of directory is set up with. */
public final class DirectorySettings {
    /** What is made of the department that a directory names: MATCH puts people into the one of that name. */
    public static final String DEPARTMENTS = "departments";

    /** Other directories whose people log in here, by name. */
    public static final String USERS_OF = "users.of";

    private static final Setting DEPARTMENT_RULE = Setting.optional(
            DEPARTMENTS,
            "IGNORE|MATCH",
            "IGNORE",
            "IGNORE: departments are kept here. MATCH: a person is in the department whose name the directory gives.");

    private static final Map<Kind, List<Setting>> ALL = Map.of(
            Kind.SCIM, List.of(DEPARTMENT_RULE),
            Kind.LDAP, List.of(DEPARTMENT_RULE),
            Kind.OIDC,
                    List.of(
                            DEPARTMENT_RULE,
                            Setting.optional(
                                    USERS_OF,
                                    "[a-z0-9-]{1,63}(, *[a-z0-9-]{1,63}){0,9}",
                                    "",
                                    "The directories whose people log in here, by name, with commas.")));

    private DirectorySettings() {}

    /** What a kind is set up with. */
    public static List<Setting> of(Kind kind) {
        return ALL.get(kind);
    }

    /** MALFORMED, naming everything that is wrong, unless these are settings of that kind. */
    public static void check(Kind kind, Map<String, String> settings, Set<String> secrets) {
        List<FieldError> errors = new ArrayList<>();
        Map<String, Setting> known = of(kind).stream().collect(Collectors.toMap(Setting::name, setting -> setting));
        settings.forEach((name, value) -> {
            Setting setting = known.get(name);
            if (setting == null || setting.secret()) {
                errors.add(new FieldError("/settings/" + name, unknown(kind, name, setting != null)));
            } else if (!setting.form().matcher(value).matches()) {
                errors.add(new FieldError("/settings/" + name, setting.description()));
            }
        });
        secrets.stream()
                .filter(name -> known.get(name) == null || !known.get(name).secret())
                .forEach(name -> errors.add(
                        new FieldError("/secrets/" + name, "A directory of kind " + kind + " has no such secret.")));
        known.values().stream()
                .filter(setting -> setting.required()
                        && !settings.containsKey(setting.name())
                        && !secrets.contains(setting.name()))
                .forEach(setting -> errors.add(new FieldError(
                        (setting.secret() ? "/secrets/" : "/settings/") + setting.name(),
                        "Is needed. " + setting.description())));
        if (!errors.isEmpty()) {
            throw Problem.MALFORMED
                    .because("These are not the settings of a directory of kind %s.", kind)
                    .with(errors);
        }
    }

    private static String unknown(Kind kind, String name, boolean secret) {
        return secret
                ? name + " is a secret: give it among the secrets."
                : "A directory of kind " + kind + " has the settings "
                        + of(kind).stream().map(Setting::name).sorted().collect(Collectors.joining(", ")) + ".";
    }
}
