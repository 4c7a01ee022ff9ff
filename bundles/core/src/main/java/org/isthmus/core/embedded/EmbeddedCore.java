// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.core.Threads;
import org.isthmus.core.approval.CoreApprovals;
import org.isthmus.core.domain.Domain;
import org.isthmus.core.domain.Settings;
import org.isthmus.core.heart.Heart;
import org.isthmus.core.image.ImageFetch;
import org.isthmus.core.image.disk.QemuImg;
import org.isthmus.core.operation.Worker;
import org.isthmus.core.swap.Swaps;
import org.isthmus.core.webhook.CoreWebhooks;
import org.isthmus.model.Ids;
import org.isthmus.spi.DriverFactory;
import org.isthmus.store.embedded.EmbeddedDatabase;

/**
 * The whole core on an embedded database, its collaborators given. Without {@link #start} nothing runs by itself: steps are
 * driven with {@code heart().worker().runUntilIdle()}, upkeep with {@code domain().upkeep().runOnce()}.
 */
public final class EmbeddedCore implements AutoCloseable {
    /** Longer than a driver's call. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Heart heart;
    private final Domain domain;
    private final CoreWebhooks webhooks;
    private final ExecutorService background = Executors.newFixedThreadPool(4, Threads.named("isthmus-background"));
    private final ExecutorService converting = Executors.newFixedThreadPool(2, Threads.named("isthmus-converting"));
    private final ExecutorService fetching =
            Executors.newFixedThreadPool(ImageFetch.AT_ONCE, Threads.named("isthmus-fetching"));
    private ScheduledExecutorService clockThread;

    public EmbeddedCore(
            EmbeddedDatabase database,
            Clock clock,
            Ids ids,
            Swaps swaps,
            Worker.Settings worker,
            Worker.Probe probe,
            Settings settings,
            Collection<CommandHandler<?, ?>> otherHandlers) {
        heart = new Heart(database.tx(), clock, ids, database.leases(), swaps, worker, probe, CoreApprovals.APART);
        try {
            domain = new Domain(
                    new Domain.Given(
                            database.tx(),
                            database.entityManagerFactory("core"),
                            database.leases(),
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
                            Runnable::run,
                            new QemuImg(QemuImg.PROGRAM, clock)),
                    settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        heart.sealWith(domain.seal());
        webhooks = new CoreWebhooks(
                new CoreWebhooks.Given(
                        database.tx(),
                        clock,
                        ids,
                        database.leases(),
                        heart.holder(),
                        swaps,
                        heart.events(),
                        heart.eventLog(),
                        domain::seal,
                        new SecureRandom()),
                org.isthmus.core.webhook.Settings.DEFAULT);
        webhooks.handlers().forEach(heart.gate()::add);
        domain.handlers().forEach(heart.gate()::add);
        domain.processes().forEach(heart::add);
        otherHandlers.forEach(heart.gate()::add);
    }

    /** A driver comes; its endpoints are opened. */
    public void add(DriverFactory factory) {
        domain.drivers().bind(factory);
    }

    /** Begins to work by itself. */
    public void start() {
        heart.start();
        clockThread = Executors.newScheduledThreadPool(1, Threads.named("isthmus-upkeep"));
        domain.upkeep().start(clockThread);
        webhooks.start();
    }

    public Heart heart() {
        return heart;
    }

    public Domain domain() {
        return domain;
    }

    public CoreWebhooks webhooks() {
        return webhooks;
    }

    @Override
    public void close() {
        if (clockThread != null) {
            Threads.end(clockThread, PATIENCE);
        }
        webhooks.close();
        heart.close();
        domain.close();
        background.shutdownNow();
        converting.shutdownNow();
        fetching.shutdownNow();
        try {
            if (!background.awaitTermination(5, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Background work does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
