// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isthmus.driver.ovn.ovsdb.Budget;
import org.isthmus.driver.ovn.ovsdb.Change;
import org.isthmus.driver.ovn.ovsdb.Database;
import org.isthmus.driver.ovn.ovsdb.Database.Outcome;
import org.isthmus.driver.ovn.ovsdb.Replica;
import org.isthmus.driver.ovn.ovsdb.Row;
import org.isthmus.driver.ovn.ovsdb.Timing;
import org.isthmus.driver.ovn.ovsdb.Transaction;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.PortBinding;

/** One OVN: its two databases, and what the SPI asks of them. */
final class OvnDriver implements NetworkDriver {
    /** All waiting of one call together; the SPI allows 10 s. */
    private static final Duration CALL = Duration.ofSeconds(8);
    /** How long a change waits for the hosts before it answers that it is under way. */
    private static final Duration APPLY = Duration.ofMillis(200);

    private static final Duration ASK_AGAIN = Duration.ofMillis(200);
    /** How long asking for health waits for the hosts' signs of life. */
    private static final Duration PROBE = Duration.ofSeconds(1);

    private static final Duration PROBE_EVERY = Duration.ofSeconds(10);
    private static final int PLANS = 20;
    private static final Pattern MEMO = Pattern.compile("nb_cfg=(\\d{1,18})");
    private static final String BRIDGE = "br-int";

    private final Database northbound;
    private final Database southbound;
    private final Hosts hosts;
    private final DriverContext context;
    private final int mtu;
    private final AtomicReference<Instant> probed = new AtomicReference<>(Instant.EPOCH);

    OvnDriver(OvnSettings settings, Timing timing, DriverContext context) {
        this.context = context;
        mtu = settings.mtu();
        hosts = new Hosts(context.clock(), settings.hostTimeout());
        northbound = new Database(
                Northbound.DATABASE,
                settings.northbound(),
                true,
                settings.tls(),
                Northbound.TABLES,
                timing,
                this::northboundChanged);
        // what hosts report is the same on every member that is not cut off
        southbound = new Database(
                Hosts.DATABASE,
                settings.southbound(),
                false,
                settings.tls(),
                Hosts.TABLES,
                timing,
                this::southboundChanged);
    }

    void connect() {
        northbound.open();
        southbound.open();
    }

    @Override
    public Progress<Void> ensureNetwork(Call call, NetworkSpec wanted) {
        NetworkForm form = NetworkForm.of(wanted);
        return change(call, planner -> planner.network(form, call.token()), () -> null);
    }

    @Override
    public Progress<PortBinding> ensurePort(Call call, PortSpec wanted) {
        PortForm form = PortForm.of(wanted);
        return change(call, planner -> planner.port(form, call.token()), () -> binding(wanted.port()));
    }

    @Override
    public Progress<Void> removePort(Call call, NetworkId network, NicId port) {
        return change(call, planner -> planner.noPort(network, port), () -> null);
    }

    @Override
    public Progress<Void> removeNetwork(Call call, NetworkId network) {
        return change(call, planner -> planner.noNetwork(network), () -> null);
    }

    @Override
    public Optional<SeenNetwork> find(NetworkId network) {
        Budget budget = Budget.of(CALL);
        northbound.refresh(budget);
        Optional<SeenNetwork> found = northbound.replica().read(view -> Northbound.switchOf(view, network)
                .flatMap(row -> seen(view, row)));
        return found.map(seen -> withStates(List.of(seen), budget).get(0));
    }

    @Override
    public List<SeenNetwork> list() {
        Budget budget = Budget.of(CALL);
        northbound.refresh(budget);
        List<SeenNetwork> all = northbound.replica().read(view -> view.rows(Northbound.SWITCH).stream()
                .flatMap(row -> seen(view, row).stream())
                .toList());
        return withStates(all, budget);
    }

    @Override
    public Health health() {
        Budget budget = Budget.of(Duration.ofSeconds(4));
        try {
            northbound.refresh(budget);
            southbound.refresh(budget);
            probe(budget);
        } catch (DriverException e) {
            boolean leaderless = northbound.leaderless() || southbound.leaderless();
            return leaderless
                    ? new Health(
                            Health.State.DEGRADED,
                            e.getMessage() + " Networks go on as they are; changes wait for a leader.")
                    : Health.down(e.getMessage());
        }
        return vigour(budget);
    }

