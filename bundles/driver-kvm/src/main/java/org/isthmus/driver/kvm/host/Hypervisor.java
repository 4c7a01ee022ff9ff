// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.host;

import java.util.Set;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.compute.Shape;

/**
 * One libvirt host during one call. Every method asks or does one thing there, blocks until it is answered, and fails with
 * a {@link DriverException} of the right kind. Once the call's time is over every method fails, so that nothing goes on
 * behind the back of a caller who has given up.
 */
public interface Hypervisor {
    /** The host's name: stable, and unique in the endpoint, which has only this host. */
    String hostName();

    /** Hardware threads, and memory in MiB. */
    Node node();

    /** For operators: the daemon's version, as 9.0.0. */
    String version();

    /**
     * What can start guests of a machine type here.
     *
     * @param domainType {@code kvm} or {@code qemu}
     */
    Set<Shape.Firmware> firmware(String machine, String domainType);

    Domains domains();

    Volumes volumes();

    record Node(int cpus, long memoryMiB) {}
}
