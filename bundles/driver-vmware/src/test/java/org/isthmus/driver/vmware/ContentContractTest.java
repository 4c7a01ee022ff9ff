// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware;

import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.isthmus.driver.vmware.transfer.Disks;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.tck.AdoptableContract;
import org.isthmus.tck.AttachableContract;
import org.isthmus.tck.ComputeContract;
import org.isthmus.tck.ComputeSubject;
import org.isthmus.tck.ImageExportContract;
import org.isthmus.tck.ImageImportContract;
import org.isthmus.tck.ResizableContract;
import org.isthmus.tck.SnapshotsContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The driver passes the contract against a vCenter, its servers made of contents that are sent. */
final class ContentContractTest extends ComputeContract
        implements ResizableContract,
                AttachableContract,
                SnapshotsContract,
                AdoptableContract,
                ImageExportContract,
                ImageImportContract {
    private static final int MIB = 4;

    @TempDir
    private static Path folder;

    private static Stand stand;
    private static TestSite site;
    private static ImageContent image;

    @TempDir
    private Path cache;

    @BeforeAll
    static void start() {
        Disks.assumeQemu();
        Vim.warm();
        // a server whose making was broken off is removed when the lease has ended, which takes five minutes elsewhere
        stand = Stand.start(folder, "-lease-timeout", "20s");
        site = new TestSite(stand);
        image = Disks.content(Disks.vmdk(Disks.qcow2(folder, "boot", MIB, 1, 1)), MIB);
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
        return new StandSubject(stand, site, cache, image, UnaryOperator.identity());
    }
}
