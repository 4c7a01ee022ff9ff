// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.provision;

import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Groups;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Provisioning.PutGroup;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.group.GroupChanges;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.GroupId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Makes a group of a directory, or renames one. */
@Component(service = CommandHandler.class)
public final class PutGroupHandler implements CommandHandler<PutGroup, GroupView> {
    private static final int MOST = 5000;

    private final Told told;
    private final GroupStore groups;
    private final Memberships memberships;
    private final RightsCache rights;
    private final Ids ids;

    @Activate
    public PutGroupHandler(
            @Reference Told told,
            @Reference GroupStore groups,
            @Reference Memberships memberships,
            @Reference RightsCache rights,
            @Reference Ids ids) {
        this.told = told;
        this.groups = groups;
        this.memberships = memberships;
        this.rights = rights;
        this.ids = ids;
    }

    @Override
    public Class<PutGroup> handles() {
        return PutGroup.class;
    }

    @Override
    public Plan<GroupView> plan(Caller caller, OrganizationView organization, PutGroup command) {
        if (command.name().isBlank() || command.name().length() > Groups.MOST_NAME) {
            throw Problem.MALFORMED.at("/name", "A group's name is 1 to " + Groups.MOST_NAME + " characters.");
        }
        GroupId id = command.group().orElseGet(ids::group);
        check(caller, organization, command, id);
        return Plan.of(GroupChanges.subject(id), change -> {
            Rights before = rights.change(organization.id(), change);
            DirectoryView directory = check(caller, organization, command, id);
            Optional<Memberships.Moves> moves = command.members().map(members -> {
                Memberships.Moves real = memberships.moves(id, members);
                memberships.requireApart(before, id, real.in(), change.now());
                return real;
            });
            Optional<GroupView> present = command.group().map(group -> told.group(directory, group, command.version()));
            GroupView wanted = new GroupView(
                    id,
                    command.name(),
                    organization.id(),
                    directory.id(),
                    command.externalId(),
                    present.map(GroupView::createdAt).orElse(change.now()),
                    present.map(GroupView::createdBy).orElse(change.caller().username()),
                    change.now(),
                    present.map(GroupView::version).orElse(0L) + 1);
            if (present.isPresent()) {
                groups.change(wanted);
            } else {
                groups.insert(wanted);
            }
            change.event(
                    present.isPresent() ? "group.changed" : "group.created",
                    GroupChanges.subject(id),
                    Map.of("name", wanted.name()));
            return moves.isEmpty()
                    ? wanted
                    : memberships.change(
                            change,
                            organization,
                            before,
                            wanted,
                            moves.get().in(),
                            moves.get().out());
        });
    }

    private DirectoryView check(Caller caller, OrganizationView organization, PutGroup command, GroupId id) {
        DirectoryView directory = told.directory(caller, organization.id(), command.directory());
        command.group().ifPresent(group -> told.group(directory, group, command.version()));
        command.members().ifPresent(members -> told.requireFollowers(directory, members.add()));
        GroupChanges.requireFree(groups, organization, command.name(), Optional.of(id));
        if (command.group().isEmpty() && groups.of(directory.id()).size() >= MOST) {
            throw Problem.CONFLICT.because("A directory has at most %d groups here.", MOST);
        }
        return directory;
    }
}
