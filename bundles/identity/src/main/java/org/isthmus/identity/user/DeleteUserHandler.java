// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.DeleteUser;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DepartmentId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Deletes a user with their grants, sessions and tokens; never the last administrator. */
@Component(service = CommandHandler.class)
public final class DeleteUserHandler implements CommandHandler<DeleteUser, UserView> {
    private final UserStore users;
    private final DirectoryStore directories;
    private final Removal removal;
    private final RightsCache rights;
    private final Clock clock;

    @Activate
    public DeleteUserHandler(
            @Reference UserStore users,
            @Reference DirectoryStore directories,
            @Reference Removal removal,
            @Reference RightsCache rights,
            @Reference Clock clock) {
        this.users = users;
        this.directories = directories;
        this.removal = removal;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public Class<DeleteUser> handles() {
        return DeleteUser.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, DeleteUser command, Optional<DepartmentId> department) {
        return UserRefs.touched(users, organization.id(), command.user());
    }

    @Override
    public Plan<UserView> plan(Caller caller, OrganizationView organization, DeleteUser command) {
        UserView user = UserRefs.need(users, organization.id(), command.user());
        KeptElsewhere.refuse(directories, user, "The account");
        Rights current = rights.current(organization.id());
        UserRefs.refuseOrphan(current.orphaned(current.withoutUser(user.id()), clock.instant()));
        Subject subject = Subject.of("user", user.id());
        return Plan.<UserView>of(subject, change -> {
                    Rights before = rights.change(organization.id(), change);
                    UserView gone = UserRefs.need(users, organization.id(), Ref.of(user.id()));
                    KeptElsewhere.refuse(directories, gone, "The account");
                    UserRefs.refuseOrphan(before.orphaned(before.withoutUser(user.id()), change.now()));
                    removal.remove(organization.id(), user.id());
                    change.event("user.deleted", subject, Map.of("username", gone.username()));
                    return gone;
                })
                .destroying();
    }
}
