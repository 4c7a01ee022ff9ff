// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.network;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.network.Networks.NetworkState;
import org.isthmus.api.price.Item;
import org.isthmus.core.Steps;
import org.isthmus.core.location.Drivers;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepChange;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.core.price.Usage;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.store.Tx;

/** Makes a network below. */
public final class NetworkCreate implements Process {
    public static final String TYPE = "network.create";

    /** What is done, in order. */
    public enum Step {
        /** The driver makes it. */
        ENSURE,
        /** The driver shows it, with the subnet it should have. */
        VERIFY
    }

    private final Tx tx;
    private final NetworkStore networks;
    private final Drivers drivers;
    private final Usage usage;

    public NetworkCreate(Tx tx, NetworkStore networks, Drivers drivers, Usage usage) {
        this.tx = tx;
        this.networks = networks;
        this.drivers = drivers;
        this.usage = usage;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public List<String> steps() {
        return Steps.of(Step.class);
    }

    private Network network(Run run) {
        return tx.read(() -> networks.must(new NetworkId(run.subject().id())));
    }

    @Override
    public StepOutcome run(Run run, String step) {
        Network network = network(run);
        return switch (Step.valueOf(step)) {
            case ENSURE -> run.outcome(
                    "ensure",
                    drivers.network(
                            network.endpoint(), driver -> driver.ensureNetwork(run.call("ensure"), network.wanted())),
                    made -> StepOutcome.done(change -> networks.moveTo(
                            network.id(), NetworkState.BUILDING, Optional.empty(), Optional.of(run.id()))));
            case VERIFY -> drivers.network(network.endpoint(), driver -> driver.find(network.id()))
                    .filter(seen -> seen.cidr().equals(network.cidr()))
                    .map(seen -> StepOutcome.done())
                    .orElseGet(() ->
                            StepOutcome.fail("The driver made the network, but does not show it as it should be."));
        };
    }

    @Override
    public StepOutcome undo(Run run, String step) {
        Network network = network(run);
        return switch (Step.valueOf(step)) {
            case ENSURE -> run.outcome(
                    "undo-ensure",
                    drivers.network(
                            network.endpoint(), driver -> driver.removeNetwork(run.call("undo-ensure"), network.id())),
                    gone -> StepOutcome.done());
            case VERIFY -> StepOutcome.done();
        };
    }

    @Override
    public void ended(Run run, Ending end, StepChange change) {
        NetworkId id = new NetworkId(run.subject().id());
        if (end == Ending.SUCCEEDED) {
            Network network = networks.moveTo(id, NetworkState.ACTIVE, Optional.empty(), Optional.empty());
            usage.set(change.now(), network.organization(), network.subject(), Map.of(Item.NETWORK, 1L));
            change.event(
                    "network.created",
                    network.subject(),
                    Map.of("name", network.name().value()));
        } else {
            Network network = networks.moveTo(
                    id,
                    NetworkState.FAILED,
                    Optional.of("It could not be made; operation " + run.id() + " says why."),
                    Optional.empty());
            change.event(
                    "network.failed",
                    network.subject(),
                    Map.of("name", network.name().value()));
        }
    }
}
