// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.organization.Policy.Conflict;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.store.Micros;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;

/**
 * Segregation of duties: pairs of roles that no person holds at the same time, directly, by their department or by a group, as the
 * organization's policy says. Whatever brings such a pair together is AGAINST_POLICY, whoever asks. Service accounts are nobody's
 * two hands: they are not looked at.
 */
public final class Segregation {
    private Segregation() {}

    /** A grant that is not there yet: nobody whom it reaches has the other role of a pair. */
    public static void requireApart(Rights before, Held wish, Instant now) {
        List<Violation> violations = new ArrayList<>();
        against(before, wish, now, violations);
        Plan.refuse(violations);
    }

    private static void against(Rights before, Held wish, Instant now, List<Violation> violations) {
        long moment = Micros.of(now);
        for (Conflict pair : before.organization().policy().conflictingRoles()) {
            other(pair, wish.role().key())
                    .flatMap(before::role)
                    .flatMap(role -> before.grantsOf(role).stream()
                            .filter(held -> held.window().meets(wish.window(), moment))
                            .filter(held -> shared(before, wish.subject(), held.subject()))
                            .findFirst())
                    .ifPresent(held -> violations.add(violation(before, wish, held)));
        }
    }

    /** A person who is moved gets no pair by it; one that they have already is not looked at. */
    public static void requireApart(Rights before, Rights after, UserId user, Instant now) {
        if (person(after, user)) {
            List<Held> had = before.heldBy(user);
            // a pair that break-glass makes ends with it: no reason to let one come that stays
            List<Held> lasting = had.stream().filter(held -> !held.emergency()).toList();
            requireApart(after, lasting, after.heldBy(user), Set.copyOf(had), now);
        }
    }

    /** What all of these together give, to one person, has no pair in it. */
    public static void requireApart(Rights rights, List<Held> together, Instant now) {
        requireApart(rights, List.of(), together, Set.of(), now);
    }

    private static void requireApart(Rights rights, List<Held> had, List<Held> together, Set<Held> there, Instant now) {
        long moment = Micros.of(now);
        List<Violation> violations = new ArrayList<>();
        for (Conflict pair : rights.organization().policy().conflictingRoles()) {
            if (met(pair, had, Set.of(), moment).isEmpty()) {
                met(pair, together, there, moment)
                        .ifPresent(both -> violations.add(violation(rights, both.get(0), both.get(1))));
            }
        }
        Plan.refuse(violations);
    }

    /** Both of a pair, when they are held at the same time, and not both were there before. */
    private static Optional<List<Held>> met(Conflict pair, List<Held> together, Set<Held> there, long moment) {
        for (Held one : together) {
            if (one.role().key().equals(pair.one())) {
                Optional<Held> other = together.stream()
                        .filter(held -> held.role().key().equals(pair.other())
                                && held.window().meets(one.window(), moment)
                                && !(there.contains(one) && there.contains(held)))
                        .findFirst();
                if (other.isPresent()) {
                    return Optional.of(List.of(one, other.get()));
                }
            }
        }
        return Optional.empty();
    }

    /** A department in its new place: nobody in it or below gets a pair by what those above it hold and did not before. */
    public static void requireApart(Rights before, Rights after, DepartmentId moved, DepartmentId parent, Instant now) {
        Set<GrantId> had = before.heldBy(moved).stream().map(Held::grant).collect(Collectors.toSet());
        List<Violation> violations = new ArrayList<>();
        for (Held given : after.heldBy(parent)) {
            if (!had.contains(given.grant())) {
                against(after, given.to(Subject.of("department", moved)), now, violations);
            }
        }
        Plan.refuse(violations);
    }

    /**
     * Whom a group's grants do not go together with: the ids of users, groups and departments, with all below, to whom the other
     * role of a pair is given.
     */
    public static Set<String> apartFrom(Rights rights, GroupId group) {
        return rights.heldBy(group).stream()
                .flatMap(held -> rights.organization().policy().conflictingRoles().stream()
                        .flatMap(pair -> other(pair, held.role().key()).stream()))
                .distinct()
                .flatMap(role -> rights.role(role).stream())
                .flatMap(role -> rights.grantsOf(role).stream())
                .flatMap(held -> rights.reached(held.subject()).stream())
                .collect(Collectors.toSet());
    }

    private static Optional<String> other(Conflict pair, String role) {
        if (pair.one().equals(role)) {
            return Optional.of(pair.other());
        }
        return pair.other().equals(role) ? Optional.of(pair.one()) : Optional.empty();
    }

    private static boolean person(Rights rights, UserId user) {
        return rights.member(user).filter(Member::person).isPresent();
    }

    /** Whether there is a person whom grants to both reach. */
    private static boolean shared(Rights rights, Subject one, Subject other) {
        if (one.kind().equals("user")) {
            return reached(rights, new UserId(one.id()), other);
        }
        if (other.kind().equals("user")) {
            return reached(rights, new UserId(other.id()), one);
        }
        if (one.kind().equals("group") && other.kind().equals("group")) {
            return rights.anybodyIn(new GroupId(one.id()), new GroupId(other.id()));
        }
        if (one.kind().equals("group") || other.kind().equals("group")) {
            boolean first = one.kind().equals("group");
            return rights.anybodyIn(
                    new GroupId((first ? one : other).id()), new DepartmentId((first ? other : one).id()));
        }
        DepartmentId here = new DepartmentId(one.id());
        DepartmentId there = new DepartmentId(other.id());
        return (rights.upwards(here).contains(there) && rights.anybodyBelow(here))
                || (rights.upwards(there).contains(here) && rights.anybodyBelow(there));
    }

    /** Whether a grant to somebody, a department or a group reaches this person. */
    private static boolean reached(Rights rights, UserId user, Subject subject) {
        return rights.member(user)
                .filter(Member::person)
                .filter(member -> switch (subject.kind()) {
                    case "user" -> subject.id().equals(user.value());
                    case "group" -> member.groups().contains(new GroupId(subject.id()));
                    default -> member.department()
                            .filter(own -> rights.upwards(own).contains(new DepartmentId(subject.id())))
                            .isPresent();
                })
                .isPresent();
    }

    private static Violation violation(Rights rights, Held one, Held other) {
        Role first = one.role();
        Role second = other.role();
        return Violation.of(
                rights.organization(),
                "conflictingRoles",
                "",
                "one person would hold both " + first.name() + " ("
                        + one.subject().kind() + " "
                        + one.subject().id() + ") and " + second.name() + " (grant " + other.grant()
                        + "), which are kept apart.");
    }
}
