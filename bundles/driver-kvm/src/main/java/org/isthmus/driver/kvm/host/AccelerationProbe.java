// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.host;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.isthmus.driver.kvm.host.Domains.Facts;
import org.isthmus.driver.kvm.host.Domains.State;
import org.isthmus.driver.kvm.host.Volumes.NewVolume;
import org.isthmus.model.Ids;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out once per open endpoint whether its host really runs guests by KVM: by booting one ({@link ProbeGuest}). What
 * the host says about itself is not enough: {@code /dev/kvm} exists on many machines where no guest comes up.
 */
public final class AccelerationProbe {
    private static final Logger LOG = LoggerFactory.getLogger(AccelerationProbe.class);
    private static final String KEY = "acceleration";
    private static final String PREFIX = "isthmus-probe-";
    /**
     * A working KVM takes well under a second. One that carries guests out instruction by instruction (KVM inside of some
     * virtual machines) brings the probe to its end after half a minute, and most real guests never.
     */
    private static final Duration BOOT = Duration.ofSeconds(2);

    private static final int ATTEMPTS = 3;
    private static final Optional<String> CLOSING = Optional.of("the endpoint is being closed");
    private static final Duration CLEARED = Duration.ofSeconds(5);
    /** Older ones were left behind by a controller that died. */
    private static final Duration LEFT_BEHIND = Duration.ofMinutes(2);

    private static final long LOOK_EVERY_MILLIS = 100;

    private final HostCalls calls;
    private final HostFiles files;
    private final DriverContext context;
    private final String cpuModel;
    private final String machine;
    private final Ids ids;
    private final boolean probed;
    private final CountDownLatch ended = new CountDownLatch(1);
    /** Held for as long as a probe guest is on the host. */
    private final ReentrantLock there = new ReentrantLock();

    private volatile boolean closing;
    private volatile Acceleration known;

    /** @param wish {@code auto}, or the answer itself: {@code kvm} or {@code tcg} */
    public AccelerationProbe(
            HostCalls calls, HostFiles files, DriverContext context, String wish, String cpuModel, String machine) {
        this.calls = calls;
        this.files = files;
        this.context = context;
        this.cpuModel = cpuModel;
        this.machine = machine;
        this.ids = new Ids(context.clock());
        this.probed = wish.equals("auto");
        switch (wish) {
            case "kvm" -> known = new Acceleration(Acceleration.Kind.KVM, "as the endpoint's settings say");
            case "tcg" -> known = new Acceleration(Acceleration.Kind.TCG, "as the endpoint's settings say");
            default -> {
                // found out when needed
            }
        }
    }

    /** True for a domain that is one of these probes. */
    public static boolean isProbe(String domainName) {
        return domainName.startsWith(PREFIX);
    }

    /** True when it is found out here, false when the settings say it. */
    public boolean probed() {
        return probed;
    }

    /** What is known by now. */
    public Optional<Acceleration> known() {
        return Optional.ofNullable(known);
    }

    /**
     * What is known by now; otherwise finding out goes on in the background, or begins.
     *
     * @throws DriverException why it cannot be found out; not when the host was only away for the last attempt
     */
    public Optional<Acceleration> settled() {
        if (known != null) {
            return Optional.of(known);
        }
        Optional<DriverContext.WorkState> work = context.work(KEY);
        if (work.isPresent() && work.orElseThrow().ended() && known == null) {
            context.forget(KEY);
            Optional<Exception> failure = work.orElseThrow().failure();
            if (failure.orElse(null) instanceof DriverException reason && !reason.passing()) {
                throw new DriverException(reason.kind(), reason.getMessage(), reason);
            }
        }
        context.start(KEY, report -> {
            try {
                known = find();
                LOG.info("Guests run by {}: {}", known.kind(), known.reason());
            } finally {
                ended.countDown();
            }
        });
        return known();
    }