    @Override
    public Set<String> capabilities() {
        return Set.of("defaultDeny", "dhcp", "dns", "portSecurity");
    }

    @Override
    public void close() {
        northbound.close();
        southbound.close();
    }

    /** Plans and carries out until the plan is empty or done, then looks whether the hosts have it. */
    private <T> Progress<T> change(Call call, Consumer<Planner> wish, Supplier<T> result) {
        Budget budget = Budget.of(CALL);
        northbound.refresh(budget);
        OptionalLong number = carryOut(wish, budget);
        southbound.check(budget);
        long awaited = number.orElseGet(() -> memo(call));
        if (await(census -> census.applied(awaited), APPLY, budget)) {
            return Progress.done(result.get());
        }
        return Progress.pending("nb_cfg=" + awaited, ASK_AGAIN);
    }

    /** The number of the change, or nothing when there was nothing to change. */
    private OptionalLong carryOut(Consumer<Planner> wish, Budget budget) {
        String detail = "";
        for (int round = 0; round < PLANS; round++) {
            Plan plan = northbound.replica().read(view -> {
                Planner planner = new Planner(view, mtu);
                wish.accept(planner);
                return planner.plan();
            });
            if (!plan.changes()) {
                return OptionalLong.empty();
            }
            Outcome outcome = northbound.transact(plan.transaction(), budget);
            if (outcome instanceof Outcome.Committed committed) {
                return OptionalLong.of(number(committed.results()));
            }
            // the refusal came after what overtook us: the replica knows it already
            detail = outcome.toString();
        }
        throw new DriverException(
                Kind.UNAVAILABLE, "Others keep changing the same rows of " + Northbound.DATABASE + ": " + detail + ".");
    }

    private static long number(JsonNode results) {
        JsonNode number = results.path(results.size() - 1).path("rows").path(0).path("nb_cfg");
        if (!number.isIntegralNumber()) {
            throw new DriverException(
                    Kind.UNAVAILABLE,
                    "The northbound database is not initialized; start ovn-northd or run 'ovn-nbctl init'.");
        }
        return number.longValue();
    }

    /** What to wait for when nothing had to be changed: what the memo says, else the last change of anybody. */
    private long memo(Call call) {
        long last = lastChange();
        Matcher memo = MEMO.matcher(call.memo().orElse(""));
        return memo.matches() ? Math.min(last, Long.parseLong(memo.group(1))) : last;
    }

    /** The number of the last change of anybody. */
    private long lastChange() {
        return northbound.replica().read(view -> view.rows(Northbound.GLOBAL).stream()
                .mapToLong(row -> row.number("nb_cfg"))
                .max()
                .orElse(0));
    }

    /** Waits until the hosts are so far, but not for long. */
    private boolean await(Predicate<Hosts.Census> condition, Duration atMost, Budget budget) {
        try {
            return southbound.replica().await(view -> condition.test(hosts.census(view)), budget.nanos(atMost));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException(Kind.UNAVAILABLE, "Interrupted while waiting for the hosts.", e);
        }
    }

    private PortBinding binding(NicId port) {
        boolean userspace = southbound.replica().read(view -> hosts.census(view).userspace());
        return new PortBinding(
                PortBinding.OVS,
                Map.of(
                        PortBinding.OVS_BRIDGE, BRIDGE,
                        PortBinding.OVS_INTERFACE_ID, Northbound.portName(port),
                        PortBinding.MTU, String.valueOf(mtu),
                        PortBinding.OFFLOADS, String.valueOf(!userspace)));
    }

    private static Optional<SeenNetwork> seen(Replica.View view, Row row) {
        Map<String, String> ids = row.map(Northbound.IDS);
        return Northbound.networkNamed(row.text("name"))
                .filter(network -> network.value().equals(ids.get(Northbound.NETWORK)))
                .map(network -> new SeenNetwork(
                        network,
                        ids.getOrDefault(Northbound.TOKEN, ""),
                        NetworkForm.of(network, row).map(NetworkForm::cidr).orElse(new Cidr(0, 0)),
                        ports(view, row)));
    }

