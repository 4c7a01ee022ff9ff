// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Departments;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;

/** Stand-ins for identity and audit that keep what they are told. */
public final class Fakes {
    private Fakes() {}

    /** An organization of that name that nothing is known of. */
    public static OrganizationView view(String name) {
        return new OrganizationView(
                new OrganizationId("org_00000000-0000-4000-8000-000000000001"),
                new Name(name),
                name,
                Optional.empty(),
                Policy.DEFAULT,
                Instant.EPOCH,
                "test",
                1);
    }

    /** Everybody may do everything in their own organization, but for what is taken from them. */
    public static final class FakeAccess implements Access {
        private final Ids ids;
        private final OrganizationId platform;
        private final Map<String, OrganizationView> byName = new HashMap<>();
        private final Map<String, Set<Action>> taken = new HashMap<>();
        private final Map<String, Caller> people = new HashMap<>();
        private final Map<String, Instant> ends = new ConcurrentHashMap<>();
        private final Map<String, UserId> keys = new HashMap<>();
        private final Map<String, DepartmentId> homes = new HashMap<>();
        private final Map<String, Map<Subject, String>> limited = new HashMap<>();
        private final Map<String, Action> everywhere = new HashMap<>();
        private final Map<String, Caller> users = new HashMap<>();
        private final Map<String, DepartmentView> departments = new HashMap<>();
        private final Map<Caller, List<DepartmentId>> members = new ConcurrentHashMap<>();
        private final Set<String> disarmed = new HashSet<>();

        public FakeAccess(Ids ids) {
            this.ids = ids;
            this.platform = organization("platform", Policy.DEFAULT).id();
        }

        public OrganizationView organization(String name, Policy policy) {
            OrganizationView view = new OrganizationView(
                    byName.containsKey(name) ? byName.get(name).id() : ids.organization(),
                    new Name(name),
                    name,
                    Optional.empty(),
                    policy,
                    Instant.EPOCH,
                    "test",
                    1);
            byName.put(name, view);
            return view;
        }

        public OrganizationId organization(String name) {
            return byName.get(name).id();
        }

        public Caller user(String name, String organization) {
            Caller made = new Caller(
                    Caller.Kind.USER,
                    Optional.of(ids.user()),
                    name + "@" + organization,
                    byName.get(organization).id(),
                    Caller.Door.REST,
                    "192.0.2.7",
                    "req-1",
                    Optional.empty(),
                    false);
            users.put(name, made);
            return made;
        }

        public DepartmentId department(String name, String organization) {
            DepartmentView made = new DepartmentView(
                    ids.department(),
                    new Name(name),
                    byName.get(organization).id(),
                    Optional.empty(),
                    Instant.EPOCH,
                    "test",
                    1);
            departments.put(name, made);
            return made.id();
        }

        /** From now on the user is in the first of these, which is in the second, and so on. */
        public void move(Caller user, DepartmentId... upwards) {
            members.put(user, List.of(upwards));
        }

        /** The users there are, for whoever names one. */
        public Users users() {
            return new Users() {
                @Override
                public Page<UserView> list(Caller caller, Ref organization, Query query) {
                    return Page.last(users.entrySet().stream()
                            .filter(each ->
                                    each.getValue().organization().value().equals(organization.text()))
                            .map(each -> view(each.getKey(), each.getValue()))
                            .toList());
                }

                @Override
                public UserView get(Caller caller, Ref organization, Ref ref) {
                    return users.entrySet().stream()
                            .filter(each -> each.getKey().equals(ref.text())
                                    || each.getValue()
                                            .user()
                                            .orElseThrow()
                                            .value()
                                            .equals(ref.text()))
                            .map(each -> view(each.getKey(), each.getValue()))
                            .findFirst()
                            .orElseThrow(() -> Problem.NOT_FOUND.because("There is no user %s.", ref));
                }

                @Override
                public Optional<UserView> find(UserId user) {
                    return users.entrySet().stream()
                            .filter(each -> each.getValue().user().equals(Optional.of(user)))
                            .map(each -> view(each.getKey(), each.getValue()))
                            .findFirst();
                }
            };
        }

        private static UserView view(String name, Caller user) {
            return new UserView(
                    user.user().orElseThrow(),
                    name,
                    name,
                    user.organization(),
                    name + "@example.org",
                    Optional.empty(),
                    UserView.Kind.PERSON,
                    UserView.State.ACTIVE,
                    false,
                    Instant.EPOCH,
                    "test",
                    1);
        }

        /** The departments there are, for whoever names one. */
        public Departments departments() {
            return new Departments() {
                @Override
                public Page<DepartmentView> list(Caller caller, Ref organization, Query query) {
                    throw new UnsupportedOperationException("nobody lists departments here");
                }

                @Override
                public DepartmentView get(Caller caller, Ref organization, Ref ref) {
                    return departments.values().stream()
                            .filter(each -> each.name().value().equals(ref.text())
                                    || each.id().value().equals(ref.text()))
                            .findFirst()
                            .orElseThrow(() -> Problem.NOT_FOUND.because("There is no department %s.", ref));
                }
            };
        }

