// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.Map;
import java.util.function.UnaryOperator;
import org.isthmus.tck.NetworkContract;
import org.isthmus.tck.NetworkSubject;

final class FakeNetworkContractTest extends NetworkContract {
    @Override
    protected NetworkSubject subject() {
        return new FakeSubject(Map.of("pendingSteps", "2")).network(UnaryOperator.identity());
    }
}
