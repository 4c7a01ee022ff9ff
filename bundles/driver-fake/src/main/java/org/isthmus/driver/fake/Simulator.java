// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import org.isthmus.driver.fake.Switchboard.Machine;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.EndpointConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens fake drivers that share a script, on a given machine. */
final class Simulator {
    private static final Logger LOG = LoggerFactory.getLogger(Simulator.class);

    private final Script script = new Script();
    private final Machine machine;

    Simulator(Machine machine) {
        this.machine = machine;
    }

    Script script() {
        return script;
    }

    FakeDriver open(EndpointConfig endpoint, DriverContext context) {
        FakeSettings settings = FakeSettings.read(endpoint, context.cache());
        if (!settings.faults().isEmpty()) {
            LOG.info(
                    "Endpoint {} is opened with {} faults",
                    endpoint.name(),
                    settings.faults().size());
        }
        return new FakeDriver(settings, script, new Switchboard(settings, script, machine, context.clock()));
    }
}
