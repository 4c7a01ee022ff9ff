// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import com.vmware.vim25.HttpNfcLeaseInfo;
import com.vmware.vim25.HttpNfcLeaseManifestEntry;
import com.vmware.vim25.HttpNfcLeaseState;
import com.vmware.vim25.LocalizedMethodFault;
import com.vmware.vim25.ManagedObjectReference;
import java.time.Duration;
import java.util.List;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.driver.vmware.vim.VimFault;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/** A lease we hold, kept alive while bytes flow. */
final class Lease {
    private static final Duration FIRST = Duration.ofMillis(50);
    private static final Duration LONGEST = Duration.ofSeconds(2);
    private static final int TRIES = 40;
    private static final long WORD_NANOS = Duration.ofSeconds(10).toNanos();

    private final Vim vim;
    private final ManagedObjectReference lease;
    private long everyNanos = WORD_NANOS;
    private long saidAt;

    Lease(Vim vim, ManagedObjectReference lease) {
        this.vim = vim;
        this.lease = lease;
    }

    /** Waits until disks may flow. */
    HttpNfcLeaseInfo ready(Transfer transfer) {
        Duration pause = FIRST;
        while (true) {
            Seen seen = vim.talk()
                    .see(lease, "state", "error", "info")
                    .orElseThrow(() -> new DriverException(Kind.UNAVAILABLE, "The vCenter forgot the lease."));
            HttpNfcLeaseState state = seen.must("state", HttpNfcLeaseState.class);
            if (state == HttpNfcLeaseState.READY) {
                HttpNfcLeaseInfo info = seen.must("info", HttpNfcLeaseInfo.class);
                long third = Duration.ofSeconds(info.getLeaseTimeout()).toNanos() / 3;
                everyNanos = Math.min(WORD_NANOS, Math.max(third, 1));
                saidAt = System.nanoTime();
                return info;
            }
            if (state != HttpNfcLeaseState.INITIALIZING) {
                throw seen.get("error", LocalizedMethodFault.class)
                        .filter(error -> error.getFault() != null)
                        .map(error ->
                                new VimFault(error.getFault().getClass().getSimpleName(), error.getLocalizedMessage()))
                        .orElseGet(() -> new VimFault("InvalidState", "the lease is " + state.value()));
            }
            transfer.pause(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST) > 0 ? LONGEST : pause.multipliedBy(2);
        }
    }

    /** Says how far it is, when it is time to: a lease of which nothing is heard ends. */
    void alive(int percent) {
        // leases live by real time, as sockets do
        if (System.nanoTime() - saidAt >= everyNanos) {
            say(percent);
        }
    }

    void say(int percent) {
        vim.talk().change(port -> {
            port.httpNfcLeaseProgress(lease, percent);
            return true;
        });
        saidAt = System.nanoTime();
    }

    /** What the far end sent, by its own count; empty where it does not count. */
    List<HttpNfcLeaseManifestEntry> manifest() {
        try {
            return vim.talk().change(port -> port.httpNfcLeaseGetManifest(lease));
        } catch (VimFault fault) {
            if (fault.is("MethodNotFound") || fault.is("NotSupported")) {
                return List.of();
            }
            throw fault;
        }
    }

    /** Ends it well. When no answer comes, the lease itself says whether it heard. */
    void complete() {
        try {
            vim.talk().change(port -> {
                port.httpNfcLeaseComplete(lease);
                return true;
            });
        } catch (DriverException unheard) {
            boolean done = vim.talk()
                    .see(lease, "state")
                    .flatMap(seen -> seen.get("state", HttpNfcLeaseState.class))
                    .filter(HttpNfcLeaseState.DONE::equals)
                    .isPresent();
            if (!done) {
                throw unheard;
            }
        }
    }

    /**
     * Gives it up; one that is no longer held is given up. Out of reach, it is ended by the vCenter, which hears nothing of
     * it any more, with what was made for it.
     */
    void giveUp() {
        Transfer.undisturbed(() -> {
            try {
                abort();
            } catch (DriverException | VimFault e) {
                // as said
            }
        });
    }

    private void abort() {
        Transfer patience = new Transfer("abort");
        for (int i = 0; i < TRIES; i++) {
            try {
                vim.talk().change(port -> {
                    port.httpNfcLeaseAbort(lease, null);
                    return true;
                });
                return;
            } catch (VimFault fault) {
                // one that is not ready yet cannot be given up yet
                if (!fault.is("InvalidState") || !isBeingMade()) {
                    return;
                }
            }
            patience.pause(FIRST.multipliedBy(1 + i));
        }
    }

    private boolean isBeingMade() {
        return vim.talk()
                .see(lease, "state")
                .flatMap(seen -> seen.get("state", HttpNfcLeaseState.class))
                .filter(HttpNfcLeaseState.INITIALIZING::equals)
                .isPresent();
    }
}
