// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.Created;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.network.PortBinding;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Makes servers for the rules, and clears away what a test made. */
public final class ComputeBench implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ComputeBench.class.getName());

    private final ComputeSubject subject;
    private final Bench<ComputeDriver> bench;
    private final List<ServerId> planned = new ArrayList<>();
    private long nextMac;

    public ComputeBench(ComputeSubject subject) {
        this.subject = subject;
        this.bench = new Bench<>(subject);
        this.nextMac = bench.ids().uuid().getLeastSignificantBits() & 0xffffff0000L;
    }

    public Bench<ComputeDriver> driver() {
        return bench;
    }

    public ComputeSubject subject() {
        return subject;
    }

    /** A server that was made, with the wish it came from. */
    public record Made(ServerSpec spec, String token, String ref) {
        public ServerId id() {
            return spec.server();
        }
    }

    /** A spec like no other. */
    public ServerSpec spec() {
        return spec(subject.host(), subject.memoryMiB(), subject.image().virtualSizeBytes());
    }

    /** A spec on this host with this much memory and a boot disk of this size. */
    public ServerSpec spec(String host, long memoryMiB, long bootBytes) {
        ServerId id = plan();
        DiskSpec boot = new DiskSpec(
                bench.ids().disk(), bootBytes, Optional.of(subject.image()).filter(image -> subject.template()
                        .isEmpty()));
        List<NicSpec> nics = new ArrayList<>();
        NicId nic = bench.ids().nic();
        subject.binding(nic).ifPresent(binding -> nics.add(new NicSpec(nic, mac(), binding)));
        Name name = new Name("tck-" + id.value().substring(id.value().length() - 12));
        Seed seed = new Seed(
                "instance-id: " + id + "\nlocal-hostname: " + name + "\n", "#cloud-config\n{}\n", "version: 2\n");
        return new ServerSpec(
                id, name, host, 1, memoryMiB, List.of(boot), nics, seed, Shape.Firmware.BIOS, subject.template());
    }

    /** The id of a server to be cleared away after the test. */
    public ServerId plan() {
        ServerId id = bench.ids().server();
        planned.add(id);
        return id;
    }

    /** A data disk of 1 MiB. */
    public DiskSpec dataDisk() {
        DiskId id = bench.ids().disk();
        return new DiskSpec(id, 1L << 20, Optional.empty());
    }

    /** Another interface, or the test is skipped where interfaces cannot be plugged. */
    public NicSpec nic() {
        NicId id = bench.ids().nic();
        Optional<PortBinding> binding = subject.binding(id);
        Assumptions.assumeTrue(binding.isPresent(), "This subject has nothing to plug interfaces into.");
        return new NicSpec(id, mac(), binding.orElseThrow());
    }

    private MacAddress mac() {
        return MacAddress.local(nextMac++);
    }

    /** Makes one and waits until it is there. */
    public Made create() {
        return create(spec());
    }

    public Made create(ServerSpec spec) {
        String token = bench.token();
        Created created = bench.done(token, (driver, call) -> driver.create(call, spec));
        return new Made(spec, token, created.ref());
    }

    /** Makes one and starts it. */
    public Made running() {
        Made made = create();
        power(made.ref(), PowerWish.ON);
        return made;
    }

    public void power(String ref, PowerWish wish) {
        bench.done((driver, call) -> driver.power(call, ref, wish));
    }

    public void delete(ServerId server, Optional<String> ref) {
        bench.done((driver, call) -> driver.delete(call, server, ref));
    }

    public Optional<SeenServer> find(ServerId server) {
        return bench.ask(driver -> driver.find(server));
    }

    /** The server as it is; fails when it is not there. */
    public SeenServer seen(ServerId server) {
        return find(server).orElseThrow(() -> new AssertionError("find(" + server + ") is empty, but it was made."));
    }

    public Power powerOf(Made made) {
        return seen(made.id()).power();
    }

    public List<SeenServer> list() {
        return bench.ask(ComputeDriver::list);
    }

    /** Every entry of the list that is this server. */
    public List<SeenServer> listed(ServerId server) {
        return list().stream()
                .filter(seen -> seen.server().equals(Optional.of(server)))
                .toList();
    }

    /** Fails when the list has more than one such server. */
    public void assertAtMostOne(ServerId server, String when) {
        List<SeenServer> all = listed(server);
        Assertions.assertTrue(all.size() <= 1, () -> all.size() + " servers were made: " + when);
    }

    /** Fails when anything of it is still to be seen. */
    public void assertGone(ServerId server) {
        Assertions.assertEquals(Optional.empty(), find(server), "find still shows it");
        Assertions.assertEquals(List.of(), listed(server), "list still shows it");
        Assertions.assertEquals(List.of(), subject.leftovers(server), "something of it is still below");
    }

    /** Deletes what the test made. A failure here is logged: the rules about delete are where it counts. */
    @Override
    public void close() {
        for (ServerId server : planned) {
            try {
                delete(server, Optional.empty());
            } catch (RuntimeException | AssertionError e) {
                LOG.log(System.Logger.Level.WARNING, "Could not clear away {0}: {1}", server, e.getMessage());
            }
        }
        bench.close();
    }
}
