// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
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
import org.isthmus.tck.ComputeContract;
import org.isthmus.tck.ComputeSubject;
import org.isthmus.tck.ConsoleContract;
import org.isthmus.tck.ImageExportContract;
import org.isthmus.tck.ImageImportContract;
import org.isthmus.tck.MeteredContract;
import org.isthmus.tck.ResizableContract;
import org.isthmus.tck.SnapshotsContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The driver passes the contract against a real libvirtd, which is killed where the contract wants the host away. */
final class RealContractIT extends ComputeContract
        implements ResizableContract,
                AttachableContract,
                SnapshotsContract,
                ConsoleContract,
                MeteredContract,
                AdoptableContract,
                ImageExportContract,
                ImageImportContract {
    private static PrivateLibvirtd libvirtd;
    private static RealHost host;

    @TempDir
    private Path cache;

    @BeforeAll
    static void start() {
        host = RealHost.required();
        libvirtd = PrivateLibvirtd.required();
        host = host.at(libvirtd.uri(), libvirtd.storage());
    }

    @AfterAll
    static void stop() {
        if (libvirtd != null) {
            libvirtd.close();
        }
    }

    @Override
    protected ComputeSubject subject() {
        return new Real(cache);
    }

    private record Real(Path cache) implements ComputeSubject {
        private static final String STRANGER = "22222222-2222-4222-8222-000000000002";

        @Override
        public ComputeDriver open(DriverContext context) {
            // the probe has a test of its own
            return host.open(context, "tcg");
        }

        @Override
        public ImageContent image() {
            return host.image();
        }

        @Override
        public String host() {
            return host.virsh("hostname").trim();
        }

        @Override
        public long memoryMiB() {
            return 128;
        }

        @Override
        public Optional<PortBinding> binding(NicId nic) {
            return host.hasBridge() ? Optional.of(Bindings.ovs(nic)) : Optional.empty();
        }

        @Override
        public Optional<String> makeUnmanaged() {
            Path file = cache.resolve("stranger.xml");
            RealHost.write(
                    file,
                    "<domain type='qemu'><name>stranger</name><uuid>" + STRANGER
                            + "</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>"
                            + "<os><type arch='x86_64' machine='q35'>hvm</type></os></domain>");
            host.virsh("define", file.toString());
            return Optional.of(STRANGER);
        }

        @Override
        public OptionalLong starts(String ref) {
            return host.run(ref).map(OptionalLong::of).orElse(OptionalLong.empty());
        }

        @Override
        public Optional<Outage> disconnect() {
            libvirtd.kill();
            return Optional.of(libvirtd::start);
        }

        @Override
        public List<String> leftovers(ImageId image) {
            return RealHost.run("find", libvirtd.storage())
                    .lines()
                    .filter(line -> line.contains(image.value()))
                    .toList();
        }

        @Override
        public List<String> leftovers(ServerId server) {
            return Stream.concat(
                            host.virsh("list", "--all", "--uuid").lines().filter(HostFiles.uuid(server)::equals),
                            RealHost.run("find", libvirtd.storage())
                                    .lines()
                                    .filter(line -> line.contains(server.value())))
                    .toList();
        }
    }
}
