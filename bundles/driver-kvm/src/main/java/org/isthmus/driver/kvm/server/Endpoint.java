// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import java.util.Optional;
import org.isthmus.driver.kvm.host.AccelerationProbe;
import org.isthmus.driver.kvm.host.BaseImages;
import org.isthmus.driver.kvm.host.HostCalls;
import org.isthmus.driver.kvm.host.HostFiles;
import org.isthmus.driver.kvm.host.Turns;
import org.isthmus.spi.DriverContext;

/**
 * What the parts of an open driver share.
 *
 * @param local true when the host is the machine the controller runs on
 * @param bridge the Open vSwitch bridge to plug into, where the port's own word for it is wrong here
 */
public record Endpoint(
        HostCalls calls,
        HostFiles files,
        Turns turns,
        BaseImages images,
        AccelerationProbe acceleration,
        DriverContext context,
        boolean local,
        String cpuModel,
        String machine,
        Optional<String> bridge) {}
