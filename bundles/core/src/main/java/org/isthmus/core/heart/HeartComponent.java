// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.heart;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.api.approval.Approvals;
import org.isthmus.api.event.EventListener;
import org.isthmus.api.event.Events;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.limit.LimitList;
import org.isthmus.api.operation.Operations;
import org.isthmus.api.price.Prices;
import org.isthmus.core.operation.OperationsPart;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Worker;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.Designate;

/**
 * The heart in its container: takes handlers, processes and listeners as they come and go, and offers the gate, operations,
 * events, limits and prices. Offered from here rather than as components of their own, because they are one thing.
 */
@Component(service = HeartComponent.class, immediate = true, configurationPid = "org.isthmus.core")
@Designate(ocd = Config.class)
public final class HeartComponent {
    private static final int MOST_NODE = 40;

    private final Heart heart;
    private final List<ServiceRegistration<?>> offered = new ArrayList<>();

    @Activate
    public HeartComponent(
            BundleContext context,
            Config config,
            @Reference Tx tx,
            @Reference Clock clock,
            @Reference Ids ids,
            @Reference Leases leases,
            @Reference Swaps swaps) {
        heart = new Heart(tx, clock, ids, leases, swaps, settings(config), OperationsPart.unprobed(), apart(config));
        heart.start();
        offered.add(context.registerService(Heart.class, heart, null));
        offered.add(context.registerService(Gate.class, heart.gate(), null));
        offered.add(context.registerService(Operations.class, heart.operations(), null));
        offered.add(context.registerService(Events.class, heart.events(), null));
        offered.add(context.registerService(Approvals.class, heart.approvals(), null));
        offered.add(context.registerService(LimitList.class, heart.limits(), null));
        offered.add(context.registerService(Prices.class, heart.prices(), null));
    }

    @Deactivate
    void stop() {
        offered.forEach(ServiceRegistration::unregister);
        heart.close();
    }

    private static Duration apart(Config config) {
        List<String> wrong = new ArrayList<>();
        Duration apart =
                duration("approvals.apart", config.approvals_apart(), Duration.ZERO, Duration.ofDays(30), wrong);
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("etc/org.isthmus.core.cfg: " + String.join(" ", wrong));
        }
        return apart;
    }

    /** All that is wrong with a configuration, at once. */
    static Worker.Settings settings(Config config) {
        List<String> wrong = new ArrayList<>();
        Duration lease =
                duration("worker.lease", config.worker_lease(), Duration.ofSeconds(15), Duration.ofHours(1), wrong);
        Duration scan =
                duration("worker.scan", config.worker_scan(), Duration.ofMillis(100), Duration.ofMinutes(1), wrong);
        if (config.node().length() > MOST_NODE) {
            wrong.add("node is a name of at most " + MOST_NODE + " characters.");
        }
        if (config.worker_threads() < 1 || config.worker_threads() > 64) {
            wrong.add("worker.threads is 1 to 64.");
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("etc/org.isthmus.core.cfg: " + String.join(" ", wrong));
        }
        String node = config.node().isBlank() ? machine() : config.node().strip();
        return new Worker.Settings(node, config.worker_threads(), lease, scan);
    }

    /** The name of this machine: it need not be unique, but it had better be. */
    private static String machine() {
        String name;
        try {
            name = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            name = "controller";
        }
        return name.length() <= MOST_NODE ? name : name.substring(0, MOST_NODE);
    }

    private static Duration duration(String name, String text, Duration least, Duration most, List<String> wrong) {
        try {
            Duration read = Duration.parse(text);
            if (read.compareTo(least) >= 0 && read.compareTo(most) <= 0) {
                return read;
            }
        } catch (DateTimeParseException e) {
            // said below, as for one out of range
        }
        wrong.add(name + " is an ISO 8601 duration, " + least + " to " + most + ".");
        return least;
    }

    @Reference(
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindHandler(CommandHandler<?, ?> handler) {
        heart.gate().add(handler);
    }

    void unbindHandler(CommandHandler<?, ?> handler) {
        heart.gate().remove(handler);
    }

    @Reference(
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindProcess(Process process) {
        heart.add(process);
    }

    void unbindProcess(Process process) {
        heart.remove(process);
    }

    @Reference(
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindListener(EventListener listener) {
        heart.events().add(listener);
    }

    void unbindListener(EventListener listener) {
        heart.events().remove(listener);
    }
}
