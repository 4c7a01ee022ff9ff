// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.location.Locations.Kind;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.core.RowStore;
import org.isthmus.core.Select;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;

/** Locations, and a guard for each: whoever touches it first goes first. Inside a transaction. */
public final class LocationStore {
    private static final String TABLE = "loc_location";
    private static final Map<String, Select.Filter> FILTERS =
            Map.of("name", Select.text("name"), "kind", Select.constant("kind", "kind", Kind.class));

    private final RowStore rows;

    public LocationStore(RowStore rows) {
        this.rows = rows;
    }

    public Optional<LocationView> find(LocationId id) {
        return rows.look(LocationRow.class, TABLE, id).map(LocationRow::view);
    }

    public Optional<LocationView> find(Ref ref) {
        if (ref.isId(LocationId.PREFIX)) {
            return find(new LocationId(ref.text()));
        }
        return rows.select(LocationRow.class, TABLE, "where x.name = ?", ref.text()).stream()
                .findFirst()
                .map(LocationRow::view);
    }

    public LocationView must(Ref ref) {
        return find(ref).orElseThrow(() -> absent(ref));
    }

    static ProblemException absent(Ref ref) {
        return Problem.NOT_FOUND.because("There is no location %s; see GET /api/v1/locations.", ref);
    }

    Page<LocationView> page(Query query) {
        return new Select<>(rows, LocationRow.class, TABLE)
                .filtered(query, FILTERS)
                .page(query.page(), LocationRow::id)
                .map(LocationRow::view);
    }

    LocationView insert(LocationView location) {
        LocationRow row = new LocationRow(location);
        rows.insert(row, () -> taken(location.name()));
        rows.change(
                "insert into loc_guard (location_id, touched) values (?, 0)",
                location.id().value());
        return row.view();
    }

    LocationView rename(LocationId id, long version, Name name) {
        LocationRow row = rows.find(LocationRow.class, id).orElseThrow(() -> absent(Ref.of(id)));
        if (row.version() != version) {
            throw Problem.STALE.because("The location has version %d by now; read it again.", row.version());
        }
        row.rename(name);
        rows.flush(() -> taken(name));
        return row.view();
    }

    static ProblemException taken(Name name) {
        return Problem.NAME_TAKEN.because("There is a location %s already; choose another name.", name);
    }

    /**
     * Makes this transaction wait for others that touched the same location, and those that come later for this one.
     * NOT_FOUND when the location is gone.
     */
    public void touch(LocationId id) {
        if (rows.change("update loc_guard set touched = touched + 1 where location_id = ?", id.value()) == 0) {
            throw absent(Ref.of(id));
        }
    }

    void delete(LocationId id) {
        rows.change("delete from loc_guard where location_id = ?", id.value());
        rows.change("delete from loc_location where id = ?", id.value());
    }

    /** For lists of other things: names of locations by id. */
    public Map<String, Name> names(List<String> ids) {
        return ids.isEmpty()
                ? Map.of()
                : rows
                        .query(
                                "select id, name from loc_location where id in (" + RowStore.marks(ids.size()) + ")",
                                row -> Map.entry(row.getString(1), new Name(row.getString(2))),
                                ids.toArray())
                        .stream()
                        .collect(java.util.stream.Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
