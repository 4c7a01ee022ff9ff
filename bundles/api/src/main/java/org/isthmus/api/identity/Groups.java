// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Listing;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Page;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Groups of directories. Roles are granted to them; who is in them only their directory says. Filters: {@code name,
 * directory, externalId}.
 */
@ProviderType
public interface Groups extends Listing<Groups.GroupView> {
    /** The longest name. */
    int MOST_NAME = 200;

    /** The longest external id: a distinguished name can be long. */
    int MOST_EXTERNAL_ID = 500;

    /**
     * A group.
     *
     * @param name one of a kind in its organization
     * @param externalId what its directory calls it in logins and answers; absent: its name
     * @param changedAt when its name, its external id or who is in it changed last
     */
    record GroupView(
            GroupId id,
            String name,
            OrganizationId organization,
            DirectoryId directory,
            Optional<String> externalId,
            Instant createdAt,
            String createdBy,
            Instant changedAt,
            long version) {}

    /** Who is in a group, by username. Filters: none. */
    Page<UserView> members(Caller caller, Ref organization, Ref group, Query query);

    private static String checkedName(String text) {
        return checked(text, MOST_NAME, "A group's name");
    }

    private static String checkedExternalId(String text) {
        return checked(text, MOST_EXTERNAL_ID, "An external id");
    }

    private static String checked(String text, int most, String what) {
        if (text.isBlank() || text.length() > most || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    what + " is 1 to " + most + " characters that print, and not only spaces.");
        }
        return text;
    }

    /** Declares a group of a directory, so that its members are followed and roles can be granted to it. */
    record CreateGroup(Ref organization, String name, Ref directory, Optional<String> externalId)
            implements Command<GroupView> {
        public CreateGroup {
            Groups.checkedName(name);
            externalId.ifPresent(Groups::checkedExternalId);
        }

        @Override
        public Action action() {
            return Action.DIRECTORY_MANAGE;
        }

        @Override
        public Subject about() {
            return new Subject("group", name);
        }
    }

    /** Renames a group that was declared here. KEPT_ELSEWHERE when its directory names it. */
    record ChangeGroup(
            Ref organization, Ref group, long version, Optional<String> name, Optional<Optional<String>> externalId)
            implements Command<GroupView> {
        public ChangeGroup {
            name.ifPresent(Groups::checkedName);
            externalId.flatMap(id -> id).ifPresent(Groups::checkedExternalId);
        }

        @Override
        public Action action() {
            return Action.DIRECTORY_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("group", group);
        }
    }

    /** Deletes a group that was declared here. IN_USE while something is granted to it. */
    record DeleteGroup(Ref organization, Ref group) implements Command<GroupView> {
        @Override
        public Action action() {
            return Action.DIRECTORY_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("group", group);
        }
    }
}
