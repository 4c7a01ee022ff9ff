// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.Map;
import java.util.function.UnaryOperator;
import org.isthmus.tck.ComputeContract;
import org.isthmus.tck.ComputeSubject;
import org.isthmus.tck.ImageExportContract;
import org.isthmus.tck.ImageImportContract;
import org.isthmus.tck.ResizableContract;
import org.isthmus.tck.SnapshotsContract;

/** The fake as slow as a hypervisor, with few facets. */
final class PendingFakeComputeContractTest extends ComputeContract
        implements ResizableContract, SnapshotsContract, ImageExportContract, ImageImportContract {
    @Override
    protected ComputeSubject subject() {
        return new FakeSubject(Map.of("pendingSteps", "3", "facets", "Resizable,Snapshots,ImageExport,ImageImport"))
                .compute(UnaryOperator.identity());
    }
}
