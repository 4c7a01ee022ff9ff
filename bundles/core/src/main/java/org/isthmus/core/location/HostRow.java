// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Version;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.location.Locations.Overcommit;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.HostId;
import org.isthmus.model.Ids.LocationId;

/** What is used, what there is and whether it is available is written past the entity, by {@link HostStore}. */
@Entity
@Table(name = "loc_host")
class HostRow {
    @Id
    @Column(name = "id")
    private String id;

    @Column(name = "location_id")
    private String location;

    @Column(name = "endpoint_id")
    private String endpoint;

    @Column(name = "name")
    private String name;

    @Column(name = "cpus")
    private int cpus;

    @Column(name = "memory_mib")
    private long memoryMiB;

    @Column(name = "disk_gib")
    private long diskGiB;

    @Column(name = "used_cpus")
    private int usedCpus;

    @Column(name = "used_memory_mib")
    private long usedMemoryMiB;

    @Column(name = "used_disk_gib")
    private long usedDiskGiB;

    @Column(name = "cpu_percent")
    private int cpuPercent;

    @Column(name = "memory_percent")
    private int memoryPercent;

    @Column(name = "disk_percent")
    private int diskPercent;

    /** One on each line. */
    @Column(name = "tags")
    private String tags;

    @Column(name = "available")
    private boolean available;

    @Column(name = "maintenance")
    private boolean maintenance;

    @Column(name = "detail")
    private String detail;

    @Column(name = "created_at")
    private long createdAt;

    @Column(name = "created_by")
    private String createdBy;

    @Version
    @Column(name = "version")
    private long version;

    protected HostRow() {}

    HostRow(HostView host) {
        this.id = host.id().value();
        this.location = host.location().value();
        this.endpoint = host.endpoint().value();
        this.name = host.name();
        this.cpus = host.cpus();
        this.memoryMiB = host.memoryMiB();
        this.diskGiB = host.diskGiB();
        this.available = host.available();
        this.detail = HostStore.shortened(host.detail());
        this.createdAt = Times.micros(host.createdAt());
        this.createdBy = host.createdBy();
        change(host.maintenance(), host.tags(), host.overcommit());
    }

    String id() {
        return id;
    }

    long version() {
        return version;
    }

    final void change(boolean maintains, Set<String> carries, Overcommit overcommit) {
        this.maintenance = maintains;
        this.tags = String.join("\n", new TreeSet<>(carries));
        this.cpuPercent = overcommit.cpuPercent();
        this.memoryPercent = overcommit.memoryPercent();
        this.diskPercent = overcommit.diskPercent();
    }

    HostView view() {
        return new HostView(
                new HostId(id),
                name,
                new LocationId(location),
                new EndpointId(endpoint),
                cpus,
                memoryMiB,
                diskGiB,
                usedCpus,
                usedMemoryMiB,
                usedDiskGiB,
                new Overcommit(cpuPercent, memoryPercent, diskPercent),
                tags.isEmpty() ? Set.of() : Set.copyOf(List.of(tags.split("\n"))),
                available,
                maintenance,
                detail,
                Times.instant(createdAt),
                createdBy,
                version);
    }
}
