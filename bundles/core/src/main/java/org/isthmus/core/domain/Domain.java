// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.domain;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import javax.persistence.EntityManagerFactory;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.Access;
import org.isthmus.api.image.Images;
import org.isthmus.api.lease.ServerLeases;
import org.isthmus.api.location.Locations;
import org.isthmus.api.network.Networks;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.server.MoveBatches;
import org.isthmus.api.server.Servers;
import org.isthmus.api.ssh.SshCertificates;
import org.isthmus.api.status.Part;
import org.isthmus.core.Moment;
import org.isthmus.core.RowStore;
import org.isthmus.core.Times;
import org.isthmus.core.event.EventLog;
import org.isthmus.core.image.CoreImages;
import org.isthmus.core.image.Destinations;
import org.isthmus.core.image.DirectoryContents;
import org.isthmus.core.image.ImageAdoption;
import org.isthmus.core.image.ImageCheck;
import org.isthmus.core.image.ImageCommands;
import org.isthmus.core.image.ImageDeletion;
import org.isthmus.core.image.ImageExporting;
import org.isthmus.core.image.ImageFetch;
import org.isthmus.core.image.ImageParts;
import org.isthmus.core.image.ImageStore;
import org.isthmus.core.image.ImageTransfer;
import org.isthmus.core.image.Intake;
import org.isthmus.core.image.Leftovers;
import org.isthmus.core.image.Stock;
import org.isthmus.core.image.Unpacking;
import org.isthmus.core.image.disk.Conversions;
import org.isthmus.core.lease.CoreLeases;
import org.isthmus.core.lease.LeaseBook;
import org.isthmus.core.lease.LeaseStore;
import org.isthmus.core.limit.Limits;
import org.isthmus.core.location.CheckedSeal;
import org.isthmus.core.location.CoreLocations;
import org.isthmus.core.location.Drivers;
import org.isthmus.core.location.DriversPart;
import org.isthmus.core.location.EndpointStore;
import org.isthmus.core.location.EndpointWatch;
import org.isthmus.core.location.HostStore;
import org.isthmus.core.location.LocationCommands;
import org.isthmus.core.location.LocationStore;
import org.isthmus.core.location.Works;
import org.isthmus.core.network.CoreNetworks;
import org.isthmus.core.network.NetworkCommands;
import org.isthmus.core.network.NetworkCreate;
import org.isthmus.core.network.NetworkDelete;
import org.isthmus.core.network.NetworkReconciler;
import org.isthmus.core.network.NetworkStore;
import org.isthmus.core.network.PortStore;
import org.isthmus.core.operation.OperationBook;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Worker;
import org.isthmus.core.outward.Outward;
import org.isthmus.core.outward.Watch;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.price.Usage;
import org.isthmus.core.server.ServerAssembly;
import org.isthmus.core.server.ServerStore;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.isthmus.store.seal.Seal;
import org.isthmus.store.seal.SecretBox;

/**
 * Locations, networks, images and servers, put together from what they are given. It begins nothing by itself: its handlers
 * and processes are for the gate and the worker to take, its drivers for whoever finds them to bind, its upkeep for a clock
 * to drive.
 */
public final class Domain implements AutoCloseable {
    private final Given given;
    private final Seal seal;
    private final Drivers drivers;
    private final Works works;
    private final Works converters;
    private final Works fetchers;
    private final Watch connections = new Watch("isthmus-fetching-watch");
    private final CoreLocations locations;
    private final CoreNetworks networks;
    private final CoreImages images;
    private final ServerAssembly servers;
    private final Part part;
    private final CoreLeases leases;
    private final Upkeep upkeep;
    private final EndpointWatch watch;
    private final Organizations.Owned owned;
    private final List<CommandHandler<?, ?>> handlers = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();
    private volatile OrganizationId platform;

    /**
     * What the domain is made of that others own.
     *
     * @param unit the persistence unit {@code core}
     * @param holder what this run of this controller is called where it holds a lease
     * @param gate there when the first upload ends and the first grace is over, not before
     * @param wake says that operations that wait may go on: a driver has come back. Quick
     * @param substitute takes the place of a worker that waits long for a driver
     * @param background runs long reading and the drivers' bulk work: a bounded pool of threads
     * @param converting runs conversions, which may take hours each: a pool of its own, so that nothing else waits for them
     * @param fetching waits for strangers who send images, as slowly as they like: a pool of its own
     * @param conversions makes image contents in other formats
     * @param soon runs what should not make its caller wait: opening endpoints, asking them how they are
     */
    public record Given(
            Tx tx,
            EntityManagerFactory unit,
            Leases leases,
            String holder,
            Clock clock,
            Ids ids,
            SecureRandom random,
            Swaps swaps,
            OperationBook operations,
            Usage usage,
            PriceBook prices,
            Limits limits,
            EventLog events,
            Supplier<Gate> gate,
            Runnable wake,
            Supplier<Worker.Substitute> substitute,
            ExecutorService background,
            ExecutorService converting,
            ExecutorService fetching,
            Executor soon,
            Conversions conversions) {}

