// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import org.isthmus.core.Things;
import org.isthmus.core.image.Intake;
import org.isthmus.core.image.Leftovers;
import org.isthmus.core.image.Stock;
import org.isthmus.core.location.Drivers;
import org.isthmus.core.location.EndpointStore;
import org.isthmus.core.location.HostStore;
import org.isthmus.core.location.LocationStore;
import org.isthmus.core.network.NetworkStore;
import org.isthmus.core.network.PortStore;
import org.isthmus.core.ssh.Authorities;
import org.isthmus.store.Tx;

/**
 * What the operations on servers work with.
 *
 * @param authorities whom guests trust with certificates for root
 * @param stock what servers are made of
 * @param intake takes what is read out of servers
 * @param leftovers what could not be removed where nobody answered
 * @param patience how they wait for guests
 */
record Workbench(
        Tx tx,
        Things things,
        ServerStore servers,
        PartStore parts,
        ServerLife life,
        NetworkStore networks,
        PortStore ports,
        LocationStore locations,
        EndpointStore endpoints,
        HostStore hosts,
        Drivers drivers,
        Authorities authorities,
        Stock stock,
        Intake intake,
        Leftovers leftovers,
        ServerAssembly.Patience patience) {}
