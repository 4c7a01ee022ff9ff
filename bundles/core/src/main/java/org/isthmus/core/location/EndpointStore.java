// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.location.Locations.EndpointView;
import org.isthmus.api.location.Locations.Health;
import org.isthmus.api.location.Locations.HealthState;
import org.isthmus.core.RowStore;
import org.isthmus.core.Select;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.store.seal.Seal;

/** Endpoints and how they were when they were last asked. Inside a transaction. */
public final class EndpointStore {
    private static final String TABLE = "loc_endpoint";
    private static final Map<String, Select.Filter> FILTERS =
            Map.of("name", Select.text("name"), "driver", Select.text("driver"));
    private static final int MOST_DETAIL = 1000;
    private static final int MOST_CAPABILITIES = 2000;

    private final RowStore rows;
    private final Seal seal;

    public EndpointStore(RowStore rows, Seal seal) {
        this.rows = rows;
        this.seal = seal;
    }

    /** What was last heard of an endpoint. */
    public record Heard(Health health, Set<String> capabilities) {
        public static final Heard NOTHING =
                new Heard(new Health(HealthState.UNKNOWN, "Not asked yet.", Optional.empty()), Set.of());

        public boolean isDown() {
            return health.state() == HealthState.DOWN;
        }
    }

    public Optional<Endpoint> find(EndpointId id) {
        return rows.look(EndpointRow.class, TABLE, id).map(row -> row.endpoint(seal));
    }

    public Optional<Endpoint> find(LocationId location, Ref ref) {
        Optional<Endpoint> found = ref.isId(EndpointId.PREFIX)
                ? find(new EndpointId(ref.text()))
                : rows
                        .select(
                                EndpointRow.class,
                                TABLE,
                                "where x.location_id = ? and x.name = ?",
                                location.value(),
                                ref.text())
                        .stream()
                        .findFirst()
                        .map(row -> row.endpoint(seal));
        return found.filter(endpoint -> endpoint.location().equals(location));
    }

    public Endpoint must(LocationId location, Ref ref) {
        return find(location, ref)
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no endpoint %s at this location.", ref));
    }

    /** Which endpoints there are, and in which version. */
    public Map<EndpointId, Long> versions() {
        Map<EndpointId, Long> versions = new HashMap<>();
        rows.query(
                "select id, version from loc_endpoint",
                row -> versions.put(new EndpointId(row.getString(1)), row.getLong(2)));
        return versions;
    }

    public List<Endpoint> all() {
        return new Select<>(rows, EndpointRow.class, TABLE)
                .all().stream().map(row -> row.endpoint(seal)).toList();
    }

    /** The one endpoint that makes networks at a location. */
    public Optional<EndpointId> networkEndpoint(LocationId location) {
        return rows.one(
                "select id from loc_endpoint where network_key = ?",
                row -> new EndpointId(row.getString(1)),
                location.value());
    }

    /** True when an endpoint of the location runs servers. */
    public boolean hasCompute(LocationId location) {
        return rows.any("select id from loc_endpoint where location_id = ? and compute = ?", location.value(), true);
    }

    /** The endpoints of a location that run servers. */
    public List<Endpoint> compute(LocationId location) {
        return rows
                .select(EndpointRow.class, TABLE, "where x.location_id = ? and x.compute = ?", location.value(), true)
                .stream()
                .map(row -> row.endpoint(seal))
                .sorted(Comparator.comparing(endpoint -> endpoint.id().value()))
                .toList();
    }

    Page<EndpointView> page(LocationId location, Query query) {
        Page<Endpoint> page = new Select<>(rows, EndpointRow.class, TABLE)
                .where("x.location_id = ?", location.value())
                .filtered(query, FILTERS)
                .page(query.page(), EndpointRow::id)
                .map(row -> row.endpoint(seal));
        Map<EndpointId, Heard> heard =
                heard(page.items().stream().map(Endpoint::id).toList());
        return page.map(endpoint -> view(endpoint, heard.getOrDefault(endpoint.id(), Heard.NOTHING)));
    }

