// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.domain;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.persistence.EntityManagerFactory;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.image.Images;
import org.isthmus.api.lease.ServerLeases;
import org.isthmus.api.location.DriverUpdates;
import org.isthmus.api.location.Locations;
import org.isthmus.api.network.Networks;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.server.MoveBatches;
import org.isthmus.api.server.Servers;
import org.isthmus.api.ssh.SshCertificates;
import org.isthmus.api.status.Part;
import org.isthmus.core.Threads;
import org.isthmus.core.heart.Heart;
import org.isthmus.core.image.ImageFetch;
import org.isthmus.core.image.disk.QemuImg;
import org.isthmus.core.location.CoreDriverUpdates;
import org.isthmus.core.location.Edition;
import org.isthmus.core.location.FrameworkBundles;
import org.isthmus.core.operation.Process;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.spi.DriverFactory;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.isthmus.store.seal.Seal;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.Version;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.Designate;

/**
 * The domain in its container: drivers come and go, and what it offers is registered as services: what can be seen, what
 * carries out commands, and the operations that go on. An edit of its configuration puts it together anew.
 */
@Component(service = DomainComponent.class, immediate = true, configurationPid = "org.isthmus.core.domain")
@Designate(ocd = Config.class)
public final class DomainComponent {
    /** Bulk work at once: images being read, disks being copied. */
    private static final int BACKGROUND_THREADS = 4;

    /** Conversions at once: each keeps a processor and a disk busy. */
    private static final int CONVERTING_THREADS = 2;

    private static final int SOON_THREADS = 4;
    private static final int CLOCK_THREADS = 3;
    private static final int LOOK_AT_SPACE_SECONDS = 5;
    /** Longer than a driver's call. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Domain domain;
    private final ExecutorService background =
            Executors.newFixedThreadPool(BACKGROUND_THREADS, Threads.named("isthmus-background"));
    private final ExecutorService converting =
            Executors.newFixedThreadPool(CONVERTING_THREADS, Threads.named("isthmus-converting"));
    private final ExecutorService fetching =
            Executors.newFixedThreadPool(ImageFetch.AT_ONCE, Threads.named("isthmus-fetching"));
    private final ExecutorService soon = Executors.newFixedThreadPool(SOON_THREADS, Threads.named("isthmus-endpoints"));
    private final ScheduledExecutorService clockThreads =
            Executors.newScheduledThreadPool(CLOCK_THREADS, Threads.named("isthmus-upkeep"));
    private final ExecutorService updates = Executors.newCachedThreadPool(Threads.named("isthmus-driver-update"));
    private final BundleContext context;
    private final List<ServiceRegistration<?>> offered = new ArrayList<>();

    @Activate
    public DomainComponent(
            BundleContext context,
            Config config,
            @Reference Tx tx,
            @Reference(target = "(osgi.unit.name=core)") EntityManagerFactory unit,
            @Reference Leases leases,
            @Reference Clock clock,
            @Reference Ids ids,
            @Reference Swaps swaps,
            @Reference Heart heart)
            throws IOException {
        this.context = context;
        // Karaf's installation; elsewhere the working directory
        Path base =
                Path.of(Optional.ofNullable(context.getProperty("karaf.base")).orElse(""));
        Settings settings = Settings.of(config, base.toAbsolutePath());
        domain = new Domain(
                new Domain.Given(
                        tx,
                        unit,
                        leases,
                        heart.holder(),
                        clock,
                        ids,
                        new SecureRandom(),
                        swaps,
                        heart.book(),
                        heart.usage(),
                        heart.priceBook(),
                        heart.limits(),
                        heart.eventLog(),
                        heart::gate,
                        heart.worker()::wakeAll,
                        heart.worker()::substitute,
                        background,
                        converting,
                        fetching,
                        soon,
                        new QemuImg(QemuImg.PROGRAM, clock)),
                settings);
        FrameworkBundles bundles = new FrameworkBundles(context);
        CoreDriverUpdates driverUpdates = new CoreDriverUpdates(tx, swaps, domain.drivers(), bundles, clock, updates);
        heart.sealWith(domain.seal());
        offered.add(context.registerService(Seal.class, domain.seal(), null));
        // operations first: a command that is carried out begins one
        domain.processes().forEach(each -> offered.add(context.registerService(Process.class, each, null)));
        domain.handlers().forEach(each -> offered.add(context.registerService(CommandHandler.class, each, null)));
        offered.add(context.registerService(CommandHandler.class, driverUpdates.handler(), null));
        offered.add(context.registerService(DriverUpdates.class, driverUpdates, null));
        offered.add(context.registerService(Locations.class, domain.locations(), null));
        offered.add(context.registerService(Networks.class, domain.networks(), null));
        offered.add(context.registerService(Images.class, domain.images(), null));
        offered.add(context.registerService(Servers.class, domain.servers(), null));
        offered.add(context.registerService(MoveBatches.class, domain.moveBatches(), null));
        offered.add(context.registerService(SshCertificates.class, domain.sshCertificates(), null));
        offered.add(context.registerService(ServerLeases.class, domain.leases(), null));
        offered.add(context.registerService(Part.class, domain.part(), null));
        offered.add(context.registerService(Organizations.Owned.class, domain.owned(), null));
        Space space = new Space(
                Map.of(
                        "images",
                        settings.images(),
                        "the database",
                        base.resolve("database"),
                        "the log",
                        Path.of(Optional.ofNullable(context.getProperty("karaf.log"))
                                .orElse("log"))),
                Space.Disks.REAL);
        offered.add(context.registerService(Part.class, space, null));
        clockThreads.scheduleWithFixedDelay(space::look, 0, LOOK_AT_SPACE_SECONDS, TimeUnit.SECONDS);
        domain.upkeep().start(clockThreads);
        updates.execute(bundles::tidy);
    }

    /** What was offered last goes first, so that no command is carried out whose operation is not known any more. */
    @Deactivate
    void stop() {
        Collections.reverse(offered);
        offered.forEach(ServiceRegistration::unregister);
        Threads.end(clockThreads, PATIENCE);
        Threads.end(updates, PATIENCE);
        Threads.end(soon, PATIENCE);
        domain.close();
        // short: bulk work may take hours, and goes on where it was
        Threads.end(background, Duration.ofSeconds(2));
        converting.shutdownNow();
        fetching.shutdownNow();
    }

    @Reference(
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindDriver(DriverFactory factory, Map<String, Object> properties) {
        long number = (Long) properties.get(Constants.SERVICE_BUNDLEID);
        Version version = Optional.ofNullable(context.getBundle(number))
                .map(Bundle::getVersion)
                .orElse(Version.emptyVersion);
        domain.drivers()
                .bind(
                        factory,
                        new Edition(
                                version.getMajor(),
                                version.getMinor(),
                                version.getMicro(),
                                version.getQualifier(),
                                number));
    }

    void unbindDriver(DriverFactory factory) {
        domain.drivers().unbind(factory);
    }
}
