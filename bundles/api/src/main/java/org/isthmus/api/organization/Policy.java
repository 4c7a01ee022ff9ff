// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.organization;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.isthmus.model.Money;

/**
 * What an organization has decided for itself. Absent means: not restricted.
 *
 * @param deploymentsPerDay default for each user and UTC day: 0 to 100,000
 * @param deletionGrace how long a deleted server can be recovered: 0 to 30 days
 * @param allowedLocations names or ids of the only locations where anything may be made
 * @param requiredTags keys every server must carry
 * @param conflictingRoles pairs of roles that no person holds at the same time: at most 50
 * @param requireMfa whom a second factor is asked of, and for what
 * @param approvalAbove what costs more than this in a month (730 hours) a second person must approve
 * @param bulkDeleteThreshold more than this many deletions by one person within {@link #BULK} a second person must approve: 0
 *     to 1000; 0 means that none is asked
 * @param approveRaisedLimits whether a second person must approve the raising of a limit
 * @param exposureAllowed whether anything may be made reachable from outside; false: there is no public address ever
 * @param requireVpnForApi whether the API is for those only who come through the organization's VPN
 * @param maxLease every server that is made has an end at most this far off, and no lease is moved beyond it: an hour to ten
 *     years
 */
public record Policy(
        int deploymentsPerDay,
        Duration deletionGrace,
        Optional<List<String>> allowedLocations,
        List<String> requiredTags,
        List<Conflict> conflictingRoles,
        Mfa requireMfa,
        Optional<Money> approvalAbove,
        int bulkDeleteThreshold,
        boolean approveRaisedLimits,
        boolean exposureAllowed,
        boolean requireVpnForApi,
        Optional<Duration> maxLease) {
    public static final Policy DEFAULT = new Policy(
            25,
            Duration.ofHours(24),
            Optional.empty(),
            List.of(),
            List.of(new Conflict("user-admin", "auditor"), new Conflict("finance", "server-deployer")),
            Mfa.NONE,
            Optional.empty(),
            0,
            false,
            true,
            false,
            Optional.empty());

    /** The time within which deletions of one person count together. */
    public static final Duration BULK = Duration.ofMinutes(10);

    /** How long a proof of the second factor is good for what {@link Mfa#STEP_UP} guards. */
    public static final Duration STEP_UP_LASTS = Duration.ofMinutes(5);

    /** When a second factor is asked for. Judged whenever something is done, never when a session begins. */
    public enum Mfa {
        /** At the login of those who have one. */
        NONE,
        /** Besides, whoever destroys something has proved it within {@link #STEP_UP_LASTS}. */
        STEP_UP,
        /** A person without one may do nothing but give it to themself. */
        ALL
    }

    /** Two roles, each by the name of one that ships or the id of one of the organization's own. */
    public record Conflict(String one, String other) {}

    private static final Duration SHORTEST_LEASE = Duration.ofHours(1);
    private static final Duration LONGEST_LEASE = Duration.ofDays(3650);

    public Policy {
        Objects.requireNonNull(requireMfa, "requireMfa");
        if (bulkDeleteThreshold < 0 || bulkDeleteThreshold > 1000) {
            throw new IllegalArgumentException("bulkDeleteThreshold is 0 to 1000.");
        }
        if (deploymentsPerDay < 0 || deploymentsPerDay > 100_000) {
            throw new IllegalArgumentException("deploymentsPerDay is 0 to 100000.");
        }
        if (deletionGrace.isNegative() || deletionGrace.compareTo(Duration.ofDays(30)) > 0) {
            throw new IllegalArgumentException("deletionGrace is PT0S to P30D.");
        }
        maxLease.ifPresent(Policy::requireLease);
        allowedLocations = allowedLocations.map(List::copyOf);
        requiredTags = List.copyOf(requiredTags);
        if (requiredTags.size() > 20) {
            throw new IllegalArgumentException("At most 20 tags can be required.");
        }
        conflictingRoles = List.copyOf(conflictingRoles);
        if (conflictingRoles.size() > 50) {
            throw new IllegalArgumentException("At most 50 pairs of roles can conflict.");
        }
    }

    /** One that asks for no second factor. */
    public Policy(
            int deploymentsPerDay,
            Duration deletionGrace,
            Optional<List<String>> allowedLocations,
            List<String> requiredTags,
            List<Conflict> conflictingRoles) {
        this(deploymentsPerDay, deletionGrace, allowedLocations, requiredTags, conflictingRoles, Mfa.NONE);
    }

    /** One for which one person is enough. */
    public Policy(
            int deploymentsPerDay,
            Duration deletionGrace,
            Optional<List<String>> allowedLocations,
            List<String> requiredTags,
            List<Conflict> conflictingRoles,
            Mfa requireMfa) {
        this(
                deploymentsPerDay,
                deletionGrace,
                allowedLocations,
                requiredTags,
                conflictingRoles,
                requireMfa,
                Optional.empty(),
                0,
                false,
                true,
                false,
                Optional.empty());
    }

    /** The same, asking a second person for that. */
    public Policy approving(Optional<Money> above, int deletions, boolean raisedLimits) {
        return new Policy(
                deploymentsPerDay,
                deletionGrace,
                allowedLocations,
                requiredTags,
                conflictingRoles,
                requireMfa,
                above,
                deletions,
                raisedLimits,
                exposureAllowed,
                requireVpnForApi,
                maxLease);
    }

    /** The same, with another say about what is reachable from outside, and from where. */
    public Policy reachable(boolean exposed, boolean onlyByVpn) {
        return new Policy(
                deploymentsPerDay,
                deletionGrace,
                allowedLocations,
                requiredTags,
                conflictingRoles,
                requireMfa,
                approvalAbove,
                bulkDeleteThreshold,
                approveRaisedLimits,
                exposed,
                onlyByVpn,
                maxLease);
    }

    /** The same, where no server is wanted for longer than that. */
    public Policy leasing(Optional<Duration> atMost) {
        return new Policy(
                deploymentsPerDay,
                deletionGrace,
                allowedLocations,
                requiredTags,
                conflictingRoles,
                requireMfa,
                approvalAbove,
                bulkDeleteThreshold,
                approveRaisedLimits,
                exposureAllowed,
                requireVpnForApi,
                atMost);
    }

    private static void requireLease(Duration atMost) {
        if (atMost.compareTo(SHORTEST_LEASE) < 0 || atMost.compareTo(LONGEST_LEASE) > 0) {
            throw new IllegalArgumentException("maxLease is PT1H to P3650D.");
        }
    }

    /** One with the roles that conflict by default. */
    public Policy(
            int deploymentsPerDay,
            Duration deletionGrace,
            Optional<List<String>> allowedLocations,
            List<String> requiredTags) {
        this(deploymentsPerDay, deletionGrace, allowedLocations, requiredTags, DEFAULT.conflictingRoles());
    }
}