    /**
     * Puts it together; makes the key file and the directories when they are not there.
     *
     * @throws IOException when those cannot be made or read
     * @throws IllegalStateException when the key file is not the one of this database
     */
    public Domain(Given given, Settings settings) throws IOException {
        this.given = given;
        Tx tx = given.tx();
        RowStore rows = new RowStore(tx, given.unit());
        seal = new CheckedSeal(SecretBox.withKeyFile(settings.keyFile(), given.random()), rows, settings.keyFile());
        LocationStore locationStore = new LocationStore(rows);
        EndpointStore endpointStore = new EndpointStore(rows, seal);
        HostStore hostStore = new HostStore(rows);
        NetworkStore networkStore = new NetworkStore(rows);
        PortStore portStore = new PortStore(rows, networkStore);
        ImageStore imageStore = new ImageStore(rows);
        ImageParts imageParts = new ImageParts(rows);
        tx.retrying(() -> {
            imageParts.complete();
            return true;
        });
        ServerStore serverStore = new ServerStore(rows);
        DirectoryContents contents = new DirectoryContents(settings.images());

        this.works = new Works(given.background());
        this.converters = new Works(given.converting());
        this.fetchers = new Works(given.fetching());
        this.drivers = new Drivers(
                endpointStore,
                tx,
                new Drivers.Surroundings(
                        given.clock(),
                        settings.cache(),
                        given.background(),
                        given.soon(),
                        given.substitute(),
                        this::changedBelow,
                        this::driverCame));
        Leftovers leftovers = new Leftovers(rows, drivers, given.clock());
        this.watch = new EndpointWatch(
                tx,
                endpointStore,
                hostStore,
                locationStore,
                drivers,
                given.leases(),
                given.holder(),
                given.ids(),
                given.clock(),
                () -> moment(platform()));
        this.locations = new CoreLocations(tx, given.swaps(), locationStore, endpointStore, hostStore, drivers);
        handlers.addAll(new LocationCommands(
                        tx,
                        given.ids(),
                        locationStore,
                        endpointStore,
                        hostStore,
                        drivers,
                        List.of(networkStore, serverStore, imageParts, leftovers),
                        this::endpointChanged)
                .handlers());
        this.part = new DriversPart(tx, endpointStore, drivers);

        this.networks = new CoreNetworks(tx, given.swaps(), networkStore, given.prices());
        handlers.addAll(new NetworkCommands(
                        tx,
                        given.ids(),
                        networkStore,
                        locationStore,
                        endpointStore,
                        given.operations(),
                        given.prices(),
                        networks)
                .handlers());
        processes.add(new NetworkCreate(tx, networkStore, drivers, given.usage()));
        processes.add(new NetworkDelete(tx, networkStore, drivers, given.usage()));

        this.images = new CoreImages(
                tx, given.swaps(), imageStore, imageParts, contents, given.gate(), settings.mostImageBytes());
        Intake intake = new Intake(tx, imageStore, imageParts, contents, settings.mostImageBytes());
        Stock stock = new Stock(
                tx,
                imageStore,
                imageParts,
                contents,
                works,
                converters,
                given.leases(),
                given.holder(),
                given.clock(),
                given.conversions());
        Destinations destinations = new Destinations(imageStore, imageParts, endpointStore, leftovers);
        ImageTransfer transfer =
                new ImageTransfer(tx, imageStore, imageParts, intake, stock, endpointStore, drivers, leftovers);

        LeaseStore leaseStore = new LeaseStore(rows);
        LeaseBook leaseBook =
                new LeaseBook(tx, given.clock(), given.ids(), given.swaps(), leaseStore, serverStore::touch);
        this.servers = new ServerAssembly(
                new ServerAssembly.Given(
                        rows,
                        seal,
                        given.swaps(),
                        given.clock(),
                        given.ids(),
                        given.random(),
                        given.usage(),
                        given.prices(),
                        given.limits(),
                        given.operations(),
                        given.leases(),
                        given.gate(),
                        this::moment),
                new ServerAssembly.Neighbours(
                        locationStore,
                        endpointStore,
                        hostStore,
                        drivers,
                        networkStore,
                        portStore,
                        images,
                        leaseStore,
                        leaseBook,
                        stock,
                        intake,
                        leftovers,
                        destinations,
                        transfer),
                serverStore,
                settings.patience(),
                settings.certificates());
        handlers.addAll(servers.servers().handlers());
        handlers.addAll(servers.rootAccess().handlers());
        processes.addAll(servers.servers().processes());
        handlers.addAll(servers.moveBatches().handlers());
        processes.addAll(servers.moveBatches().processes());

        ImageCommands imageCommands = new ImageCommands(
                tx,
                given.ids(),
                imageStore,
                imageParts,
                locationStore,
                destinations,
                contents,
                given.operations(),
                images,
                serverStore::beingMadeOf,
                servers.capture(),
                settings.fetches(),
                seal);
        handlers.addAll(imageCommands.handlers());
        handlers.add(new ImageAdoption(
                        tx,
                        given.swaps(),
                        given.ids(),
                        imageStore,
                        imageParts,
                        intake,
                        locationStore,
                        endpointStore,
                        drivers,
                        images,
                        given.events())
                .handler());
        ImageCheck check = new ImageCheck(
                tx,
                imageStore,
                imageParts,
                contents,
                works,
                converters,
                new Unpacking(contents, given.conversions(), settings.mostImageBytes(), settings.mostDiskBytes()));
        processes.add(check);
        processes.add(new ImageFetch(
                tx,
                imageStore,
                contents,
                fetchers,
                given.leases(),
                given.holder(),
                new Outward(settings.fetches()),
                connections,
                given.clock(),
                seal,
                check,
                settings.mostImageBytes()));
        processes.add(transfer);
        processes.add(new ImageExporting(imageStore, stock, transfer));
        processes.add(new ImageDeletion(tx, imageStore, imageParts, leftovers, imageCommands::remove));

        this.leases = new CoreLeases(tx, given.clock(), given.swaps(), leaseStore, leaseBook, given.events());
        handlers.addAll(leases.handlers());

        this.upkeep = new Upkeep(
                settings,
                given.holder(),
                watch,
                servers.reconciler(),
                new NetworkReconciler(tx, networkStore, portStore, drivers, given.leases(), this::moment),
                images,
                leftovers,
                leases,
                drivers,
                () -> tx.read(endpointStore::all).stream()
                        // one that hangs would hold up the comparing of the others
                        .filter(endpoint -> drivers.overdue(endpoint.id()).isEmpty())
                        .toList(),
                given.leases(),
                given.gate(),
                this::platform,
                () -> "upkeep-" + given.ids().uuid());
        this.owned = new OwnedThings(tx, serverStore, networkStore, imageStore);
    }

