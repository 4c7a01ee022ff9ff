// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.Created;
import org.isthmus.spi.compute.ComputeDriver.HostCapacity;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ComputeDriver.SeenDisk;
import org.isthmus.spi.compute.ComputeDriver.SeenNic;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.tck.ComputeBench.Made;
import org.isthmus.tck.Replayer.Disturbance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The contract of a compute driver. Extend it, implement the contract of each facet the driver offers, such as {@link
 * ResizableContract}, answer {@link #subject}, and run it; nothing else is to be written. A facet whose contract is not
 * implemented must be absent.
 */
public abstract class ComputeContract extends DriverContract {
    private ComputeSubject subject;
    private ComputeBench bench;

    /** The driver under test and its far end; asked once before each test. */
    protected abstract ComputeSubject subject();

    @BeforeEach
    final void open() {
        subject = subject();
        bench = new ComputeBench(subject);
    }

    @AfterEach
    final void clearAway() {
        if (bench != null) {
            bench.close();
        }
        if (subject != null) {
            subject.close();
        }
    }

    /** For the contracts of the facets. */
    public final ComputeBench bench() {
        return bench;
    }

    @Override
    final Subject<?> currentSubject() {
        return subject;
    }

    @Override
    final Set<Class<?>> claimed() {
        return FACETS.keySet().stream()
                .filter(facet -> FACETS.get(facet).isInstance(this))
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    final Bench<?> currentBench() {
        return bench.driver();
    }

    @Override
    final void ordinaryLife() {
        Made made = bench.running();
        bench.find(made.id());
        bench.list();
        bench.driver().ask(ComputeDriver::capacity);
        bench.power(made.ref(), PowerWish.OFF);
        bench.delete(made.id(), Optional.of(made.ref()));
    }

    @Override
    final void refusals() {
        Made made = bench.create();
        bench.driver().refusal((driver, call) -> driver.create(call, made.spec()));
        ServerSpec nowhere = bench.spec("no-such-host", subject.memoryMiB(), 1L << 20);
        bench.driver().refusal((driver, call) -> driver.create(call, nowhere));
        bench.delete(made.id(), Optional.of(made.ref()));
        bench.driver().refusal((driver, call) -> driver.power(call, made.ref(), PowerWish.ON));
    }

    @Test
    final void c01_createMakesAStoppedServerAsItsSpecSays() {
        Made made = bench.create();

        SeenServer seen = bench.seen(made.id());
        ServerSpec spec = made.spec();
        assertFalse(made.ref().isBlank(), "the reference is a name");
        assertTrue(made.ref().length() <= 200, "the reference has at most 200 characters");
        assertEquals(made.ref(), seen.ref());
        boolean atOnce = subject.startsAtOnce();
        assertEquals(atOnce ? Power.ON : Power.OFF, seen.power());
        assertEquals(atOnce, bench.driver().driver().capabilities().contains("StartsAtOnce"), "it says so");
        assertEquals(spec.host(), seen.host());
        assertEquals(spec.cpus(), seen.cpus());
        assertEquals(spec.memoryMiB(), seen.memoryMiB());
        assertEquals(
                spec.disks().stream().map(disk -> disk.id().value()).toList(),
                seen.disks().stream().map(SeenDisk::id).toList());
        DiskSpec boot = spec.disks().get(0);
        assertTrue(seen.disks().get(0).sizeBytes() >= boot.sizeBytes(), "the boot disk has the size wanted");
        // one that starts at once may have said its addresses already
        assertEquals(
                spec.nics().stream()
                        .map(nic -> new SeenNic(nic.id().value(), nic.mac().value()))
                        .toList(),
                seen.nics().stream()
                        .map(nic -> new SeenNic(nic.id(), nic.mac()))
                        .toList());
    }

    @Test
    final void c02_findAndListShowIdAndToken() {
        Made made = bench.create();

        SeenServer found = bench.seen(made.id());
        assertEquals(Optional.of(made.id()), found.server());
        assertEquals(Optional.of(made.token()), found.token());
        SeenServer listed = bench.list().stream()
                .filter(seen -> seen.ref().equals(made.ref()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("list does not show what was just made"));
        assertEquals(Optional.of(made.id()), listed.server());
        assertEquals(Optional.of(made.token()), listed.token());
    }

    @Test
    final void c03_theSameTokenMakesOneServerEver() {
        for (int seed = 1; seed <= subject.schedules(); seed++) {
            ServerSpec spec = bench.spec();
            Replayer<ComputeDriver> replayer = bench.driver()
                    .replayer(
                            seed,
                            Disturbance.MEMO_LOST,
                            Disturbance.MEMO_STALE,
                            Disturbance.SAID_TWICE,
                            Disturbance.RESTARTED);

            Created created = replayer.untilDone((driver, call) -> driver.create(call, spec));

            assertEquals(created.ref(), bench.seen(spec.server()).ref());
            bench.assertAtMostOne(spec.server(), replayer.trail());
            bench.delete(spec.server(), Optional.of(created.ref()));
        }
    }

    @Test
    final void c04_twoThreadsWithOneTokenMakeOneServer() {
        for (int round = 0; round < subject.schedules(); round++) {
            ServerSpec spec = bench.spec();
            String token = bench.driver().token();

            List<Created> answers = Replayer.fromTwoThreads(
                    () -> bench.driver().done(token, (driver, call) -> driver.create(call, spec)));

            assertEquals(answers.get(0), answers.get(1));
            Replayer<ComputeDriver> replayer = bench.driver().replayer(round, Disturbance.TWO_THREADS);
            replayer.untilDone(token, (driver, call) -> driver.create(call, spec));
            bench.assertAtMostOne(spec.server(), replayer.trail());
            bench.delete(spec.server(), Optional.of(answers.get(0).ref()));
        }
    }

    @Test
    final void c05_anotherTokenForAnExistingServerIsAConflict() {
        Made made = bench.create();

        bench.driver()
                .mustRefuse(
                        "Create of an existing server under another token",
                        (driver, call) -> driver.create(call, made.spec()),
                        Kind.CONFLICT);
        bench.assertAtMostOne(made.id(), "another token");
    }

    @Test
    final void c06_anUnknownHostIsInvalid() {
        ServerSpec spec =
                bench.spec("no-such-host", subject.memoryMiB(), subject.image().virtualSizeBytes());

        bench.driver()
                .mustRefuse(
                        "Create on a host that is not there",
                        (driver, call) -> driver.create(call, spec),
                        Kind.INVALID);
    }

    @Test
    final void c07_aDiskSmallerThanItsImageIsInvalid() {
        ServerSpec spec =
                bench.spec(subject.host(), subject.memoryMiB(), subject.image().virtualSizeBytes() / 2);

        bench.driver()
                .mustRefuse("A disk smaller than its image", (driver, call) -> driver.create(call, spec), Kind.INVALID);
    }

    @Test
    final void c08_aServerLargerThanItsHostIsNoCapacity() {
        Assumptions.assumeTrue(subject.refusesWhatTheHostLacks(), "This driver leaves capacity to the controller.");
        long memory = host().memoryMiB();
        ServerSpec spec = bench.spec(subject.host(), memory + 1, subject.image().virtualSizeBytes());

        bench.driver()
                .mustRefuse(
                        "A server larger than its host", (driver, call) -> driver.create(call, spec), Kind.NO_CAPACITY);
    }

    private HostCapacity host() {
        return bench.driver().ask(ComputeDriver::capacity).stream()
                .filter(host -> host.name().equals(subject.host()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("capacity does not name the host " + subject.host()));
    }

    @Test
    final void c09_aFailedCreateLeavesNothingThatDeleteWouldNotRemove() {
        ServerSpec spec =
                bench.spec(subject.host(), subject.memoryMiB(), subject.image().virtualSizeBytes() / 2);
        bench.driver().refusal((driver, call) -> driver.create(call, spec));

        boolean left = bench.find(spec.server()).isPresent()
                || !bench.listed(spec.server()).isEmpty()
                || !subject.leftovers(spec.server()).isEmpty();
        if (left) {
            bench.delete(spec.server(), Optional.empty());
        }

        bench.assertGone(spec.server());
    }

    @Test
    final void c10_twoServersMayHaveTheSameName() {
        Made first = bench.create();
        ServerSpec plan = bench.spec();
        Name same = first.spec().name();
        ServerSpec second = new ServerSpec(
                plan.server(),
                same,
                plan.host(),
                plan.cpus(),
                plan.memoryMiB(),
                plan.disks(),
                plan.nics(),
                plan.seed(),
                plan.firmware(),
                plan.template());

        Created created = bench.driver().done((driver, call) -> driver.create(call, second));

        assertNotEquals(first.ref(), created.ref());
        assertTrue(bench.find(first.id()).isPresent());
        assertTrue(bench.find(second.server()).isPresent());
    }

    @Test
    final void c11_deleteRemovesAServerWhateverItsPower() {
        Made off = bench.create();
        Made on = bench.running();

        bench.delete(off.id(), Optional.of(off.ref()));
        bench.delete(on.id(), Optional.of(on.ref()));

        bench.assertGone(off.id());
        bench.assertGone(on.id());
    }

    @Test
    final void c12_deleteByServerIdAloneRemovesIt() {
        Made made = bench.create();
        ServerSpec begun = bench.spec();
        Call call = bench.driver().call(bench.driver().token());
        bench.driver().once(call, (driver, said) -> driver.create(said, begun));

        bench.delete(made.id(), Optional.empty());
        bench.delete(begun.server(), Optional.empty());

        bench.assertGone(made.id());
        bench.assertGone(begun.server());
    }

    @Test
    final void c13_deleteOfAServerThatNeverWasIsDone() {
        ServerId never = bench.driver().ids().server();

        bench.delete(never, Optional.empty());
        bench.delete(never, Optional.of("no-such-reference"));
    }

    @Test
    final void c14_deletingTwiceIsDone() {
        Made made = bench.create();
        String token = bench.driver().token();

        bench.driver().done(token, (driver, call) -> driver.delete(call, made.id(), Optional.of(made.ref())));
        bench.driver().done(token, (driver, call) -> driver.delete(call, made.id(), Optional.of(made.ref())));
        bench.delete(made.id(), Optional.of(made.ref()));
        bench.delete(made.id(), Optional.empty());
    }

    @Test
    final void c15_powerOnAndOffBringItThere() {
        Made made = bench.create();

        bench.power(made.ref(), PowerWish.ON);
        Power on = bench.powerOf(made);
        bench.power(made.ref(), PowerWish.OFF);
        Power off = bench.powerOf(made);

        assertEquals(Power.ON, on);
        assertEquals(Power.OFF, off);
    }

    @Test
    final void c16_powerToWhereItIsIsDone() {
        Made made = bench.create();

        bench.power(made.ref(), PowerWish.OFF);
        bench.power(made.ref(), PowerWish.SHUT_DOWN);
        assertEquals(Power.OFF, bench.powerOf(made));
        bench.power(made.ref(), PowerWish.ON);
        bench.power(made.ref(), PowerWish.ON);
        assertEquals(Power.ON, bench.powerOf(made));
    }

    @Test
    final void c17_restartHappensOncePerToken() {
        Made made = bench.running();
        OptionalLong before = subject.starts(made.ref());
        Replayer<ComputeDriver> replayer =
                bench.driver().replayer(17, Disturbance.MEMO_LOST, Disturbance.SAID_TWICE, Disturbance.RESTARTED);

        replayer.untilDone((driver, call) -> driver.power(call, made.ref(), PowerWish.RESTARTED));

        assertEquals(Power.ON, bench.powerOf(made));
        if (before.isPresent()) {
            long restarts = subject.starts(made.ref()).orElseThrow() - before.getAsLong();
            assertEquals(1, restarts, () -> "restarts (" + replayer.trail() + ")");
        }
    }

    @Test
    final void c18_powerOfAServerThatIsNotThereIsNotFound() {
        Made made = bench.create();
        bench.delete(made.id(), Optional.of(made.ref()));

        for (PowerWish wish : PowerWish.values()) {
            bench.driver()
                    .mustRefuse(
                            wish + " of a server that is not there",
                            (driver, call) -> driver.power(call, made.ref(), wish),
                            Kind.NOT_FOUND);
        }
    }

    @Test
    final void c19_listShowsEverythingAfterARestart() {
        Made off = bench.create();
        Made on = bench.running();

        bench.driver().restart();

        for (Made made : List.of(off, on)) {
            List<SeenServer> all = bench.list();
            SeenServer seen = all.stream()
                    .filter(server -> server.ref().equals(made.ref()))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("list lost a server with the restart"));
            assertEquals(Optional.of(made.id()), seen.server());
            assertEquals(Optional.of(made.token()), seen.token());
        }
    }

    @Test
    final void c20_whatSomebodyElseMadeIsNotManaged() {
        bench.create();
        Optional<String> foreign = subject.makeUnmanaged();

        for (SeenServer seen : bench.list()) {
            assertEquals(seen.managed(), seen.server().isPresent(), "managed and its server id go together");
            assertEquals(seen.managed(), seen.token().isPresent(), "managed and its token go together");
            assertFalse(
                    seen.managed() && foreign.equals(Optional.of(seen.ref())), "a stranger's server shows as managed");
        }
    }

    @Test
    final void c21_anAbsentFarEndIsNeverEmpty() {
        Made made = bench.create();

        bench.driver()
                .mustBeUnavailableWhileAway(
                        driver -> driver.find(made.id()), ComputeDriver::list, ComputeDriver::capacity);
    }

    @Test
    final void c22_aChangeWhileAwayIsUnavailableAndDoneOnceAfterwards() {
        ServerSpec spec = bench.spec();
        String token = bench.driver().token();
        Call call = bench.driver().call(token);

        bench.driver().mustBeUnavailableWhileAway(driver -> driver.create(call, spec));
        bench.driver().done(token, (driver, said) -> driver.create(said, spec));

        bench.assertAtMostOne(spec.server(), "asked again after an outage");
        assertTrue(bench.find(spec.server()).isPresent());
    }

    @Test
    final void c23_capacityNamesEachHostOnce() {
        List<HostCapacity> hosts = bench.driver().ask(ComputeDriver::capacity);

        Set<String> names = new HashSet<>();
        for (HostCapacity host : hosts) {
            assertTrue(names.add(host.name()), () -> host.name() + " is named twice");
            assertTrue(host.cpus() > 0 && host.memoryMiB() > 0 && host.diskGiB() >= 0, () -> host + " has something");
        }
        assertTrue(names.contains(subject.host()), () -> "capacity names " + subject.host());
    }

    @Test
    final void c24_findOfAServerThatNeverWasIsEmpty() {
        assertEquals(Optional.empty(), bench.find(bench.driver().ids().server()));
    }

    @Test
    final void c25_interleavedWishesMakeOneServerEach() {
        ServerSpec first = bench.spec();
        ServerSpec second = bench.spec();
        Wish<ComputeDriver, Created> makeFirst = (driver, call) -> driver.create(call, first);
        Wish<ComputeDriver, Created> makeSecond = (driver, call) -> driver.create(call, second);
        Replayer<ComputeDriver> replayer = bench.driver().replayer(25);

        replayer.together(List.of(makeFirst, makeSecond));

        for (ServerSpec spec : List.of(first, second)) {
            assertEquals(Optional.of(spec.server()), bench.seen(spec.server()).server());
            bench.assertAtMostOne(spec.server(), replayer.trail());
        }
    }

    @Test
    final void c26_theGuestOfAServerThatIsOffSaysNoAddresses() {
        Made made = bench.running();

        bench.power(made.ref(), PowerWish.OFF);

        List<SeenServer> shown = new ArrayList<>(bench.listed(made.id()));
        shown.add(bench.seen(made.id()));
        for (SeenServer seen : shown) {
            for (SeenNic nic : seen.nics()) {
                assertEquals(List.of(), nic.guestAddresses(), () -> nic.id() + " of a server that is off");
            }
        }
    }
}