    /** Begins unless it has, and waits a while for the answer. */
    public Optional<Acceleration> within(Duration limit) {
        try {
            settled();
            if (known == null && !ended.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                return known();
            }
        } catch (DriverException e) {
            LOG.debug("How guests run is not known yet: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return known();
    }

    /** Ends what is under way, and waits until its guest has gone from the host: before the way there is closed. */
    public void close() {
        closing = true;
        try {
            if (there.tryLock(CLEARED.toMillis(), TimeUnit.MILLISECONDS)) {
                there.unlock();
            } else {
                LOG.warn("A probe guest is left on the host; the next one to be made there takes it away");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Acceleration find() throws InterruptedException {
        String reason = "";
        for (int i = 0; i < ATTEMPTS; i++) {
            Optional<String> refusal = attempt();
            if (closing) {
                throw new DriverException(DriverException.Kind.UNAVAILABLE, "The endpoint is being closed.");
            }
            if (refusal.isEmpty()) {
                return new Acceleration(Acceleration.Kind.KVM, "a probe guest booted under KVM");
            }
            reason = refusal.orElseThrow();
        }
        return new Acceleration(Acceleration.Kind.TCG, "no guest boots under KVM here: " + reason);
    }

    /** Boots the probe under KVM; answers why it did not come to its end. */
    private Optional<String> attempt() throws InterruptedException {
        there.lock();
        try {
            return closing ? CLOSING : booted();
        } finally {
            there.unlock();
        }
    }

    private Optional<String> booted() throws InterruptedException {
        Clock clock = context.clock();
        UUID id = ids.uuid();
        String uuid = id.toString();
        String name = PREFIX + clock.instant().getEpochSecond() + "-" + uuid;
        try {
            String path = calls.call("prepare a probe guest", host -> prepare(host, name));
            try {
                calls.call("start a probe guest", host -> {
                    host.domains()
                            .define(ProbeGuest.domain(name, uuid, path, Acceleration.Kind.KVM, cpuModel, machine));
                    host.domains().start(uuid);
                    return null;
                });
            } catch (DriverException e) {
                if (e.passing()) {
                    throw e;
                }
                return Optional.of(e.getMessage());
            }
            return watch(uuid);
        } finally {
            calls.call("clear the probe guest away", host -> {
                clear(host, uuid, name);
                return null;
            });
        }
    }

    private Optional<String> watch(String uuid) throws InterruptedException {
        long end = System.nanoTime() + BOOT.toNanos();
        while (true) {
            State state = calls.call(
                    "look at the probe guest",
                    host -> host.domains().find(uuid).map(Facts::state).orElse(State.OFF));
            Optional<Boolean> verdict = ProbeGuest.verdict(state);
            if (verdict.isPresent()) {
                return verdict.orElseThrow() ? Optional.empty() : Optional.of("the hypervisor gave up on it");
            }
            if (closing) {
                return CLOSING;
            }
            if (System.nanoTime() > end) {
                return Optional.of("it had not come up after " + BOOT.toSeconds() + " s");
            }
            // on the host's executor, which is for work that blocks
            Thread.sleep(LOOK_EVERY_MILLIS);
        }
    }

    private String prepare(Hypervisor host, String name) {
        String pool = files.ensure(host.volumes()).servers();
        clearOld(host, pool);
        host.volumes().create(pool, new NewVolume(file(name), "raw", ProbeGuest.DISK_BYTES, true, Optional.empty()));
        SmallFiles.write(host.volumes(), pool, file(name), ProbeGuest.bootSector());
        return host.volumes().find(pool, file(name)).orElseThrow().path();
    }

    private static String file(String name) {
        return name + ".img";
    }

    private void clearOld(Hypervisor host, String pool) {
        Instant before = context.clock().instant().minus(LEFT_BEHIND);
        for (Facts facts : host.domains().all()) {
            if (isProbe(facts.name()) && begun(facts.name()).isBefore(before)) {
                clear(host, facts.uuid(), facts.name());
            }
        }
        for (String volume : List.copyOf(host.volumes().names(pool))) {
            if (isProbe(volume) && begun(volume).isBefore(before)) {
                host.volumes().delete(pool, volume);
            }
        }
    }

    private static Instant begun(String name) {
        String rest = name.substring(PREFIX.length());
        int end = rest.indexOf('-');
        try {
            return Instant.ofEpochSecond(Long.parseLong(end < 0 ? rest : rest.substring(0, end)));
        } catch (NumberFormatException e) {
            return Instant.MAX;
        }
    }

    private void clear(Hypervisor host, String uuid, String name) {
        if (host.domains().find(uuid).isPresent()) {
            host.domains().cutPower(uuid);
            host.domains().undefine(uuid);
        }
        host.volumes().delete(files.ensure(host.volumes()).servers(), file(name));
    }
}
