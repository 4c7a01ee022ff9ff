// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.server.Servers.Group;
import org.isthmus.api.server.Servers.GroupRule;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.api.server.Servers.Strategy;
import org.isthmus.model.Ids.HostId;

/** Ranks the hosts of a location for one server. Pure: the same in, the same out. */
public final class Placing {
    private static final long PARTS = 1_000_000;
    private static final int MOST_REASON = 3000;

    private Placing() {}

    /** What is to be placed. */
    public record Wish(int cpus, long memoryMiB, long diskGiB, Placement placement) {}

    /**
     * A host that may or may not do.
     *
     * @param endpointTrouble why its endpoint cannot be used now, when it cannot
     * @param members how many servers of the wished group are on it
     * @param refused why it was tried in vain before, when it was
     */
    public record Candidate(HostView host, Optional<String> endpointTrouble, int members, Optional<String> refused) {}

    /** Why a host is out of the question. */
    public record WhyNot(HostId host, String name, String reason) {}

    /**
     * The answer.
     *
     * @param ranked the best first
     * @param whyNots one for each of the others
     * @param waiting hosts that would do, were their endpoints not in trouble: it is worth coming again
     */
    public record Ranking(List<HostView> ranked, List<WhyNot> whyNots, List<HostView> waiting) {
        public Ranking {
            ranked = List.copyOf(ranked);
            whyNots = List.copyOf(whyNots);
            waiting = List.copyOf(waiting);
        }

        /** Why nothing would do, in sentences for the operation's reason. */
        public String reason() {
            if (whyNots.isEmpty()) {
                return "The location has no hosts.";
            }
            StringBuilder text = new StringBuilder("No host will do.");
            for (int i = 0; i < whyNots.size(); i++) {
                WhyNot each = whyNots.get(i);
                if (text.length() > MOST_REASON) {
                    return text.append(" And ")
                            .append(whyNots.size() - i)
                            .append(" more.")
                            .toString();
                }
                text.append(' ').append(each.name()).append(": ").append(each.reason());
            }
            return text.toString();
        }
    }

    /**
     * Ranks them.
     *
     * @param groupSize how many servers of the wished group there are, those at other locations included
     */
    public static Ranking rank(Wish wish, List<Candidate> candidates, int groupSize) {
        List<Candidate> fit = new ArrayList<>();
        List<WhyNot> whyNots = new ArrayList<>();
        List<HostView> waiting = new ArrayList<>();
        for (Candidate each : candidates) {
            Optional<String> whyNot = whyNot(wish, each, groupSize);
            if (whyNot.isEmpty() && each.endpointTrouble().isPresent()) {
                whyNot = each.endpointTrouble();
                waiting.add(each.host());
            }
            if (whyNot.isPresent()) {
                whyNots.add(new WhyNot(each.host().id(), each.host().name(), whyNot.get()));
            } else {
                fit.add(each);
            }
        }
        fit.sort(order(wish, groupSize));
        return new Ranking(fit.stream().map(Candidate::host).toList(), whyNots, waiting);
    }

    private static Optional<String> whyNot(Wish wish, Candidate candidate, int groupSize) {
        HostView host = candidate.host();
        if (candidate.refused().isPresent()) {
            return candidate.refused();
        }
        if (host.maintenance()) {
            return Optional.of("it is in maintenance.");
        }
        if (!host.available()) {
            return Optional.of("it is not available" + (host.detail().isEmpty() ? "." : ": " + host.detail()));
        }
        Set<String> lacking = new TreeSet<>(wish.placement().hostTags());
        lacking.removeAll(host.tags());
        if (!lacking.isEmpty()) {
            return Optional.of("it lacks the host tags " + String.join(", ", lacking) + ".");
        }
        Optional<Group> strict = wish.placement().group().filter(Group::strict);
        if (strict.isPresent() && !agrees(strict.get(), candidate.members(), groupSize)) {
            return Optional.of(against(strict.get()));
        }
        return noRoom(host, wish.cpus(), wish.memoryMiB(), wish.diskGiB());
    }

    /** Why a host has no room for so much more within its overcommit, or empty when it has. */
    public static Optional<String> noRoom(HostView host, int cpus, long memoryMiB, long diskGiB) {
        return room(
                        "CPUs",
                        cpus,
                        host.usedCpus(),
                        host.cpus(),
                        host.overcommit().cpuPercent())
                .or(() -> room(
                        "MiB of memory",
                        memoryMiB,
                        host.usedMemoryMiB(),
                        host.memoryMiB(),
                        host.overcommit().memoryPercent()))
                .or(() -> room(
                        "GiB of disk",
                        diskGiB,
                        host.usedDiskGiB(),
                        host.diskGiB(),
                        host.overcommit().diskPercent()));
    }

    private static String against(Group group) {
        return group.rule() == GroupRule.APART
                ? "a server of the group " + group.name() + " is on it, and they must be apart."
                : "the servers of the group " + group.name() + " are elsewhere, and they must be together.";
    }

    /**
     * True when a server of the group may be on a host with so many others of it.
     *
     * @param groupSize how many others there are on all hosts
     */
    public static boolean agrees(Group group, int members, int groupSize) {
        return switch (group.rule()) {
            case APART -> members == 0;
            case TOGETHER -> members > 0 || groupSize == 0;
        };
    }

    private static Optional<String> room(String what, long wanted, long used, long has, int percent) {
        long limit = has * percent / 100;
        // what is not wanted is no reason, however much was given out before the overcommit was lowered
        if (wanted <= 0 || used + wanted <= limit) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                java.util.Locale.ROOT,
                "it has %d of %d %s left (overcommit %d %%), and %d are wanted.",
                Math.max(0, limit - used),
                limit,
                what,
                percent,
                wanted));
    }

    /** Groups first, then how full the host would be by its scarcest part; names, so that it is always the same order. */
    private static Comparator<Candidate> order(Wish wish, int groupSize) {
        Comparator<Candidate> byGroup = Comparator.comparingInt(each -> groupRank(wish, each, groupSize));
        Comparator<Candidate> byFullness = Comparator.comparingLong(each -> fullness(wish, each.host()));
        if (wish.placement().strategy() == Strategy.PACK) {
            byFullness = byFullness.reversed();
        }
        return byGroup.thenComparing(byFullness)
                .thenComparing(each -> each.host().name())
                .thenComparing(each -> each.host().id().value());
    }

    private static int groupRank(Wish wish, Candidate candidate, int groupSize) {
        return wish.placement()
                .group()
                .map(group -> {
                    if (group.rule() == GroupRule.APART) {
                        return candidate.members();
                    }
                    return groupSize - candidate.members();
                })
                .orElse(0);
    }

    /** How much of its scarcest part would be given out, in millionths of what may be. */
    private static long fullness(Wish wish, HostView host) {
        return Math.max(
                share(
                        wish.cpus() + host.usedCpus(),
                        host.cpus(),
                        host.overcommit().cpuPercent()),
                Math.max(
                        share(
                                wish.memoryMiB() + host.usedMemoryMiB(),
                                host.memoryMiB(),
                                host.overcommit().memoryPercent()),
                        share(
                                wish.diskGiB() + host.usedDiskGiB(),
                                host.diskGiB(),
                                host.overcommit().diskPercent())));
    }

    private static long share(long used, long has, int percent) {
        return used * PARTS * 100 / Math.max(1, has * percent);
    }
}