    EndpointView view(Endpoint endpoint) {
        return view(endpoint, heard(List.of(endpoint.id())).getOrDefault(endpoint.id(), Heard.NOTHING));
    }

    private static EndpointView view(Endpoint endpoint, Heard heard) {
        return new EndpointView(
                endpoint.id(),
                endpoint.name(),
                endpoint.location(),
                endpoint.driver(),
                endpoint.settings(),
                endpoint.secrets().keySet(),
                heard.health(),
                heard.capabilities(),
                endpoint.compute(),
                endpoint.network(),
                endpoint.createdAt(),
                endpoint.createdBy(),
                endpoint.version());
    }

    Endpoint insert(Endpoint endpoint) {
        EndpointRow row = new EndpointRow(endpoint, seal);
        rows.insert(row, () -> taken(endpoint.name()));
        return row.endpoint(seal);
    }

    Endpoint update(Endpoint endpoint) {
        EndpointRow row = rows.find(EndpointRow.class, endpoint.id())
                .orElseThrow(() -> Problem.NOT_FOUND.because("The endpoint %s is gone.", endpoint.name()));
        if (row.version() != endpoint.version()) {
            throw Problem.STALE.because("The endpoint has version %d by now; read it again.", row.version());
        }
        row.become(endpoint, seal);
        rows.flush(() -> taken(endpoint.name()));
        return row.endpoint(seal);
    }

    static ProblemException taken(Name name) {
        return Problem.NAME_TAKEN.because(
                "There is an endpoint %s at this location already; choose another name.", name);
    }

    void delete(EndpointId id) {
        rows.change("delete from loc_health where endpoint_id = ?", id.value());
        rows.change("delete from loc_host where endpoint_id = ?", id.value());
        rows.change("delete from loc_endpoint where id = ?", id.value());
    }

    /** What was last heard of these, in one query. */
    public Map<EndpointId, Heard> heard(Collection<EndpointId> endpoints) {
        Map<EndpointId, Heard> heard = new HashMap<>();
        if (endpoints.isEmpty()) {
            return heard;
        }
        rows.query(
                "select endpoint_id, state, detail, capabilities, checked_at from loc_health where endpoint_id in ("
                        + RowStore.marks(endpoints.size()) + ")",
                row -> heard.put(
                        new EndpointId(row.getString(1)),
                        new Heard(
                                new Health(
                                        HealthState.valueOf(row.getString(2)),
                                        row.getString(3),
                                        Optional.of(Times.instant(row.getLong(5)))),
                                words(row.getString(4)))),
                endpoints.stream().map(EndpointId::value).toArray());
        return heard;
    }

    /** Those of them that are known to be down. */
    public Set<EndpointId> down(Collection<EndpointId> endpoints) {
        return heard(endpoints).entrySet().stream()
                .filter(each -> each.getValue().isDown())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private static Set<String> words(String text) {
        return text.isEmpty() ? Set.of() : Set.copyOf(List.of(text.split(" ")));
    }

    /** Keeps what was heard; nothing when the endpoint is gone. */
    void keep(EndpointId endpoint, HealthState state, String detail, Set<String> capabilities, long checkedAt) {
        String words = String.join(" ", new TreeSet<>(capabilities));
        if (words.length() > MOST_CAPABILITIES) {
            words = words.substring(0, words.lastIndexOf(' ', MOST_CAPABILITIES));
        }
        String kept = detail.length() > MOST_DETAIL ? detail.substring(0, MOST_DETAIL) : detail;
        int changed = rows.change(
                "update loc_health set state = ?, detail = ?, capabilities = ?, checked_at = ? where endpoint_id = ?",
                state.name(),
                kept,
                words,
                checkedAt,
                endpoint.value());
        if (changed == 0 && rows.any("select id from loc_endpoint where id = ?", endpoint.value())) {
            rows.change(
                    "insert into loc_health (endpoint_id, state, detail, capabilities, checked_at) values (?, ?, ?, ?, ?)",
                    endpoint.value(),
                    state.name(),
                    kept,
                    words,
                    checkedAt);
        }
    }
}
