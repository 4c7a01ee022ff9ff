// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.provision;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Provisioning;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Provisioning}: a directory sees what it told. */
@Component(service = Provisioning.class)
public final class IdentityProvisioning implements Provisioning {
    private final IdentityAccess access;
    private final Told told;
    private final UserStore users;
    private final GroupStore groups;

    @Activate
    public IdentityProvisioning(
            @Reference IdentityAccess access,
            @Reference Told told,
            @Reference UserStore users,
            @Reference GroupStore groups) {
        this.access = access;
        this.told = told;
        this.users = users;
        this.groups = groups;
    }

    @Override
    public Found<UserView> people(Caller caller, Ref organization, People which, long offset, int most) {
        DirectoryView directory = directory(caller, organization);
        return users.people(directory.organization(), directory.id(), which, offset, most);
    }

    @Override
    public Optional<UserView> person(Caller caller, Ref organization, UserId user) {
        DirectoryView directory = directory(caller, organization);
        return users.resolve(directory.organization(), Ref.of(user)).filter(found -> found.kept()
                .filter(kept -> kept.directory().equals(directory.id()))
                .isPresent());
    }

    @Override
    public Found<GroupView> groups(
            Caller caller,
            Ref organization,
            Optional<String> name,
            Optional<String> externalId,
            long offset,
            int most) {
        DirectoryView directory = directory(caller, organization);
        List<GroupView> all = groups.of(directory.id()).stream()
                .filter(group ->
                        name.map(text -> text.equalsIgnoreCase(group.name())).orElse(true))
                .filter(group -> externalId
                        .map(text -> group.externalId().filter(text::equals).isPresent())
                        .orElse(true))
                .toList();
        return new Found<>(all.stream().skip(offset).limit(most).toList(), all.size());
    }

    @Override
    public Optional<GroupView> group(Caller caller, Ref organization, GroupId group) {
        DirectoryView directory = directory(caller, organization);
        return groups.find(directory.organization(), group)
                .filter(found -> found.directory().equals(directory.id()));
    }

    @Override
    public Map<GroupId, List<MemberView>> members(Caller caller, Ref organization, Set<GroupId> named) {
        return groups.membersOf(directory(caller, organization).id(), named);
    }

    @Override
    public Map<UserId, List<GroupView>> groupsOf(Caller caller, Ref organization, Set<UserId> named) {
        return groups.groupsOf(directory(caller, organization).id(), named);
    }

    private DirectoryView directory(Caller caller, Ref organization) {
        OrganizationView in = access.require(caller, Action.DIRECTORY_PROVISION, organization);
        return told.directory(
                caller,
                in.id(),
                caller.directory().orElseThrow(() -> Problem.FORBIDDEN.because("Only directories do this.")));
    }
}
