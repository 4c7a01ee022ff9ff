// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Version;
import org.isthmus.api.location.Locations.Kind;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Name;

@Entity
@Table(name = "loc_location")
class LocationRow {
    @Id
    @Column(name = "id")
    private String id;

    @Column(name = "name")
    private String name;

    @Column(name = "kind")
    private String kind;

    @Column(name = "created_at")
    private long createdAt;

    @Column(name = "created_by")
    private String createdBy;

    @Version
    @Column(name = "version")
    private long version;

    protected LocationRow() {}

    LocationRow(LocationView location) {
        this.id = location.id().value();
        this.name = location.name().value();
        this.kind = location.kind().name();
        this.createdAt = Times.micros(location.createdAt());
        this.createdBy = location.createdBy();
    }

    String id() {
        return id;
    }

    long version() {
        return version;
    }

    void rename(Name to) {
        this.name = to.value();
    }

    LocationView view() {
        return new LocationView(
                new LocationId(id), new Name(name), Kind.valueOf(kind), Times.instant(createdAt), createdBy, version);
    }
}
