// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.group;

import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.Groups.CreateGroup;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.GroupId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Declares a group of a directory that does not tell its groups by itself. Nobody is in it until the directory says so. */
@Component(service = CommandHandler.class)
public final class CreateGroupHandler implements CommandHandler<CreateGroup, GroupView> {
    private static final int MOST = 500;

    private final GroupStore groups;
    private final DirectoryStore directories;
    private final RightsCache rights;
    private final Ids ids;

    @Activate
    public CreateGroupHandler(
            @Reference GroupStore groups,
            @Reference DirectoryStore directories,
            @Reference RightsCache rights,
            @Reference Ids ids) {
        this.groups = groups;
        this.directories = directories;
        this.rights = rights;
        this.ids = ids;
    }

    @Override
    public Class<CreateGroup> handles() {
        return CreateGroup.class;
    }

    @Override
    public Plan<GroupView> plan(Caller caller, OrganizationView organization, CreateGroup command) {
        check(organization, command);
        GroupId id = ids.group();
        return Plan.of(GroupChanges.subject(id), change -> {
            rights.change(organization.id(), change);
            DirectoryView directory = check(organization, command);
            GroupView made = new GroupView(
                    id,
                    command.name(),
                    organization.id(),
                    directory.id(),
                    command.externalId(),
                    change.now(),
                    change.caller().username(),
                    change.now(),
                    1);
            groups.insert(made);
            change.event("group.created", GroupChanges.subject(id), Map.of("name", made.name()));
            return made;
        });
    }

    private DirectoryView check(OrganizationView organization, CreateGroup command) {
        DirectoryView directory = directories
                .resolve(organization.id(), command.directory())
                .orElseThrow(() -> Problem.MALFORMED.at(
                        "/directory", "There is no directory " + command.directory() + " in this organization."));
        if (directory.kind() == Kind.SCIM) {
            throw GroupChanges.keptIn(directory, "Each group");
        }
        GroupChanges.requireFree(groups, organization, command.name(), java.util.Optional.empty());
        if (groups.of(directory.id()).size() >= MOST) {
            throw Problem.CONFLICT.because(
                    "The directory %s has %d groups here, which is the most; delete some first.",
                    directory.name(), MOST);
        }
        return directory;
    }
}
