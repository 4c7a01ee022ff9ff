// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.directory;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;

/** A directory with its secrets open. */
public record Directory(DirectoryView view, Map<String, Secret> secrets) {
    public Directory {
        secrets = Map.copyOf(secrets);
    }

    public DirectoryId id() {
        return view.id();
    }

    public OrganizationId organization() {
        return view.organization();
    }

    /** What it is set up with, or what holds otherwise. */
    public Optional<String> setting(String name) {
        return setting(view, name);
    }

    /** The same of its view. */
    public static Optional<String> setting(DirectoryView view, String name) {
        return Optional.ofNullable(view.settings().get(name)).or(() -> DirectorySettings.of(view.kind()).stream()
                .filter(setting -> setting.name().equals(name))
                .findFirst()
                .flatMap(Setting::fallback));
    }

    /** Whether the departments of its people come from it. */
    public static boolean ownsDepartments(DirectoryView view) {
        return setting(view, DirectorySettings.DEPARTMENTS)
                .filter("MATCH"::equals)
                .isPresent();
    }

    /** Departments have plain names: a directory's Research Lab is research-lab here. Empty for what can be none. */
    public static String department(String text) {
        return text.strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-|-$", "");
    }

    /** Whether a department's name says who is in it, by any directory of these. */
    public static boolean namesMatter(List<DirectoryView> directories) {
        return directories.stream().anyMatch(Directory::ownsDepartments);
    }

    /** The names of the other directories whose people log in here. */
    public static List<String> usersOf(DirectoryView view) {
        return setting(view, DirectorySettings.USERS_OF).stream()
                .flatMap(text -> Arrays.stream(text.split(",")))
                .map(String::strip)
                .toList();
    }

    public Optional<Secret> secret(String name) {
        return Optional.ofNullable(secrets.get(name));
    }

    /** It, telling who is there. */
    public static Caller caller(
            DirectoryView view, Name organization, Caller.Door door, String address, String requestId) {
        return Caller.directory(
                view.id(), view.name().value(), view.organization(), organization.value(), door, address, requestId);
    }
}