    private static List<SeenPort> ports(Replica.View view, Row logicalSwitch) {
        List<SeenPort> ports = new ArrayList<>();
        for (Row port : Northbound.serverPorts(view, logicalSwitch)) {
            ports.add(new SeenPort(
                    Northbound.nic(port).orElseThrow(),
                    port.map(Northbound.IDS).getOrDefault(Northbound.TOKEN, ""),
                    PortForm.mac(port),
                    PortForm.address(port).orElse(0L),
                    false));
        }
        ports.sort((a, b) -> a.port().value().compareTo(b.port().value()));
        return ports;
    }

    /** The same with what the southbound database knows: which ports are up. */
    private List<SeenNetwork> withStates(List<SeenNetwork> networks, Budget budget) {
        southbound.check(budget);
        return southbound.replica().read(view -> {
            Hosts.Census census = hosts.census(view);
            return networks.stream()
                    .map(network -> new SeenNetwork(
                            network.network(),
                            network.token(),
                            network.cidr(),
                            network.ports().stream()
                                    .map(port -> new SeenPort(
                                            port.port(),
                                            port.token(),
                                            port.mac(),
                                            port.address(),
                                            Hosts.isUp(view, census, Northbound.portName(port.port()))))
                                    .toList()))
                    .toList();
        });
    }

    /**
     * Asks every host for a sign of life by bumping the number they all follow, now and then: without it a host that died
     * in quiet times would look alive until the next change.
     */
    private void probe(Budget budget) {
        Instant now = context.clock().instant();
        Instant last = probed.get();
        if (Duration.between(last, now).compareTo(PROBE_EVERY) >= 0 && probed.compareAndSet(last, now)) {
            Transaction bump = new Transaction();
            bump.increment(Northbound.GLOBAL, "nb_cfg");
            if (northbound.transact(bump, budget) instanceof Outcome.Committed committed) {
                long number = number(committed.results());
                await(census -> census.applied(number), PROBE, budget);
            }
        }
    }

    private Health vigour(Budget budget) {
        long wanted = lastChange();
        await(census -> census.translated() >= wanted, PROBE, budget);
        Hosts.Census census = southbound.replica().read(hosts::census);
        int count = census.live().size() + census.dead().size();
        if (census.translated() < wanted) {
            return new Health(
                    Health.State.DEGRADED,
                    "ovn-northd has not taken over the last changes (" + census.translated() + " of " + wanted
                            + "); see that it runs.");
        }
        if (count == 0) {
            return new Health(Health.State.DEGRADED, "No host has registered; start ovn-controller on the hosts.");
        }
        if (!census.dead().isEmpty()) {
            return new Health(
                    Health.State.DEGRADED,
                    census.dead().size() + " of " + count + " hosts do not answer: " + census.deadNames() + ".");
        }
        return Health.up(count + (count == 1 ? " host." : " hosts."));
    }

    /** What comes is what somebody just asked for; what goes or changes may be drift, and is worth a hint. */
    private void northboundChanged(List<Change> changes) {
        for (Change change : changes) {
            Optional<String> ref = change.before().flatMap(before -> switch (change.table()) {
                case Northbound.SWITCH -> Northbound.networkNamed(before.text("name"))
                        .filter(network -> changed(before, change, "acls", "dns_records", Northbound.IDS))
                        .map(NetworkId::value);
                case Northbound.PORT -> Northbound.nic(before).map(NicId::value);
                default -> Optional.empty();
            });
            ref.ifPresent(context::changed);
        }
    }

    /** A port that a host takes up, gives up or moves. */
    private void southboundChanged(List<Change> changes) {
        for (Change change : changes) {
            if (change.table().equals(Hosts.BINDING)) {
                change.before()
                        .filter(before -> changed(before, change, "chassis", "up"))
                        .flatMap(before -> Northbound.nicNamed(before.text("logical_port")))
                        .ifPresent(nic -> context.changed(nic.value()));
            }
        }
    }

    private static boolean changed(Row before, Change change, String... columns) {
        return change.after().map(after -> before.differs(after, columns)).orElse(true);
    }
}
