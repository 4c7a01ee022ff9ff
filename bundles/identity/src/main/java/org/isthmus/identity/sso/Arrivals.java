// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import static org.isthmus.identity.directory.DirectorySettings.CLAIM_USERNAME;
import static org.isthmus.identity.directory.DirectorySettings.CREATE_USERS;
import static org.isthmus.identity.directory.DirectorySettings.USERNAME_DOMAIN;
import static org.isthmus.identity.directory.DirectorySettings.USERS_MATCH;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Caller;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Provisioning;
import org.isthmus.api.identity.Provisioning.PersonData;
import org.isthmus.api.identity.Provisioning.PutPerson;
import org.isthmus.api.identity.Provisioning.SetGroupsOf;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.directory.Gates;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;

/** Finds the user here whom a provider lets in, made or brought up to date through the gate, and puts them into their groups. */
final class Arrivals {
    private final UserStore users;
    private final GroupStore groups;
    private final DirectoryStore directories;
    private final Gates gates;

    Arrivals(UserStore users, GroupStore groups, DirectoryStore directories, Gates gates) {
        this.users = users;
        this.groups = groups;
        this.directories = directories;
        this.gates = gates;
    }

    /** @param caller the directory, telling who is there */
    UserId user(Directory directory, Caller caller, Signed who) {
        DirectoryView view = directory.view();
        Optional<UserView> known = users.external(view.organization(), view.id(), who.subject());
        Optional<UserView> elsewhere = known.isPresent() ? Optional.empty() : elsewhere(directory, who);
        if (elsewhere.isPresent()) {
            follow(view, caller, elsewhere.get().id(), who.groups());
            return elsewhere.get().id();
        }
        if (known.isEmpty() && !directory.setting(CREATE_USERS).orElse("true").equals("true")) {
            throw new Untrusted(Refusal.UNKNOWN_PERSON, who.username().orElse(who.subject()));
        }
        if (known.filter(user -> user.state() != UserView.State.ACTIVE).isPresent()) {
            throw new Untrusted(Refusal.NOT_ACTIVE, known.get().username());
        }
        UserView user = told(view, caller, known, data(directory, who, known));
        follow(view, caller, user.id(), who.groups());
        return user.id();
    }

    /** Somebody another directory keeps whose people log in here. */
    private Optional<UserView> elsewhere(Directory directory, Signed who) {
        boolean byUsername =
                directory.setting(USERS_MATCH).filter("USERNAME"::equals).isPresent();
        for (String name : Directory.usersOf(directory.view())) {
            Optional<DirectoryId> other =
                    directories.resolve(directory.organization(), new Ref(name)).map(DirectoryView::id);
            Optional<UserView> found = other.flatMap(id -> byUsername
                    ? who.username().flatMap(claimed -> named(directory, id, claimed))
                    : who.external().flatMap(text -> users.external(directory.organization(), id, text)));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /**
     * Whose username that is. Of an address only where it is theirs, or its domain the one that says so: what is before the at
     * is anybody's who has an address somewhere.
     */
    private Optional<UserView> named(Directory directory, DirectoryId other, String claimed) {
        Optional<String> own = username(directory, claimed);
        return own.or(() -> Optional.of(local(claimed)))
                .filter(text -> Users.USERNAME.matcher(text).matches())
                .flatMap(text -> users.named(directory.organization(), text))
                .filter(user -> user.kept()
                        .filter(kept -> kept.directory().equals(other))
                        .isPresent())
                .filter(user -> own.isPresent() || user.email().equalsIgnoreCase(claimed));
    }

    private static PersonData data(Directory directory, Signed who, Optional<UserView> known) {
        String username = who.username()
                .flatMap(claimed -> username(directory, claimed))
                .or(() -> known.map(UserView::username))
                .orElseThrow(() -> new Untrusted(Refusal.CLAIMS, nameless(directory, who)));
        String email = who.email()
                .or(() -> known.map(UserView::email))
                .orElseThrow(() -> new Untrusted(Refusal.CLAIMS, "no confirmed e-mail address"));
        try {
            return new PersonData(
                    Optional.of(who.subject()),
                    username,
                    email,
                    who.name().filter(text -> text.length() <= Provisioning.MOST_NAME),
                    Optional.empty(),
                    Optional.empty(),
                    true,
                    Optional.empty());
        } catch (IllegalArgumentException e) {
            throw new Untrusted(Refusal.CLAIMS, e.getMessage());
        }
    }

    private static String nameless(Directory directory, Signed who) {
        return who.username()
                .map(claimed -> "the username " + claimed + " is an address: set "
                        + (directory.setting(USERNAME_DOMAIN).isEmpty()
                                ? USERNAME_DOMAIN + " to the domain whose people come in, or "
                                : "")
                        + CLAIM_USERNAME + " to a claim without a domain")
                .orElse("no username: set " + CLAIM_USERNAME + " to a claim that the provider sends");
    }

    /** A claim as a username: of an address of the one domain that is set what is before the at, of any other nothing. */
    private static Optional<String> username(Directory directory, String claimed) {
        int at = claimed.indexOf('@');
        boolean ours = at < 0
                || directory
                        .setting(USERNAME_DOMAIN)
                        .filter(domain -> domain.equalsIgnoreCase(claimed.substring(at + 1)))
                        .isPresent();
        return Optional.of(local(claimed)).filter(any -> ours);
    }

    private static String local(String claimed) {
        int at = claimed.indexOf('@');
        return (at < 0 ? claimed : claimed.substring(0, at)).toLowerCase(Locale.ROOT);
    }

    private UserView told(DirectoryView view, Caller caller, Optional<UserView> known, PersonData data) {
        boolean same = known.filter(user -> user.username().equals(data.username())
                        && user.email().equals(data.email())
                        && user.displayName().equals(data.displayName()))
                .isPresent();
        return same
                ? known.get()
                : submit(
                        caller,
                        new PutPerson(
                                Ref.of(view.organization()),
                                view.id(),
                                known.map(UserView::id),
                                Optional.empty(),
                                data));
    }

    /** Only groups that were declared here count: what else the provider names gives nothing. */
    private void follow(DirectoryView view, Caller caller, UserId user, List<String> named) {
        Set<String> claimed = new HashSet<>(named);
        List<GroupView> declared = groups.of(view.id());
        Set<GroupId> wanted = declared.stream()
                .filter(group -> claimed.contains(group.externalId().orElse(group.name())))
                .map(GroupView::id)
                .collect(Collectors.toSet());
        Map<UserId, List<GroupView>> now = groups.groupsOf(view.id(), Set.of(user));
        Set<GroupId> there = now.get(user).stream().map(GroupView::id).collect(Collectors.toSet());
        if (!wanted.equals(there)) {
            submit(caller, new SetGroupsOf(Ref.of(view.organization()), view.id(), user, wanted));
        }
    }

    private <R> R submit(Caller caller, Command<R> command) {
        try {
            return gates.gate().call(gate -> gate.submit(caller, command).result());
        } catch (ProblemException refused) {
            if (refused.type().status() >= 500) {
                throw refused;
            }
            throw new Untrusted(Refusal.PROVISIONING, String.valueOf(refused.getMessage()));
        }
    }
}
