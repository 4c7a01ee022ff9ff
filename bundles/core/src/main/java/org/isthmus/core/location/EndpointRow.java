// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.util.Map;
import java.util.TreeMap;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Lob;
import javax.persistence.Table;
import javax.persistence.Version;
import org.isthmus.core.Json;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.store.seal.Seal;

@Entity
@Table(name = "loc_endpoint")
class EndpointRow {
    @Id
    @Column(name = "id")
    private String id;

    @Column(name = "location_id")
    private String location;

    @Column(name = "name")
    private String name;

    @Column(name = "driver")
    private String driver;

    @Lob
    @Column(name = "settings")
    private String settings;

    /** Each sealed on its own, bound to this endpoint and its own name. */
    @Lob
    @Column(name = "secrets")
    private String secrets;

    @Column(name = "compute")
    private boolean compute;

    @Column(name = "network")
    private boolean network;

    @Column(name = "network_key")
    private String networkKey;

    @Column(name = "created_at")
    private long createdAt;

    @Column(name = "created_by")
    private String createdBy;

    @Version
    @Column(name = "version")
    private long version;

    protected EndpointRow() {}

    EndpointRow(Endpoint endpoint, Seal seal) {
        this.id = endpoint.id().value();
        this.location = endpoint.location().value();
        this.driver = endpoint.driver();
        this.createdAt = Times.micros(endpoint.createdAt());
        this.createdBy = endpoint.createdBy();
        become(endpoint, seal);
    }

    String id() {
        return id;
    }

    long version() {
        return version;
    }

    final void become(Endpoint endpoint, Seal seal) {
        this.name = endpoint.name().value();
        this.settings = Json.write(endpoint.settings());
        Map<String, String> closed = new TreeMap<>();
        endpoint.secrets().forEach((key, secret) -> closed.put(key, seal.seal(secret, id + "/" + key)));
        this.secrets = Json.write(closed);
        this.compute = endpoint.compute();
        this.network = endpoint.network();
        this.networkKey = endpoint.network() ? location : id;
    }

    Endpoint endpoint(Seal seal) {
        Map<String, Secret> open = new TreeMap<>();
        Json.read(secrets).forEach((key, closed) -> open.put(key, seal.open(closed, id + "/" + key)));
        return new Endpoint(
                new EndpointId(id),
                new LocationId(location),
                new Name(name),
                driver,
                Json.read(settings),
                open,
                compute,
                network,
                Times.instant(createdAt),
                createdBy,
                version);
    }
}
