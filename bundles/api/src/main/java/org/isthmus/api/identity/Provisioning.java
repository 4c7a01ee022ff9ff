// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What directories tell, as commands, and what they see of it. Only a caller that is this very directory passes, and only for
 * its own people and groups; others are not there for it.
 */
@ProviderType
public interface Provisioning {
    /** The longest name of a person. */
    int MOST_NAME = 200;

    /** The longest external id. */
    int MOST_EXTERNAL_ID = 200;

    /**
     * Some of what there is.
     *
     * @param total how many there are in all
     */
    record Found<V>(List<V> items, long total) {
        public Found {
            items = List.copyOf(items);
        }
    }

    /**
     * Which people: those of whom all that is given is true.
     *
     * @param username what the directory calls their login, in whatever case
     * @param active as the directory said
     */
    record People(Optional<String> username, Optional<String> externalId, Optional<Boolean> active) {
        public static final People ALL = new People(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Somebody in a group. */
    record MemberView(UserId user, String username, Optional<String> displayName) {}

    /**
     * The calling directory's people, by username.
     *
     * @param offset how many to leave out
     * @throws org.isthmus.api.ProblemException NOT_FOUND unless the caller is an enabled directory of that organization
     */
    Found<UserView> people(Caller caller, Ref organization, People which, long offset, int most);

    /** One of them. */
    Optional<UserView> person(Caller caller, Ref organization, UserId user);

    /** Its groups, by id. */
    Found<GroupView> groups(
            Caller caller, Ref organization, Optional<String> name, Optional<String> externalId, long offset, int most);

    /** One of them. */
    Optional<GroupView> group(Caller caller, Ref organization, GroupId group);

    /** Who is in these groups of its, by username. */
    Map<GroupId, List<MemberView>> members(Caller caller, Ref organization, Set<GroupId> groups);

    /** Which of its groups these people are in. */
    Map<UserId, List<GroupView>> groupsOf(Caller caller, Ref organization, Set<UserId> users);

    /** A command of a directory. */
    interface ByDirectory<R> extends Command<R> {
        @Override
        default Action action() {
            return Action.DIRECTORY_PROVISION;
        }
    }

    /**
     * A person as their directory knows them.
     *
     * @param externalId what it calls them itself; never changes once it is known
     * @param nameThere what it calls their login, which can be more than a username here is
     * @param department by its name; the setting of that name says what comes of it
     */
    record PersonData(
            Optional<String> externalId,
            String nameThere,
            String username,
            String email,
            Optional<String> displayName,
            Optional<String> givenName,
            Optional<String> familyName,
            boolean active,
            Optional<String> department) {
        /** Whose login is called the same there as here. */
        public PersonData(
                Optional<String> externalId,
                String username,
                String email,
                Optional<String> displayName,
                Optional<String> givenName,
                Optional<String> familyName,
                boolean active,
                Optional<String> department) {
            this(externalId, username, username, email, displayName, givenName, familyName, active, department);
        }

        public PersonData {
            checked(Optional.of(nameThere), MOST_NAME, "The name of a login");
            if (!Users.USERNAME.matcher(username).matches()) {
                throw new IllegalArgumentException(
                        "A username is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit.");
            }
            if (!Users.EMAIL.matcher(email).matches()) {
                throw new IllegalArgumentException("An e-mail address is written like name@example.org.");
            }
            checked(externalId, MOST_EXTERNAL_ID, "An external id");
            checked(displayName, MOST_NAME, "A display name");
            checked(givenName, MOST_NAME, "A given name");
            checked(familyName, MOST_NAME, "A family name");
            checked(department, MOST_NAME, "A department");
        }

        private static void checked(Optional<String> text, int most, String what) {
            if (text.filter(one ->
                            one.isBlank() || one.length() > most || one.chars().anyMatch(Character::isISOControl))
                    .isPresent()) {
                throw new IllegalArgumentException(what + " is 1 to " + most + " characters that print.");
            }
        }
    }

    /**
     * Makes a person or changes one. A person without a password here: they log in where their directory says. Who is not
     * active loses sessions and tokens at once.
     *
     * @param user which one; absent makes one
     * @param version of the one that is changed; absent: whatever it is
     */
    record PutPerson(
            Ref organization, DirectoryId directory, Optional<UserId> user, Optional<Long> version, PersonData data)
            implements ByDirectory<UserView> {
        @Override
        public Subject about() {
            return user.map(id -> Subject.of("user", id)).orElseGet(() -> new Subject("user", data.username()));
        }
    }

    /** A person is there no more: deleted here too. */
    record RemovePerson(Ref organization, DirectoryId directory, UserId user, Optional<Long> version)
            implements ByDirectory<UserView> {
        @Override
        public Subject about() {
            return Subject.of("user", user);
        }
    }

    /**
     * Who comes into a group and who leaves it. People of the directory only.
     *
     * @param all true: those to add are all there are
     */
    record Members(Set<UserId> add, Set<UserId> remove, boolean all) {
        public Members {
            add = Set.copyOf(add);
            remove = Set.copyOf(remove);
        }

        /** These and nobody else. */
        public static Members exactly(Set<UserId> people) {
            return new Members(people, Set.of(), true);
        }
    }

    /**
     * Makes a group or renames one.
     *
     * @param group which one; absent makes one
     * @param version of the one that is changed; absent: whatever it is
     * @param members who comes and leaves in the same change; absent: nobody
     */
    record PutGroup(
            Ref organization,
            DirectoryId directory,
            Optional<GroupId> group,
            Optional<Long> version,
            String name,
            Optional<String> externalId,
            Optional<Members> members)
            implements ByDirectory<GroupView> {
        /** Whose members stay as they are. */
        public PutGroup(
                Ref organization,
                DirectoryId directory,
                Optional<GroupId> group,
                Optional<Long> version,
                String name,
                Optional<String> externalId) {
            this(organization, directory, group, version, name, externalId, Optional.empty());
        }

        @Override
        public Subject about() {
            return group.map(id -> Subject.of("group", id)).orElseGet(() -> new Subject("group", name));
        }
    }

    /**
     * Who comes into a group and who leaves it. People of the directory only.
     *
     * @param all true: those to add are all there are
     */
    record SetMembers(
            Ref organization,
            DirectoryId directory,
            GroupId group,
            Optional<Long> version,
            Set<UserId> add,
            Set<UserId> remove,
            boolean all)
            implements ByDirectory<GroupView> {
        public SetMembers {
            add = Set.copyOf(add);
            remove = Set.copyOf(remove);
        }

        @Override
        public Subject about() {
            return Subject.of("group", group);
        }
    }

    /** The groups of this directory that a person is in, all of them. */
    record SetGroupsOf(Ref organization, DirectoryId directory, UserId user, Set<GroupId> groups)
            implements ByDirectory<UserView> {
        public SetGroupsOf {
            groups = Set.copyOf(groups);
        }

        @Override
        public Subject about() {
            return Subject.of("user", user);
        }
    }

    /** A group is there no more. */
    record RemoveGroup(Ref organization, DirectoryId directory, GroupId group, Optional<Long> version)
            implements ByDirectory<GroupView> {
        @Override
        public Subject about() {
            return Subject.of("group", group);
        }
    }
}
