// SPDX-License-Identifier: Apache-2.0
/**
 * Servers on a hypervisor: six core abilities in {@link org.isthmus.spi.compute.ComputeDriver}, and facets for the rest.
 * The numbered contract is in the contract test kit and in the integrator's guide.
 */
@Export
@Version("1.0.0")
package org.isthmus.spi.compute;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
