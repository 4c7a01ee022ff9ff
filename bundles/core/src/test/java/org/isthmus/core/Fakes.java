// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;

/** Stand-ins for identity and audit that keep what they are told. */
public final class Fakes {
    private Fakes() {}

    /** Everybody may do everything in their own organization, but for what is taken from them. */
    public static final class FakeAccess implements Access {
        private final Ids ids;
        private final OrganizationId platform;
        private final Map<String, OrganizationView> byName = new HashMap<>();
        private final Map<String, Set<Action>> taken = new HashMap<>();
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

        public Caller user(String name, String organization) {
            return new Caller(
                    Caller.Kind.USER,
                    Optional.of(ids.user()),
                    name + "@" + organization,
                    byName.get(organization).id(),
                    Caller.Door.REST,
                    "192.0.2.7",
                    "req-1",
                    Optional.empty(),
                    false);
        }

        /** They must make a second factor before they may anything. */
        public void disarm(Caller caller) {
            disarmed.add(caller.username());
        }

        public void take(Caller caller, Action action) {
            taken.put(caller.username(), Set.of(action));
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
        public void requireStepUp(Caller caller, OrganizationView organization) {
            if (organization.policy().requireMfa() == Policy.Mfa.STEP_UP
                    && !caller.proof().lasting()) {
                throw IdentityProblem.STEP_UP_NEEDED.because("Prove it again.");
            }
        }

        @Override
        public List<DepartmentId> departments(Caller caller) {
            return List.of();
        }

        @Override
        public Visibility visible(Caller caller, Action action) {
            return new Visibility(caller.kind() != Caller.Kind.USER, Set.of(caller.organization()));
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