    /** Asked once: it is the same for as long as the database is. */
    private OrganizationId platform() {
        if (platform == null) {
            platform = given.swaps().access().call(Access::platform);
        }
        return platform;
    }

    private Moment moment(OrganizationId organization) {
        Instant now = Times.kept(given.clock().instant());
        return new Moment(now, organization, (type, subject, data) -> given.events()
                .append(now, organization, type, subject, data));
    }

    private void changedBelow(EndpointId endpoint) {
        upkeep.hint(endpoint);
    }

    private void driverCame(EndpointId endpoint) {
        given.wake().run();
        given.soon().execute(() -> watch.check(endpoint));
    }

    private void endpointChanged(EndpointId endpoint) {
        given.soon().execute(() -> {
            drivers.refresh(endpoint);
            watch.check(endpoint);
        });
    }

    public Locations locations() {
        return locations;
    }

    public Networks networks() {
        return networks;
    }

    public Images images() {
        return images;
    }

    public Servers servers() {
        return servers.servers();
    }

    public MoveBatches moveBatches() {
        return servers.moveBatches();
    }

    public SshCertificates sshCertificates() {
        return servers.rootAccess();
    }

    public ServerLeases leases() {
        return leases;
    }

    public Part part() {
        return part;
    }

    /** Seals secrets with the key of this database, for others that keep some. */
    public Seal seal() {
        return seal;
    }

    /** What organizations own of this. */
    public Organizations.Owned owned() {
        return owned;
    }

    /** Where drivers are bound and unbound. */
    public Drivers drivers() {
        return drivers;
    }

    public Upkeep upkeep() {
        return upkeep;
    }

    public List<CommandHandler<?, ?>> handlers() {
        return List.copyOf(handlers);
    }

    public List<Process> processes() {
        return List.copyOf(processes);
    }

    /** Closes the drivers, after their calls in flight. */
    @Override
    public void close() {
        upkeep.close();
        drivers.close();
        works.close();
        converters.close();
        fetchers.close();
        connections.close();
    }
}
