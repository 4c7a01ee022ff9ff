// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import org.isthmus.model.Ids.OrganizationId;

/**
 * The VPNs of organizations, for whoever wants to know whether a connection came through one. Offered as a service by what
 * runs VPNs; while there is none, no VPN answers and nobody comes through one. Asked at requests: it must answer from memory.
 */
public interface Tunnels {
    /** Whether the organization has a VPN by which the API is reached now. */
    boolean answers(OrganizationId organization);

    /**
     * Whether connections from that address come through the organization's VPN and could not come from elsewhere.
     *
     * @param peer the address at the other end of the connection itself, never one that a header tells of
     */
    boolean through(OrganizationId organization, String peer);
}
