// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.isthmus.api.identity.Tunnels;
import org.isthmus.model.Ids.OrganizationId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Whatever runs VPNs here. Where nothing does, or it is away, nobody comes through one. */
@Component(service = InstalledTunnels.class)
public final class InstalledTunnels {
    private final List<Tunnels> all = new CopyOnWriteArrayList<>();

    @Activate
    public InstalledTunnels() {
        // they come and go by bind and unbind
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    public void bindTunnels(Tunnels tunnels) {
        all.add(tunnels);
    }

    public void unbindTunnels(Tunnels tunnels) {
        all.remove(tunnels);
    }

    /** Whether the organization has a VPN that answers. */
    public boolean answer(OrganizationId organization) {
        return all.stream().anyMatch(each -> each.answers(organization));
    }

    /** Whether connections from that address come through the organization's VPN. */
    boolean through(OrganizationId organization, String peer) {
        return all.stream().anyMatch(each -> each.through(organization, peer));
    }
}
