// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.isthmus.driver.kvm.host.HostFiles;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.network.PortBinding;
import org.isthmus.tck.AdoptableContract;
import org.isthmus.tck.AttachableContract;
import org.isthmus.tck.BytesImage;
import org.isthmus.tck.ComputeContract;
import org.isthmus.tck.ComputeSubject;
import org.isthmus.tck.ConsoleContract;
import org.isthmus.tck.ImageExportContract;
import org.isthmus.tck.ImageImportContract;
import org.isthmus.tck.MeteredContract;
import org.isthmus.tck.ResizableContract;
import org.isthmus.tck.SnapshotsContract;
import org.isthmus.tck.Waiting;
import org.junit.jupiter.api.io.TempDir;

/** The driver's own logic passes the contract on a host in memory. */
final class MemoryContractTest extends ComputeContract
        implements ResizableContract,
                AttachableContract,
                SnapshotsContract,
                ConsoleContract,
                MeteredContract,
                AdoptableContract,
                ImageExportContract,
                ImageImportContract {
    @TempDir
    private Path cache;

    @Override
    protected ComputeSubject subject() {
        return new InMemory(new MemoryHost(), cache);
    }

    static KvmDriver open(MemoryHost host, DriverContext context) {
        KvmSettings settings =
                new KvmSettings("qemu+ssh://far/system", "/srv/isthmus", "tcg", "auto", "q35", Optional.empty());
        return new KvmDriver(settings, host.calls(), context);
    }

    private record InMemory(MemoryHost memory, Path cache) implements ComputeSubject {
        @Override
        public ComputeDriver open(DriverContext context) {
            return MemoryContractTest.open(memory, context);
        }

        @Override
        public Waiting waiting() {
            return Waiting.real(Duration.ofMillis(10));
        }

        @Override
        public int schedules() {
            return 10;
        }

        @Override
        public ImageContent image() {
            return BytesImage.blank(1 << 20);
        }

        @Override
        public String host() {
            return MemoryHost.NAME;
        }

        @Override
        public Optional<PortBinding> binding(NicId nic) {
            return Optional.of(Bindings.ovs(nic));
        }

        @Override
        public Optional<String> makeUnmanaged() {
            String uuid = "11111111-1111-4111-8111-000000000001";
            memory.domains()
                    .define("<domain type='qemu'><name>stranger</name><uuid>" + uuid
                            + "</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu><devices/></domain>");
            return Optional.of(uuid);
        }

        @Override
        public OptionalLong starts(String ref) {
            return OptionalLong.of(
                    memory.memory().journal().stream().filter("start"::equals).count());
        }

        @Override
        public Optional<Outage> disconnect() {
            memory.goAway();
            return Optional.of(memory::bringBack);
        }

        @Override
        public List<String> leftovers(ImageId image) {
            return memory.files().everything().stream()
                    .filter(name -> name.contains(image.value()))
                    .toList();
        }

        @Override
        public List<String> leftovers(ServerId server) {
            return memory.files().everything().stream()
                    .filter(name -> HostFiles.belongs(name, server))
                    .toList();
        }
    }
}
