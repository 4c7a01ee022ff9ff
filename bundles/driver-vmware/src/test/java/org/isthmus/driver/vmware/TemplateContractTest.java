// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
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

    @TempDir
    private Path cache;

    @BeforeAll
    static void start() {
        Vim.warm();
        stand = Stand.start(folder);
        site = new TestSite(stand);
        template = site.template("golden", DISK);
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
        return new StandSubject(stand, site, cache, BytesImage.blank(DISK), driver -> new OfTemplate(driver, template));
    }

    /** The same driver, whose first disks come from a template instead of the kit's image. */
    private static final class OfTemplate extends ForwardingDriver {
        private final String template;

        OfTemplate(ComputeDriver driver, String template) {
            super(driver);
            this.template = template;
        }

        /** Without images: what the kit gives has no content that this driver takes; {@link ContentContractTest} has. */
        @Override
        public <F> Optional<F> facet(Class<F> type) {
            return type == ImageExport.class || type == ImageImport.class ? Optional.empty() : super.facet(type);
        }

        @Override
        public Set<String> capabilities() {
            Set<String> without = new HashSet<>(super.capabilities());
            without.remove(ImageExport.class.getSimpleName());
            without.remove(ImageImport.class.getSimpleName());
            return without;
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
