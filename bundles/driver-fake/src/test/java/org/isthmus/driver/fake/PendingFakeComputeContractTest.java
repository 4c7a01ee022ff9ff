// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.Map;
import java.util.function.UnaryOperator;
import org.isthmus.tck.ComputeContract;
import org.isthmus.tck.ComputeSubject;
import org.isthmus.tck.ResizableContract;

/** The fake as slow as a hypervisor, with one facet. */
final class PendingFakeComputeContractTest extends ComputeContract implements ResizableContract {
    @Override
    protected ComputeSubject subject() {
        return new FakeSubject(Map.of("pendingSteps", "3", "facets", "Resizable")).compute(UnaryOperator.identity());
    }
}
