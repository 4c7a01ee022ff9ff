// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.domain;

import java.util.Optional;
import java.util.stream.Stream;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.organization.Organizations;
import org.isthmus.core.Things;
import org.isthmus.core.image.ImageStore;
import org.isthmus.core.network.NetworkStore;
import org.isthmus.core.server.ServerStore;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;

/** Servers, networks and images as what an organization owns. */
final class OwnedThings implements Organizations.Owned {
    private final Tx tx;
    private final Things things;
    private final ServerStore servers;
    private final NetworkStore networks;
    private final ImageStore images;

    OwnedThings(Tx tx, ServerStore servers, NetworkStore networks, ImageStore images) {
        this.tx = tx;
        this.things = new Things(tx);
        this.servers = servers;
        this.networks = networks;
        this.images = images;
    }

    @Override
    public Optional<String> stillOwned(OrganizationId organization) {
        return tx.read(() -> Stream.of(
                        servers.ofOrganization(organization),
                        networks.ofOrganization(organization),
                        images.ofOrganization(organization))
                .flatMap(Optional::stream)
                .findFirst());
    }

    @Override
    public Optional<String> stillOwned(OrganizationId organization, DepartmentId department) {
        return things.of(department);
    }

    @Override
    public Optional<Resource> find(OrganizationId organization, Subject thing) {
        return things.find(organization, thing);
    }
}
