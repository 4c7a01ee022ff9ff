// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.crash;

import static org.isthmus.itests.crash.Controller.ACME;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.isthmus.api.Query;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.audit.AuditTrail.EntryView;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.network.Networks;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.price.Prices.UsageView;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.driver.fake.Ledger;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.model.Money;

/** Everything that must agree when all operations have ended. */
final class Accounts {
    private final Controller house;
    private final String where;

    Accounts(Controller house, String where) {
        this.house = house;
        this.where = where;
    }

    void mustAgree(Scenario scenario) {
        assertEquals(List.of(), house.underWay(), where);
        for (OperationView operation : house.operations()) {
            if (!scenario.mayFail()) {
                assertEquals(OperationState.SUCCEEDED, operation.state(), where + ": " + operation);
            }
        }
        List<ServerView> servers = house.core
                .domain()
                .servers()
                .list(house.root, ACME, Query.all())
                .items();
        if (!scenario.end().isEmpty()) {
            assertTrue(
                    servers.stream()
                            .map(server -> server.name() + " " + server.state())
                            .anyMatch(scenario.end()::equals),
                    where + ": " + servers);
        } else {
            assertEquals(List.of(), servers, where);
        }
        oneThingIsThere(servers);
        namesLeadToTheLiving(servers);
        imagesAreReady();
        hostsAreClaimedForWhatIsThere(servers);
        usageIsWhatIsThere(servers);
        everyAttemptHasOneOutcome();
        limitsCountWhatSucceeded(scenario);
        nothingIsReservedThatNobodyUses(servers);
        nothingHasDrifted();
    }

    private void oneThingIsThere(List<ServerView> servers) {
        Ledger.Contents ledger = house.ledger();
        assertEquals(Set.of(), ledger.doubled(), where);
        Set<String> living = new TreeSet<>();
        Set<String> disks = new TreeSet<>();
        Set<String> ports = new TreeSet<>();
        for (ServerView server : servers) {
            if (server.state() == ServerState.FAILED) {
                continue;
            }
            living.add(server.id().value());
            server.disks().forEach(disk -> disks.add(disk.id().value()));
            server.nics().forEach(nic -> ports.add(nic.id().value()));
        }
        assertEquals(living, new TreeSet<>(ledger.living(Thing.SERVER)), where);
        assertEquals(disks, new TreeSet<>(ledger.living(Thing.DISK)), where);
        assertEquals(ports, new TreeSet<>(ledger.living(Thing.PORT)), where);
        Set<String> networks = new TreeSet<>();
        networks().forEach(network -> networks.add(network.id().value()));
        assertEquals(networks, new TreeSet<>(ledger.living(Thing.NETWORK)), where);
    }

    private void namesLeadToTheLiving(List<ServerView> servers) {
        Ledger.Contents ledger = house.ledger();
        for (ServerView server : servers) {
            List<String> names = server.state() == ServerState.DELETED
                    ? List.of()
                    : List.of(server.name().value());
            server.nics()
                    .forEach(nic -> assertEquals(names, ledger.names(nic.id().value()), where));
        }
    }

    private void imagesAreReady() {
        for (ImageView image :
                house.core.domain().images().list(house.root, ACME, Query.all()).items()) {
            assertEquals(ImageState.READY, image.state(), where + ": " + image);
        }
    }

    private List<Networks.NetworkView> networks() {
        return house.core
                .domain()
                .networks()
                .list(house.root, ACME, Query.all())
                .items();
    }

    private void hostsAreClaimedForWhatIsThere(List<ServerView> servers) {
        Map<String, Long> used = new TreeMap<>();
        for (HostView host : house.core
                .domain()
                .locations()
                .hosts(house.root, Controller.HERE, Query.all())
                .items()) {
            used.put(host.id().value(), host.usedMemoryMiB() * 1000 + host.usedCpus());
        }
        Map<String, Long> wanted = new TreeMap<>();
        used.keySet().forEach(host -> wanted.put(host, 0L));
        for (ServerView server : servers) {
            if (server.state() != ServerState.FAILED) {
                wanted.merge(server.host().orElseThrow().value(), server.memoryMiB() * 1000 + server.cpus(), Long::sum);
            }
        }
        assertEquals(wanted, used, where);
    }