        /** What that caller makes belongs to this department. */
        public void homeOf(Caller caller, DepartmentId department) {
            homes.put(caller.username(), department);
        }

        /** From now on that caller's rights hold in these parts only. */
        public void limit(Caller caller, Subject... to) {
            Map<Subject, String> parts = new HashMap<>();
            for (Subject part : to) {
                parts.put(part, "limited to " + part.kind() + " " + part.id());
            }
            limited.put(caller.username(), parts);
        }

        /** But this one holds everywhere. */
        public void mayEverywhere(Caller caller, Action action) {
            everywhere.put(caller.username(), action);
        }

        @Override
        public Reach reach(Caller caller, Action action, Ref organization) {
            Decision decision = allowed(caller, action, organization);
            OrganizationView view = decision.organization().orElseThrow();
            return limited.containsKey(caller.username()) && everywhere.get(caller.username()) != action
                    ? new Reach(view, false, List.of(), limited.get(caller.username()))
                    : Reach.everywhere(view, decision.because());
        }

        /** What that caller may ends then. */
        public void ends(Caller caller, Instant until) {
            ends.put(caller.username(), until);
        }

        @Override
        public Optional<Instant> until(Caller caller, Action action, Ref organization, Collection<Resource> things) {
            return Optional.ofNullable(ends.get(caller.username()));
        }

        public void take(Caller caller, Action... actions) {
            taken.put(caller.username(), Set.of(actions));
        }

        /** Behind that service account is this person. */
        public void responsible(Caller service, Caller person) {
            people.put(service.username(), person);
        }

        /** Somebody could be that user. */
        public void keys(Caller of, Caller from) {
            keys.put(of.username(), from.user().orElseThrow());
        }

        /** They must make a second factor before they may anything. */
        public void disarm(Caller caller) {
            disarmed.add(caller.username());
        }

        @Override
        public Hands hands(Caller caller, Duration kept) {
            Set<UserId> all = new HashSet<>(caller.user().stream().toList());
            Optional.ofNullable(people.get(caller.username()))
                    .flatMap(Caller::user)
                    .ifPresent(all::add);
            if (!kept.isZero()) {
                Optional.ofNullable(keys.get(caller.username())).ifPresent(all::add);
            }
            return new Hands(!people.containsKey(caller.username()), all);
        }

        @Override
        public Decision decide(Caller caller, Action action, Ref organization) {
            Optional<OrganizationView> found = byName.values().stream()
                    .filter(view -> view.name().value().equals(organization.text())
                            || view.id().value().equals(organization.text()))
                    .findFirst();
            boolean member = found.isPresent()
                    && (caller.kind() != Caller.Kind.USER || found.get().id().equals(caller.organization()));
            if (!member) {
                return new Decision(Verdict.ABSENT, Optional.empty(), List.of("no member"));
            }
            if (disarmed.contains(caller.username())) {
                return new Decision(Verdict.SECOND_FACTOR_NEEDED, found, List.of("no second factor"));
            }
            if (taken.getOrDefault(caller.username(), Set.of()).contains(action)) {
                return new Decision(Verdict.FORBIDDEN, found, List.of("taken away"));
            }
            return new Decision(Verdict.ALLOWED, found, List.of("everybody may"));
        }

        @Override
        public List<DepartmentId> departments(OrganizationId organization, Ref named) {
            return List.of(new DepartmentId(named.text()));
        }

        @Override
        public void requireStepUp(Caller caller, OrganizationView organization) {
            if (organization.policy().requireMfa() == Policy.Mfa.STEP_UP
                    && !caller.proof().lasting()) {
                throw IdentityProblem.STEP_UP_NEEDED.because("Prove it again.");
            }
        }

        @Override
        public List<DepartmentId> departments(Caller caller) {
            List<DepartmentId> given = members.getOrDefault(caller, List.of());
            return given.isEmpty()
                    ? Optional.ofNullable(homes.get(caller.username())).stream().toList()
                    : given;
        }

        @Override
        public Visibility visible(Caller caller, Action action) {
            boolean lacking = taken.getOrDefault(caller.username(), Set.of()).contains(action);
            return new Visibility(
                    caller.kind() != Caller.Kind.USER, lacking ? Set.of() : Set.of(caller.organization()));
        }

        @Override
        public OrganizationId platform() {
            return platform;
        }
    }

    /** Keeps facts in a list; forgets nothing, also not what was rolled back. */
    public static final class FakeAudit implements AuditLog {
        private final Ids ids;
        public final List<Fact> facts = Collections.synchronizedList(new ArrayList<>());

        public FakeAudit(Ids ids) {
            this.ids = ids;
        }

        @Override
        public AuditEntryId append(Fact fact) {
            facts.add(fact);
            return ids.auditEntry();
        }

        public List<String> told() {
            synchronized (facts) {
                return facts.stream()
                        .map(fact -> fact.kind() + " " + fact.action() + " " + fact.result())
                        .toList();
            }
        }
    }
}
