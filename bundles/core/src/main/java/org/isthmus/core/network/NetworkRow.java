// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.network;

import java.util.Optional;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Version;
import org.isthmus.api.network.Networks.NetworkState;
import org.isthmus.core.Times;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;

@Entity
@Table(name = "net_network")
class NetworkRow {
    private static final int MOST_TEXT = 2000;

    @Id
    @Column(name = "id")
    private String id;

    @Column(name = "organization_id")
    private String organization;

    @Column(name = "department_id")
    private String department;

    @Column(name = "location_id")
    private String location;

    @Column(name = "endpoint_id")
    private String endpoint;

    @Column(name = "name")
    private String name;

    @Column(name = "first_address")
    private long firstAddress;

    @Column(name = "last_address")
    private long lastAddress;

    @Column(name = "prefix_length")
    private int prefixLength;

    @Column(name = "dns")
    private boolean dns;

    @Column(name = "dns_domain")
    private String dnsDomain;

    @Column(name = "never_public")
    private boolean neverPublic;

    @Column(name = "state")
    private String state;

    @Column(name = "reason")
    private String reason;

    @Column(name = "drift")
    private String drift;

    @Column(name = "operation_id")
    private String operation;

    @Column(name = "created_at")
    private long createdAt;

    @Column(name = "created_by")
    private String createdBy;

    @Version
    @Column(name = "version")
    private long version;

    protected NetworkRow() {}

    NetworkRow(Network network) {
        this.id = network.id().value();
        this.organization = network.organization().value();
        this.department = network.department().map(DepartmentId::value).orElse(null);
        this.location = network.location().value();
        this.endpoint = network.endpoint().value();
        this.name = network.name().value();
        this.firstAddress = network.cidr().network();
        this.lastAddress = network.cidr().network() + network.cidr().size() - 1;
        this.prefixLength = network.cidr().prefix();
        this.dns = network.dns();
        this.dnsDomain = network.dnsDomain();
        this.neverPublic = network.neverPublic();
        this.createdAt = Times.micros(network.createdAt());
        this.createdBy = network.createdBy();
        state(network.state(), network.reason(), network.operation());
    }

    String id() {
        return id;
    }

    long version() {
        return version;
    }

    final void state(NetworkState to, Optional<String> why, Optional<OperationId> atWork) {
        this.state = to.name();
        this.reason = why.map(NetworkRow::shortened).orElse(null);
        this.operation = atWork.map(OperationId::value).orElse(null);
    }

    void change(Name named, boolean never) {
        this.name = named.value();
        this.neverPublic = never;
    }

    void drift(Optional<String> found) {
        this.drift = found.map(NetworkRow::shortened).orElse(null);
    }

    static String shortened(String text) {
        return text.length() > MOST_TEXT ? text.substring(0, MOST_TEXT) : text;
    }

    Network network() {
        return new Network(
                new NetworkId(id),
                new OrganizationId(organization),
                Optional.ofNullable(department).map(DepartmentId::new),
                new LocationId(location),
                new EndpointId(endpoint),
                new Name(name),
                new Cidr(firstAddress, prefixLength),
                dns,
                dnsDomain,
                neverPublic,
                NetworkState.valueOf(state),
                Optional.ofNullable(reason),
                Optional.ofNullable(drift),
                Optional.ofNullable(operation).map(OperationId::new),
                Times.instant(createdAt),
                createdBy,
                version);
    }
}
