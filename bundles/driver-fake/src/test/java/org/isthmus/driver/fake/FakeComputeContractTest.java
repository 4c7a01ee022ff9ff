// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.Map;
import java.util.function.UnaryOperator;
import org.isthmus.tck.ComputeContract;
import org.isthmus.tck.ComputeSubject;

final class FakeComputeContractTest extends ComputeContract {
    @Override
    protected ComputeSubject subject() {
        return new FakeSubject(Map.of()).compute(FakeSubject.ALL_FACETS, UnaryOperator.identity());
    }
}
