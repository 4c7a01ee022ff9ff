// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.isthmus.identity.turn.Threads;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks every few seconds whether a directory is due. A few are asked at a time: one that is slow keeps no other waiting. */
@Component(service = SyncClock.class, immediate = true)
public final class SyncClock {
    private static final Logger LOG = LoggerFactory.getLogger(SyncClock.class);
    private static final int LOOK_SECONDS = 2;
    private static final int AT_A_TIME = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final LdapSync sync;
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(Threads.named("isthmus-sync-clock"));
    private final ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME, Threads.named("isthmus-sync"));

    @Activate
    public SyncClock(@Reference LdapSync sync) {
        this.sync = sync;
        clock.scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    /** A failure must not end the schedule: the database may be away for a while. */
    private void look() {
        try {
            sync.runDue(threads);
        } catch (RuntimeException e) {
            LOG.debug("Directories are looked at again soon", e);
        }
    }

    /** Lets what runs end, for a while: an interrupt in the middle of a query costs Derby the connection. */
    @Deactivate
    void stop() {
        Threads.end(clock, PATIENCE);
        Threads.end(threads, PATIENCE);
    }
}
