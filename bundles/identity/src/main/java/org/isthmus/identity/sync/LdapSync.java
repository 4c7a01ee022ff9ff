// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Syncs.State;
import org.isthmus.identity.directory.Gates;
import org.isthmus.identity.directory.LinkedDirectories;
import org.isthmus.identity.ldap.LdapSettings;
import org.isthmus.identity.ldap.Reach;
import org.isthmus.identity.setting.ConfiguredSettings;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.OrganizationStore;
import org.isthmus.identity.store.SyncStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the LDAP directories here whose time has come or for which somebody asked. Of several controllers one does a
 * directory; a run of one that was killed is begun anew by the next, which finds less to do.
 */
@Component(service = LdapSync.class)
public final class LdapSync {
    static final Duration LEASED = Duration.ofMinutes(2);
    private static final Logger LOG = LoggerFactory.getLogger(LdapSync.class);

    private final Tx tx;
    private final OrganizationStore organizations;
    private final DirectoryStore directories;
    private final LinkedDirectories linked;
    private final SyncStore runs;
    private final Known known;
    private final Gates gates;
    private final Leases leases;
    private final Reach reach;
    private final Clock clock;
    private final Ids ids;
    private final String holder;
    private final Set<DirectoryId> running = ConcurrentHashMap.newKeySet();

    @Activate
    public LdapSync(
            @Reference Tx tx,
            @Reference OrganizationStore organizations,
            @Reference DirectoryStore directories,
            @Reference LinkedDirectories linked,
            @Reference SyncStore runs,
            @Reference Known known,
            @Reference Gates gates,
            @Reference Leases leases,
            @Reference ConfiguredSettings configured,
            @Reference Clock clock,
            @Reference Ids ids) {
        this(
                tx,
                organizations,
                directories,
                linked,
                runs,
                known,
                gates,
                leases,
                new Reach(configured.settings().directoriesOnLoopback()),
                clock,
                ids);
    }

    /** Without a container. */
    public static LdapSync embedded(
            Tx tx,
            OrganizationStore organizations,
            DirectoryStore directories,
            LinkedDirectories linked,
            SyncStore runs,
            Known known,
            Gates gates,
            Leases leases,
            Reach reach,
            Clock clock,
            Ids ids) {
        return new LdapSync(tx, organizations, directories, linked, runs, known, gates, leases, reach, clock, ids);
    }

    private LdapSync(
            Tx tx,
            OrganizationStore organizations,
            DirectoryStore directories,
            LinkedDirectories linked,
            SyncStore runs,
            Known known,
            Gates gates,
            Leases leases,
            Reach reach,
            Clock clock,
            Ids ids) {
        this.tx = tx;
        this.organizations = organizations;
        this.directories = directories;
        this.linked = linked;
        this.runs = runs;
        this.known = known;
        this.gates = gates;
        this.leases = leases;
        this.reach = reach;
        this.clock = clock;
        this.ids = ids;
        this.holder = ids.uuid().toString();
    }

    /** What is leased while a directory is brought here. */
    static String lease(DirectoryId directory) {
        return "sync-" + directory.value();
    }

    /** Begins what is due, on these threads. */
    public void runDue(Executor threads) {
        Instant now = clock.instant();
        for (SyncStore.Candidate each : runs.candidates()) {
            if (due(each.state(), each.startedAt(), LdapSettings.every(each.every()), now)
                    && running.add(each.directory())) {
                threads.execute(() -> {
                    try {
                        directories
                                .find(each.organization(), each.directory())
                                .filter(DirectoryView::enabled)
                                .ifPresent(this::run);
                    } finally {
                        running.remove(each.directory());
                    }
                });
            }
        }
    }

    private static boolean due(State state, Optional<Instant> begun, Duration every, Instant now) {
        if (state == State.ASKED || state == State.RUNNING) {
            return true;
        }
        return !every.isZero()
                && begun.filter(at -> at.plus(every).isAfter(now)).isEmpty();
    }

    /** One directory, unless another controller is at it. */
    private void run(DirectoryView view) {
        Optional<Leases.Lease> lease = leases.hold(lease(view.id()), holder, LEASED);
        if (lease.isEmpty()) {
            return;
        }
        try {
            SyncStore.Run last = runs.find(view.id());
            Duration every =
                    LdapSettings.every(Optional.ofNullable(view.settings().get("sync.interval")));
            if (due(last.state(), last.startedAt(), every, clock.instant())) {
                new OneRun(
                                tx,
                                organizations.find(view.organization()).orElseThrow(),
                                view,
                                linked,
                                runs,
                                known,
                                gates,
                                leases,
                                lease.get(),
                                reach,
                                clock,
                                ids.uuid().toString())
                        .go(last);
            }
        } catch (RuntimeException e) {
            LOG.warn("The directory {} is brought here at the next turn: {}", view.id(), e.toString());
        } finally {
            release(lease.get());
        }
    }

    private void release(Leases.Lease lease) {
        try {
            leases.release(lease);
        } catch (RuntimeException e) {
            LOG.debug("The lease {} was not given back; it ends by itself", lease.name(), e);
        }
    }
}
