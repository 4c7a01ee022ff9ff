// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import org.isthmus.api.gate.Gate;
import org.isthmus.core.Moment;
import org.isthmus.core.RowStore;
import org.isthmus.core.Things;
import org.isthmus.core.image.CoreImages;
import org.isthmus.core.image.Destinations;
import org.isthmus.core.image.ImageCommands;
import org.isthmus.core.image.ImageTransfer;
import org.isthmus.core.image.Intake;
import org.isthmus.core.image.Leftovers;
import org.isthmus.core.image.Stock;
import org.isthmus.core.lease.LeaseBook;
import org.isthmus.core.lease.LeaseStore;
import org.isthmus.core.limit.Limits;
import org.isthmus.core.location.Drivers;
import org.isthmus.core.location.EndpointStore;
import org.isthmus.core.location.HostStore;
import org.isthmus.core.location.LocationStore;
import org.isthmus.core.network.NetworkStore;
import org.isthmus.core.network.PortStore;
import org.isthmus.core.operation.OperationBook;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.price.Usage;
import org.isthmus.core.ssh.Authorities;
import org.isthmus.core.ssh.CertificateStore;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Leases;
import org.isthmus.store.seal.Seal;

/** Puts the parts of this package together. */
public final class ServerAssembly {
    private final CoreServers servers;
    private final CoreMoveBatches moveBatches;
    private final RootAccess rootAccess;
    private final ServerReconciler reconciler;
    private final ServerCapture.Planned capture;

    /** What servers are made of that others own. */
    public record Given(
            RowStore rows,
            Seal seal,
            Swaps swaps,
            Clock clock,
            Ids ids,
            SecureRandom random,
            Usage usage,
            PriceBook prices,
            Limits limits,
            OperationBook operations,
            Leases leases,
            Supplier<Gate> gate,
            Function<OrganizationId, Moment> moments) {}

    /** Where they live. */
    public record Neighbours(
            LocationStore locations,
            EndpointStore endpoints,
            HostStore hosts,
            Drivers drivers,
            NetworkStore networks,
            PortStore ports,
            CoreImages images,
            LeaseStore leases,
            LeaseBook leaseBook,
            Stock stock,
            Intake intake,
            Leftovers leftovers,
            Destinations destinations,
            ImageTransfer transfer) {}

    /**
     * How long guests and drivers are waited for.
     *
     * @param stop a guest that was asked to shut down, before power is cut
     * @param delete the same, when the server is being deleted
     * @param verify a new server to be on, with its ports bound
     * @param purgeAgain until the next try when a server could not be removed
     */
    public record Patience(Duration stop, Duration delete, Duration verify, Duration purgeAgain) {
        public static final Patience DEFAULT = new Patience(
                Duration.ofMinutes(2), Duration.ofSeconds(30), Duration.ofMinutes(2), Duration.ofMinutes(10));
    }

    /**
     * How much root is given.
     *
     * @param longest a certificate is good for at most
     * @param perHour certificates a user is given at most in an hour of the clock
     */
    public record Certificates(Duration longest, int perHour) {
        public static final Certificates DEFAULT = new Certificates(Duration.ofHours(1), 60);
    }

    public ServerAssembly(
            Given given, Neighbours near, ServerStore store, Patience patience, Certificates certificates) {
        PartStore parts = new PartStore(given.rows(), given.seal());
        ServerLife life = new ServerLife(store, parts, near.hosts(), given.usage(), given.operations());
        Authorities authorities = new Authorities(given.rows(), given.seal(), given.random());
        Workbench bench = new Workbench(
                given.rows().tx(),
                new Things(given.rows().tx()),
                store,
                parts,
                life,
                near.networks(),
                near.ports(),
                near.locations(),
                near.endpoints(),
                near.hosts(),
                near.drivers(),
                authorities,
                near.stock(),
                near.intake(),
                near.leftovers(),
                patience);
        ServerViews views = new ServerViews(store, parts, near.ports(), near.leases(), given.prices());
        DeployPlan deploy =
                new DeployPlan(given.ids(), bench, near, given.operations(), given.prices(), views, given.swaps());
        MovePlan move = new MovePlan(given.ids(), bench, deploy, near.destinations(), given.operations());
        MoveBatchStore batches = new MoveBatchStore(given.rows());
        this.moveBatches = new CoreMoveBatches(
                new MovePreview.Rules(
                        given.ids(), given.swaps(), bench, near.destinations(), given.prices(), given.limits()),
                given.clock(),
                move,
                given.operations(),
                batches,
                given.gate());
        this.servers = new CoreServers(
                given.swaps(),
                bench,
                views,
                new ServerCommands(bench, deploy, move, views, given.prices(), near.leaseBook(), server -> near.leases()
                        .expired(server, given.clock().instant())),
                near.transfer(),
                new PartCommands(given.ids(), bench, views, given.prices()),
                new Consoles(given.swaps(), bench, given.clock(), given.random()),
                (operation, now) -> batches.parent(operation)
                        .ifPresent(batch -> given.operations().hasten(batch, now)));
        this.rootAccess = new RootAccess(
                given.swaps(), bench, new CertificateStore(given.rows()), given.ids(), given.random(), certificates);
        this.capture = new ServerCapture.Planned(given.ids(), bench);
        this.reconciler = new ServerReconciler(bench, given.leases(), given.clock(), given.moments());
    }

    public CoreServers servers() {
        return servers;
    }

    /** Moves of many. */
    public CoreMoveBatches moveBatches() {
        return moveBatches;
    }

    /** Root inside them. */
    public RootAccess rootAccess() {
        return rootAccess;
    }

    /** Makes images of them. */
    public ImageCommands.Capture capture() {
        return capture;
    }

    public ServerReconciler reconciler() {
        return reconciler;
    }
}
