// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.isthmus.driver.kvm.host.Acceleration;
import org.isthmus.driver.kvm.host.AccelerationProbe;
import org.isthmus.driver.kvm.host.BaseImages;
import org.isthmus.driver.kvm.host.HostCalls;
import org.isthmus.driver.kvm.host.HostFiles;
import org.isthmus.driver.kvm.host.Turns;
import org.isthmus.driver.kvm.server.Adoption;
import org.isthmus.driver.kvm.server.Attachments;
import org.isthmus.driver.kvm.server.Endpoint;
import org.isthmus.driver.kvm.server.Exports;
import org.isthmus.driver.kvm.server.HostMeter;
import org.isthmus.driver.kvm.server.Kept;
import org.isthmus.driver.kvm.server.PowerSwitch;
import org.isthmus.driver.kvm.server.Resizing;
import org.isthmus.driver.kvm.server.SerialConsole;
import org.isthmus.driver.kvm.server.Servers;
import org.isthmus.driver.kvm.server.SnapshotShelf;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Adoptable;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.Console;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.Metered;
import org.isthmus.spi.compute.Resizable;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Snapshots;

/** An open libvirt host. Each ability is a class of its own in {@code server}; here they meet the SPI. */
final class KvmDriver
        implements ComputeDriver,
                Resizable,
                Attachable,
                Snapshots,
                Console,
                Metered,
                Adoptable,
                ImageExport,
                ImageImport {
    private static final Duration TURN = Duration.ofMillis(1200);
    private static final Duration PROBE = Duration.ofSeconds(8);
    private static final List<Class<?>> FACETS = List.of(
            Resizable.class,
            Attachable.class,
            Snapshots.class,
            Console.class,
            Metered.class,
            Adoptable.class,
            ImageExport.class,
            ImageImport.class);

    private final HostCalls calls;
    private final AccelerationProbe acceleration;
    private final Servers servers;
    private final PowerSwitch power;
    private final Resizing resizing;
    private final Attachments attachments;
    private final SnapshotShelf snapshots;
    private final SerialConsole console;
    private final HostMeter meter;
    private final Adoption adoption;
    private final Kept kept;
    private final Exports exports;
    /** Empty until they are known. */
    private Set<String> capabilities = Set.of();

    private final Runnable closed;
    private boolean asked;

    KvmDriver(KvmSettings settings, HostCalls calls, DriverContext context) {
        this(settings, calls, context, () -> {});
    }

    /** @param closed is run when nothing of it is at work any more */
    KvmDriver(KvmSettings settings, HostCalls calls, DriverContext context, Runnable closed) {
        this.calls = calls;
        this.closed = closed;
        HostFiles files = new HostFiles(settings.storagePath());
        this.acceleration = new AccelerationProbe(
                calls, files, context, settings.acceleration(), settings.cpuModel(), settings.machine());
        Endpoint endpoint = new Endpoint(
                calls,
                files,
                new Turns(TURN),
                new BaseImages(calls, files, context),
                acceleration,
                context,
                settings.local(),
                settings.cpuModel(),
                settings.machine(),
                settings.bridge());
        this.kept = new Kept(endpoint);
        this.exports = new Exports(endpoint, kept);
        this.servers = new Servers(endpoint, kept);
        this.power = new PowerSwitch(endpoint);
        this.resizing = new Resizing(endpoint);
        this.attachments = new Attachments(endpoint, servers);
        this.snapshots = new SnapshotShelf(endpoint);
        this.console = new SerialConsole(endpoint);
        this.meter = new HostMeter(endpoint);
        this.adoption = new Adoption(endpoint);
    }

    @Override
    public Health health() {
        try {
            String host = calls.call("answer", libvirt -> libvirt.hostName() + ", libvirt " + libvirt.version());
            Optional<Acceleration> known = acceleration.known();
            String detail = host + ", "
                    + known.map(one -> one.kind().capability() + ": " + one.reason())
                            .orElse("how guests run is found out when the first is made");
            boolean emulated = known.filter(one -> one.kind() == Acceleration.Kind.TCG && acceleration.probed())
                    .isPresent();
            return new Health(emulated ? Health.State.DEGRADED : Health.State.UP, detail);
        } catch (DriverException e) {
            return Health.down(e.getMessage());
        }
    }

    /** The facets, and how guests run: whoever asks first waits for it a while, and where that is not enough it comes later. */
    @Override
    public synchronized Set<String> capabilities() {
        if (capabilities.isEmpty()) {
            Set<String> all = new TreeSet<>();
            FACETS.forEach(facet -> all.add(facet.getSimpleName()));
            Optional<Acceleration> known = acceleration.within(asked ? Duration.ZERO : PROBE);
            asked = true;
            if (known.isEmpty()) {
                return all;
            }
            all.add(known.get().kind().capability());
            capabilities = Set.copyOf(all);
        }
        return capabilities;
    }

    @Override
    public Progress<Created> create(Call call, ServerSpec spec) {
        return servers.create(call, spec);
    }

    @Override
    public Progress<Void> power(Call call, String ref, PowerWish wish) {
        return power.power(call, ref, wish);
    }

    @Override
    public Progress<Void> delete(Call call, ServerId server, Optional<String> ref) {
        return servers.delete(server, ref);
    }

    @Override
    public Optional<SeenServer> find(ServerId server) {
        return servers.find(server);
    }

    @Override
    public List<SeenServer> list() {
        return servers.list();
    }

    @Override
    public List<HostCapacity> capacity() {
        return meter.capacity();
    }

    @Override
    public Progress<Void> resize(Call call, String ref, int cpus, long memoryMiB) {
        return resizing.resize(ref, cpus, memoryMiB);
    }

    @Override
    public Progress<Void> attachDisk(Call call, String ref, DiskSpec disk) {
        return attachments.attachDisk(ref, disk);
    }

    @Override
    public Progress<Void> detachDisk(Call call, String ref, DiskId disk) {
        return attachments.detachDisk(ref, disk);
    }

    @Override
    public Progress<Void> growDisk(Call call, String ref, DiskId disk, long sizeBytes) {
        return attachments.growDisk(ref, disk, sizeBytes);
    }

    @Override
    public Progress<Void> attachNic(Call call, String ref, NicSpec nic) {
        return attachments.attachNic(ref, nic);
    }

    @Override
    public Progress<Void> detachNic(Call call, String ref, NicId nic) {
        return attachments.detachNic(ref, nic);
    }

    @Override
    public Progress<Void> takeSnapshot(Call call, String ref, SnapshotId snapshot) {
        return snapshots.take(ref, snapshot);
    }

    @Override
    public Progress<Void> revertSnapshot(Call call, String ref, SnapshotId snapshot) {
        return snapshots.revert(call, ref, snapshot);
    }

    @Override
    public Progress<Void> deleteSnapshot(Call call, String ref, SnapshotId snapshot) {
        return snapshots.delete(ref, snapshot);
    }

    @Override
    public List<SeenSnapshot> snapshots(String ref) {
        return snapshots.list(ref);
    }

    @Override
    public Session openConsole(String ref) {
        return console.open(ref);
    }

    @Override
    public byte[] consoleLog(String ref, int maxBytes) {
        return console.log(ref, maxBytes);
    }

    @Override
    public List<Counters> counters() {
        return meter.counters();
    }

    @Override
    public Progress<Created> adopt(Call call, String ref, ServerId server) {
        return adoption.adopt(call, ref, server);
    }

    @Override
    public Progress<Void> release(Call call, String ref) {
        return adoption.release(ref);
    }

    @Override
    public Shape shape(String ref) {
        return exports.shape(ref);
    }

    @Override
    public Progress<Void> exportImage(Call call, String ref, Optional<SnapshotId> snapshot, ImageSink sink) {
        return exports.export(call, ref, snapshot, sink);
    }

    @Override
    public Progress<Void> abandonExport(Call call, String ref) {
        return exports.abandon(ref);
    }

    @Override
    public Progress<Imported> importImage(Call call, ImageSpec image) {
        return kept.keep(call, image);
    }

    @Override
    public Progress<Void> removeImage(Call call, ImageId image, Optional<String> ref) {
        return kept.remove(image);
    }

    @Override
    public List<SeenImage> images() {
        return kept.list();
    }

    @Override
    public void close() {
        acceleration.close();
        calls.close();
        closed.run();
    }
}
