// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.identity.Access;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;

/** Everybody may everything in their own organization, but clerks nothing. */
final class FakeAccess implements Access {
    private final Desk desk;

    FakeAccess(Desk desk) {
        this.desk = desk;
    }

    private static boolean isClerk(Caller caller) {
        return caller.username().startsWith("clerk@");
    }

    @Override
    public Optional<Instant> until(Caller caller, Action action, Ref organization, Collection<Resource> things) {
        return Optional.empty();
    }

    @Override
    public Decision decide(Caller caller, Action action, Ref organization) {
        if (!organization.text().equals(caller.organization().value())) {
            return new Decision(Verdict.ABSENT, Optional.empty(), List.of());
        }
        return new Decision(
                isClerk(caller) ? Verdict.FORBIDDEN : Verdict.ALLOWED,
                Optional.of(view(caller.organization())),
                List.of());
    }

    private static OrganizationView view(OrganizationId id) {
        return new OrganizationView(
                id, new Name("bakery"), "Bakery", Optional.empty(), Policy.DEFAULT, Instant.EPOCH, "root", 1);
    }

    @Override
    public List<DepartmentId> departments(OrganizationId organization, Ref named) {
        return List.of(new DepartmentId(named.text()));
    }

    @Override
    public void requireStepUp(Caller caller, OrganizationView organization) {
        // nobody has a second factor here
    }

    @Override
    public List<DepartmentId> departments(Caller caller) {
        return List.of();
    }

    @Override
    public Visibility visible(Caller caller, Action action) {
        return new Visibility(false, isClerk(caller) ? Set.of() : Set.of(caller.organization()));
    }

    @Override
    public OrganizationId platform() {
        return desk.platform;
    }
}
