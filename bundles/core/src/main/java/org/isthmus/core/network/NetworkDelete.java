// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.network;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.network.Networks.NetworkState;
import org.isthmus.core.Steps;
import org.isthmus.core.location.Drivers;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepChange;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.core.price.Usage;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.store.Tx;

/** Removes a network that no server is on. */
public final class NetworkDelete implements Process {
    public static final String TYPE = "network.delete";
    /** The state it goes back to when it cannot be removed. */
    static final String WAS = "was";

    /** What is done, in order. */
    public enum Step {
        REMOVE
    }

    private final Tx tx;
    private final NetworkStore networks;
    private final Drivers drivers;
    private final Usage usage;

    public NetworkDelete(Tx tx, NetworkStore networks, Drivers drivers, Usage usage) {
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

    private static NetworkState was(Run run) {
        return NetworkState.valueOf(run.get(WAS).orElseThrow());
    }

    private Network network(Run run) {
        return tx.read(() -> networks.must(new NetworkId(run.subject().id())));
    }

    @Override
    public StepOutcome run(Run run, String step) {
        Network network = network(run);
        return switch (Step.valueOf(step)) {
            case REMOVE -> run.outcome(
                    "remove",
                    drivers.network(
                            network.endpoint(), driver -> driver.removeNetwork(run.call("remove"), network.id())),
                    gone -> StepOutcome.done());
        };
    }

    @Override
    public StepOutcome undo(Run run, String step) {
        if (was(run) != NetworkState.ACTIVE) {
            return StepOutcome.done();
        }
        Network network = network(run);
        return switch (Step.valueOf(step)) {
            case REMOVE -> run.outcome(
                    "undo-remove",
                    drivers.network(
                            network.endpoint(),
                            driver -> driver.ensureNetwork(run.call("undo-remove"), network.wanted())),
                    back -> StepOutcome.done());
        };
    }

    @Override
    public void ended(Run run, Ending end, StepChange change) {
        NetworkId id = new NetworkId(run.subject().id());
        Network network = networks.must(id);
        if (end == Ending.SUCCEEDED) {
            usage.set(change.now(), network.organization(), network.subject(), Map.of());
            networks.delete(id);
            change.event(
                    "network.deleted",
                    network.subject(),
                    Map.of("name", network.name().value()));
        } else {
            networks.moveTo(
                    id,
                    was(run),
                    Optional.of("It could not be deleted; operation " + run.id() + " says why."),
                    Optional.empty());
            change.event(
                    "network.delete-failed",
                    network.subject(),
                    Map.of("name", network.name().value()));
        }
    }
}
