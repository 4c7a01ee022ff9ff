// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.Map;
import java.util.function.UnaryOperator;
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

final class FakeComputeContractTest extends ComputeContract
        implements ResizableContract,
                AttachableContract,
                SnapshotsContract,
                ConsoleContract,
                MeteredContract,
                AdoptableContract,
                ImageExportContract,
                ImageImportContract {
    @Override
    protected ComputeSubject subject() {
        return new FakeSubject(Map.of()).compute(UnaryOperator.identity());
    }
}
