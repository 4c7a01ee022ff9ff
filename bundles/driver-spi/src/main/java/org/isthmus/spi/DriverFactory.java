// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A kind of driver: the OSGi service a driver bundle registers. It makes one {@link Driver} per endpoint row.
 *
 * <p>Stateless and thread-safe. Registering it must not connect to anything.
 */
@ConsumerType
public interface DriverFactory {
    /** The name operators write in an endpoint: short, lower case, such as {@code fake}. Unique among installed drivers. */
    String type();

    /** One sentence for {@code GET /drivers}. */
    String description();

    /** The version of the driver, as operators see it. */
    String version();

    /** Every setting an endpoint of this type takes. Constant. */
    List<Setting> settings();

    /**
     * Opens a driver for one endpoint. Checks the settings (INVALID says which and why) but need not reach the far end: an
     * endpoint that is away is opened all the same and says so in {@link Driver#health}. Returns within 10 s.
     */
    Driver open(EndpointConfig endpoint, DriverContext context);
}
