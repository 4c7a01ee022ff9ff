// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.grant;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Grants;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Page;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Grants} for those who may read grants. */
@Component(service = Grants.class)
public final class IdentityGrants implements Grants {
    private final IdentityAccess access;
    private final GrantStore store;
    private final UserStore users;
    private final RightsCache rights;
    private final Clock clock;

    @Activate
    public IdentityGrants(
            @Reference IdentityAccess access,
            @Reference GrantStore store,
            @Reference UserStore users,
            @Reference RightsCache rights,
            @Reference Clock clock) {
        this.access = access;
        this.store = store;
        this.users = users;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public Page<GrantView> list(Caller caller, Ref organization, Query query) {
        OrganizationId in =
                access.require(caller, Action.GRANT_READ, organization).id();
        Rights known = rights.current(in);
        Map<String, String> equal = new HashMap<>(query.equal());
        equal.computeIfPresent(
                "role", (field, named) -> known.role(named).map(Role::key).orElse(named));
        return store.list(in, new Query(equal, query.tag(), query.page())).map(grant -> named(grant, known));
    }

    @Override
    public GrantView get(Caller caller, Ref organization, Ref grant) {
        OrganizationId in =
                access.require(caller, Action.GRANT_READ, organization).id();
        return Optional.of(grant)
                .filter(ref -> ref.isId(GrantId.PREFIX))
                .flatMap(ref -> store.find(in, new GrantId(ref.text())))
                .map(found -> named(found, rights.current(in)))
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no grant %s in this organization.", grant));
    }

    @Override
    public AccessView explain(Caller caller, Ref organization, Ref user, Action action, Optional<Subject> resource) {
        OrganizationView in = access.require(caller, Action.GRANT_READ, organization);
        UserView who = users.resolve(in.id(), user)
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no user %s in this organization.", user));
        Caller asking = as(who, in);
        Access.Decision decision = access.decide(asking, action, Ref.of(in.id()));
        boolean allowed = decision.verdict() == Access.Verdict.ALLOWED;
        List<Reason> because = new ArrayList<>();
        if (who.state() == UserView.State.DISABLED) {
            because.add(Reason.of("the user is disabled"));
        } else if (allowed) {
            access.allowing(asking, action)
                    .forEach(held -> because.add(new Reason(
                            Optional.of(held.grant()),
                            Optional.of(held.role().name()),
                            Optional.of(held.subject()),
                            held.because())));
        }
        if (because.isEmpty()) {
            decision.because().forEach(text -> because.add(Reason.of(text)));
        }
        if (decision.verdict() == Access.Verdict.FORBIDDEN) {
            because.add(Reason.of("roles that have it: " + rolesWith(action, in.id())));
        }
        return new AccessView(allowed, because);
    }

    private String rolesWith(Action action, OrganizationId in) {
        Stream<Role> shipped = Arrays.stream(ShippedRole.values())
                .filter(role -> !role.platformOnly() || in.equals(access.platform()))
                .map(ShippedRole::role);
        String names = Stream.concat(shipped, rights.current(in).ownRoles().stream())
                .filter(role -> role.actions().contains(action))
                .map(Role::name)
                .collect(Collectors.joining(", "));
        return names.isEmpty() ? "none" : names;
    }

    /** A grant as it is shown: its role by the name it has now. */
    static GrantView named(GrantView kept, Rights known) {
        return kept.withRole(known.roleName(kept.role()));
    }

    /** That user as if they asked now, in a session. */
    private Caller as(UserView who, OrganizationView in) {
        return new Caller(
                Caller.Kind.USER,
                Optional.of(who.id()),
                who.username() + "@" + in.name(),
                in.id(),
                Caller.Door.SYSTEM,
                "local",
                "explain-" + clock.millis(),
                Optional.empty(),
                who.mustChangePassword());
    }
}
