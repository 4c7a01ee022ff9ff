// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.location.Locations.Overcommit;
import org.isthmus.core.RowStore;
import org.isthmus.core.Select;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.HostId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Page;
import org.isthmus.spi.compute.ComputeDriver.HostCapacity;

/** Hosts, and what of them is given out: claimed only by one conditional update. Inside a transaction. */
public final class HostStore {
    private static final String TABLE = "loc_host";
    private static final Map<String, Select.Filter> FILTERS = Map.of("name", Select.text("name"));
    private static final int MOST_DETAIL = 1000;

    private final RowStore rows;

    public HostStore(RowStore rows) {
        this.rows = rows;
    }

    /** What a server holds of its host. */
    public record Claim(int cpus, long memoryMiB, long diskGiB) {
        public static final Claim NOTHING = new Claim(0, 0, 0);

        public Claim minus(Claim other) {
            return new Claim(cpus - other.cpus, memoryMiB - other.memoryMiB, diskGiB - other.diskGiB);
        }

        /** The larger of each. */
        public Claim atLeast(Claim other) {
            return new Claim(
                    Math.max(cpus, other.cpus), Math.max(memoryMiB, other.memoryMiB), Math.max(diskGiB, other.diskGiB));
        }

        public boolean covers(Claim other) {
            return atLeast(other).equals(this);
        }
    }

    public Optional<HostView> find(HostId id) {
        return rows.look(HostRow.class, TABLE, id).map(HostRow::view);
    }

    HostView must(LocationId location, Ref ref) {
        List<HostRow> found = ref.isId(HostId.PREFIX)
                ? rows.look(HostRow.class, TABLE, new HostId(ref.text())).stream()
                        .toList()
                : rows.select(
                        HostRow.class, TABLE, "where x.location_id = ? and x.name = ?", location.value(), ref.text());
        List<HostView> here = found.stream()
                .map(HostRow::view)
                .filter(host -> host.location().equals(location))
                .toList();
        if (here.size() > 1) {
            throw Problem.CONFLICT.because("Several endpoints of this location have a host %s; use its id.", ref);
        }
        return here.stream()
                .findFirst()
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no host %s at this location.", ref));
    }

    Page<HostView> page(LocationId location, Query query) {
        return new Select<>(rows, HostRow.class, TABLE)
                .where("x.location_id = ?", location.value())
                .filtered(query, FILTERS)
                .page(query.page(), HostRow::id)
                .map(HostRow::view);
    }

    /** All hosts of a location, for placement. */
    public List<HostView> at(LocationId location) {
        return new Select<>(rows, HostRow.class, TABLE)
                .where("x.location_id = ?", location.value()).all().stream()
                        .map(HostRow::view)
                        .toList();
    }

    List<HostView> of(EndpointId endpoint) {
        return new Select<>(rows, HostRow.class, TABLE)
                .where("x.endpoint_id = ?", endpoint.value()).all().stream()
                        .map(HostRow::view)
                        .toList();
    }

    /** What an endpoint calls its hosts. */
    public Map<HostId, String> names(EndpointId endpoint) {
        return of(endpoint).stream().collect(Collectors.toMap(HostView::id, HostView::name));
    }

    HostView change(HostId id, long version, boolean maintenance, Set<String> tags, Overcommit overcommit) {
        HostRow row =
                rows.find(HostRow.class, id).orElseThrow(() -> Problem.NOT_FOUND.because("The host %s is gone.", id));
        if (row.version() != version) {
            throw Problem.STALE.because("The host has version %d by now; read it again.", row.version());
        }
        row.change(maintenance, tags, overcommit);
        rows.flush();
        return row.view();
    }

    void insert(HostView host) {
        rows.insert(new HostRow(host));
    }

    /** Keeps what the endpoint says of one of its hosts; what is used is our own bookkeeping. */
    void keep(HostId id, HostCapacity seen) {
        rows.change(
                "update loc_host set cpus = ?, memory_mib = ?, disk_gib = ?, available = ?, detail = ? where id = ?",
                seen.cpus(),
                seen.memoryMiB(),
                seen.diskGiB(),
                seen.available(),
                shortened(seen.detail()),
                id.value());
    }

    void unavailable(HostId id, String detail) {
        rows.change("update loc_host set available = ?, detail = ? where id = ?", false, shortened(detail), id.value());
    }

    void forget(HostId id) {
        rows.change("delete from loc_host where id = ?", id.value());
    }

    static String shortened(String detail) {
        return detail.length() > MOST_DETAIL ? detail.substring(0, MOST_DETAIL) : detail;
    }

    /**
     * Takes so much of the host, if there is as much within its overcommit: one conditional update, so that many at once
     * never take more than there is. What becomes less is always given. False, and nothing taken, when there is not enough.
     */
    public boolean claim(HostId host, Claim more) {
        return rows.change(
                        "update loc_host set used_cpus = used_cpus + " + more.cpus()
                                + ", used_memory_mib = used_memory_mib + "
                                + more.memoryMiB() + ", used_disk_gib = used_disk_gib + " + more.diskGiB()
                                + " where id = ?" + fits("cpu", "cpus", more.cpus())
                                + fits("memory", "memory_mib", more.memoryMiB())
                                + fits("disk", "disk_gib", more.diskGiB()),
                        host.value())
                == 1;
    }

    /** Numbers of ours, written into the statement: parameters of arithmetic have no type both databases agree on. */
    private static String fits(String percent, String column, long more) {
        return more <= 0
                ? ""
                : " and (used_" + column + " + " + more + ") * cast(100 as bigint) <= " + column + " * cast(" + percent
                        + "_percent as bigint)";
    }

    /** Gives back what was claimed. */
    public void release(HostId host, Claim less) {
        claim(host, Claim.NOTHING.minus(less));
    }
}