    private void usageIsWhatIsThere(List<ServerView> servers) {
        Map<String, Long> open = new TreeMap<>();
        Map<String, List<UsageView>> bySubject = new HashMap<>();
        for (UsageView use :
                house.core.heart().prices().usage(house.root, ACME, Query.all()).items()) {
            String key = use.subject().id() + " " + use.item();
            bySubject.computeIfAbsent(key, k -> new ArrayList<>()).add(use);
            if (use.until().isEmpty()) {
                open.put(key, use.quantity());
            }
        }
        Map<String, Long> wanted = new TreeMap<>();
        for (ServerView server : servers) {
            for (Estimate.Line line : server.estimate().items()) {
                wanted.put(server.id().value() + " " + line.item(), line.quantity());
            }
        }
        for (Networks.NetworkView network : networks()) {
            for (Estimate.Line line : network.estimate().items()) {
                wanted.put(network.id().value() + " " + line.item(), line.quantity());
            }
        }
        assertEquals(wanted, open, where);
        bySubject.forEach(this::noSecondTwice);
    }

    private void noSecondTwice(String subject, List<UsageView> uses) {
        uses.sort((a, b) -> a.from().compareTo(b.from()));
        Instant until = Instant.EPOCH;
        for (UsageView use : uses) {
            assertTrue(!use.from().isBefore(until), where + ": " + subject + " overlaps: " + uses);
            until = use.until().orElse(Instant.MAX);
        }
    }

    private void everyAttemptHasOneOutcome() {
        Map<String, Integer> outcomes = new TreeMap<>();
        List<EntryView> entries =
                house.audit().trail().entries(house.root, ACME, Query.all()).items();
        for (EntryView entry : entries) {
            if (entry.kind() == AuditLog.Kind.ATTEMPT) {
                outcomes.putIfAbsent(entry.id().value(), 0);
            }
            if (entry.kind() == AuditLog.Kind.OUTCOME) {
                outcomes.merge(entry.attempt().orElseThrow().value(), 1, Integer::sum);
            }
        }
        assertTrue(outcomes.size() > 3, where + ": " + outcomes);
        outcomes.forEach((attempt, count) -> assertEquals(1, count, where + ": outcomes of attempt " + attempt));
    }

    private void limitsCountWhatSucceeded(Scenario scenario) {
        long deployed = house.operations().stream()
                .filter(each -> each.type().equals("server.deploy") && each.state() == OperationState.SUCCEEDED)
                .count();
        List<Long> used = house.core.heart().limits().list(house.root, ACME, Query.all()).items().stream()
                .flatMap(limit -> limit.used().stream())
                .map(Integer::longValue)
                .toList();
        // a purge is seen a day later, when the count has begun anew
        assertEquals(scenario == Scenario.PURGE ? List.of() : List.of(deployed), used, where);
    }

    private void nothingIsReservedThatNobodyUses(List<ServerView> servers) {
        Money hourly = Money.zero("USD");
        for (ServerView server : servers) {
            hourly = hourly.plus(server.estimate().hourly());
        }
        for (Networks.NetworkView network : networks()) {
            hourly = hourly.plus(network.estimate().hourly());
        }
        LimitView limit = house.core.heart().limits().list(house.root, ACME, Query.all()).items().stream()
                .filter(each -> each.rate().isPresent())
                .findFirst()
                .orElseThrow();
        assertEquals(hourly, limit.rate().orElseThrow().used(), where);
        assertEquals(Money.zero("USD"), limit.rate().orElseThrow().reserved(), where);
        assertEquals(Money.zero("USD"), limit.month().orElseThrow().reserved(), where);
    }

    private void nothingHasDrifted() {
        house.core.domain().upkeep().runOnce();
        for (ServerView server : house.core
                .domain()
                .servers()
                .list(house.root, ACME, Query.all())
                .items()) {
            assertTrue(server.drift().isEmpty(), where + ": " + server.drift());
        }
        for (Networks.NetworkView network : networks()) {
            assertTrue(network.drift().isEmpty(), where + ": " + network.drift());
        }
    }
}
