// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.network.PortBinding;
import org.isthmus.tck.AdoptableContract;
import org.isthmus.tck.AttachableContract;
import org.isthmus.tck.BytesImage;
import org.isthmus.tck.ComputeContract;
import org.isthmus.tck.ComputeSubject;
import org.isthmus.tck.ResizableContract;
import org.isthmus.tck.SnapshotsContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The driver passes the contract against a vCenter, its servers made of a template. */
final class TemplateContractTest extends ComputeContract
        implements ResizableContract, AttachableContract, SnapshotsContract, AdoptableContract {
    private static final int DISK = 4 << 20;

    @TempDir
    private static Path folder;

    private static Stand stand;
    private static TestSite site;
    private static String template;
    private static String portgroup;
    private static String host;
    private static final AtomicInteger STRANGERS = new AtomicInteger();

    @TempDir
    private Path cache;

    @BeforeAll
    static void start() {
        Vim.warm();
        stand = Stand.start(folder);
        site = new TestSite(stand);
        template = site.template("golden", DISK);
        portgroup = site.portgroup();
        host = site.host();
    }

    @AfterAll
    static void stop() {
        if (stand != null) {
            site.close();
            stand.close();
        }
    }

    @Override
    protected ComputeSubject subject() {
        return new OnStand(cache);
    }

    private record OnStand(Path cache) implements ComputeSubject {
        @Override
        public ComputeDriver open(DriverContext context) {
            return new OfTemplate(site.open(context), template);
        }

        @Override
        public ImageContent image() {
            return BytesImage.blank(DISK);
        }

        @Override
        public String host() {
            return host;
        }

        @Override
        public Optional<PortBinding> binding(NicId nic) {
            return Optional.of(new PortBinding(PortBinding.PORTGROUP, Map.of(PortBinding.PORTGROUP_KEY, portgroup)));
        }

        @Override
        public Optional<String> makeUnmanaged() {
            return Optional.of(site.machine("stranger-" + STRANGERS.incrementAndGet(), DISK));
        }

        @Override
        public OptionalLong starts(String ref) {
            return OptionalLong.of(stand.count("PowerOnVM_Task") + stand.count("ResetVM_Task"));
        }

        @Override
        public List<String> leftovers(ServerId server) {
            return site.all("VirtualMachine", "name").stream()
                    .map(seen -> seen.text("name"))
                    .filter(name -> name.contains(server.value()))
                    .toList();
        }

        @Override
        public Set<String> secrets() {
            return Set.of(stand.password().reveal());
        }

        @Override
        public Optional<Outage> disconnect() {
            stand.unreachable();
            return Optional.of(stand::reachable);
        }
    }

    /** The same driver, whose first disks come from a template instead of the kit's image. */
    private static final class OfTemplate extends ForwardingDriver {
        private final String template;

        OfTemplate(ComputeDriver driver, String template) {
            super(driver);
            this.template = template;
        }

        @Override
        public Progress<Created> create(Call call, ServerSpec spec) {
            List<DiskSpec> disks = new ArrayList<>();
            for (DiskSpec disk : spec.disks()) {
                disks.add(new DiskSpec(disk.id(), disk.sizeBytes(), Optional.empty()));
            }
            ServerSpec of = new ServerSpec(
                    spec.server(),
                    spec.name(),
                    spec.host(),
                    spec.cpus(),
                    spec.memoryMiB(),
                    disks,
                    spec.nics(),
                    spec.seed(),
                    spec.firmware(),
                    Optional.of(template));
            return super.create(call, of);
        }
    }
}
