// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.model.Page;

/**
 * A list of rows of one table: conditions, filters that clients may use, a tag, and a page by keyset on the id. Column names
 * and conditions are ours, never a client's; values are always parameters.
 *
 * @param <R> the rows' entity
 */
public final class Select<R> {
    private final RowStore rows;
    private final Class<R> type;
    private final String table;
    private final StringBuilder rest = new StringBuilder();
    private final List<Object> values = new ArrayList<>();
    private String glue = "where ";

    /** All rows of the table, which is called {@code x} in conditions. */
    public Select(RowStore rows, Class<R> type, String table) {
        this.rows = rows;
        this.type = type;
        this.table = table;
    }

    /** What a filter adds. */
    @FunctionalInterface
    public interface Filter {
        void add(Select<?> select, String value);
    }

    /** The filter on a column of texts. */
    public static Filter text(String column) {
        return (select, value) -> select.where("x." + column + " = ?", value);
    }

    /** The filter on a column that holds an enum's constants by name. */
    public static <E extends Enum<E>> Filter constant(String field, String column, Class<E> type) {
        return (select, value) -> {
            E wanted = Arrays.stream(type.getEnumConstants())
                    .filter(each -> each.name().equals(value.toUpperCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> Problem.MALFORMED.at(
                            field, field + " is one of " + Arrays.toString(type.getEnumConstants()) + "."));
            select.where("x." + column + " = ?", wanted.name());
        };
    }

    /** Adds a condition, its parameters written as {@code ?}. */
    public Select<R> where(String condition, Object... parameters) {
        rest.append(glue).append(condition);
        glue = " and ";
        values.addAll(List.of(parameters));
        return this;
    }

    /** Adds the filters a client gave; one that is not known is refused by name. */
    public Select<R> filtered(Query query, Map<String, Filter> known) {
        query.equal().forEach((field, value) -> {
            Filter filter = known.get(field);
            if (filter == null) {
                throw Problem.MALFORMED.at(
                        field,
                        "There is no filter " + field + " here; there are: "
                                + String.join(", ", new TreeSet<>(known.keySet())) + ".");
            }
            filter.add(this, value);
        });
        return this;
    }

    /** Adds the condition of {@code ?tag=key:value}. */
    public Select<R> tagged(Query query, String organization, TagTable tags) {
        query.tag().ifPresent(tag -> {
            int colon = tag.indexOf(':');
            if (colon < 1) {
                throw Problem.MALFORMED.at("tag", "A tag is written key:value.");
            }
            where(
                    "x.id in (select t." + tags.owner() + " from " + tags.table()
                            + " t where t.organization_id = ? and t.tag_key = ? and t.tag_value = ?)",
                    organization,
                    tag.substring(0, colon),
                    tag.substring(colon + 1));
        });
        return this;
    }

    /** Only what lies in a caller's reach. */
    public Select<R> within(Reach reach, Things.Kind kind) {
        if (!reach.everything()) {
            Things.Condition condition = Things.within(reach, kind);
            where(condition.sql(), condition.values().toArray());
        }
        return this;
    }

    /** The page asked for, by id. */
    public Page<R> page(Page.Request request, Function<R, String> id) {
        List<R> read = read(bounded(request));
        return Page.of(read, request.limit(), row -> Cursor.of(id.apply(row)));
    }

    /** The page asked for, by id, of what a plain query finds in the same rows. */
    public <T> Page<T> page(Page.Request request, String columns, RowStore.Mapper<T> mapper, Function<T, String> id) {
        String order = bounded(request);
        List<T> read =
                rows.query("select " + columns + " from " + table + " x " + rest + order, mapper, values.toArray());
        return Page.of(read, request.limit(), row -> Cursor.of(id.apply(row)));
    }

    private String bounded(Page.Request request) {
        request.cursor().map(Cursor::key).ifPresent(key -> where("x.id > ?", key));
        return " order by x.id fetch first " + (request.limit() + 1) + " rows only";
    }

    /** All of them, by id. */
    public List<R> all() {
        return read(" order by x.id");
    }

    private List<R> read(String order) {
        return rows.select(type, table, rest + order, values.toArray());
    }
}
