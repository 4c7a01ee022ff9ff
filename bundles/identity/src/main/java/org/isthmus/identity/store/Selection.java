// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.persistence.EntityManager;
import javax.persistence.TypedQuery;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException.FieldError;
import org.isthmus.api.Query;

/**
 * One keyset page of a kind of row, by equality on named fields. Field names come from this package's code, values are
 * always bound.
 */
final class Selection<R> {
    private final Class<R> row;
    private final String key;
    private final List<String> conditions = new ArrayList<>();
    private final Map<String, Object> values = new LinkedHashMap<>();

    /**
     * A selection of all rows.
     *
     * @param key the field that orders the list, unique within it
     */
    Selection(Class<R> row, String key) {
        this.row = row;
        this.key = key;
    }

    /** The filters asked for; MALFORMED names every one this list does not have. */
    static Map<String, String> filters(Query query, Set<String> known) {
        Set<String> unknown = new TreeSet<>(query.equal().keySet());
        unknown.removeAll(known);
        query.tag().ifPresent(tag -> unknown.add("tag"));
        if (!unknown.isEmpty()) {
            String names = String.join(", ", new TreeSet<>(known));
            throw Problem.MALFORMED
                    .because("This list cannot be filtered by %s; it can by: %s.", String.join(", ", unknown), names)
                    .with(unknown.stream()
                            .map(name -> new FieldError(name, "No such filter here; there are: " + names + "."))
                            .toList());
        }
        return query.equal();
    }

    Selection<R> where(String field, Object value) {
        conditions.add("r." + field + " = :" + field);
        values.put(field, value);
        return this;
    }

    /** A condition of our own with a list of values; nothing is selected when that is empty. */
    Selection<R> whereAny(String condition, String parameter, List<String> among) {
        conditions.add(among.isEmpty() ? "1 = 0" : "(" + condition + ")");
        if (!among.isEmpty()) {
            values.put(parameter, among);
        }
        return this;
    }

    /** At most {@code limit + 1} rows: the extra one only tells that there is more. */
    List<R> page(EntityManager em, Optional<String> after, int limit) {
        after.ifPresent(last -> {
            conditions.add("r." + key + " > :after");
            values.put("after", last);
        });
        String where = conditions.isEmpty() ? "" : " where " + String.join(" and ", conditions);
        TypedQuery<R> query =
                em.createQuery("select r from " + row.getSimpleName() + " r" + where + " order by r." + key, row);
        values.forEach(query::setParameter);
        return query.setMaxResults(limit + 1).getResultList();
    }

    /** The only row, if there is one. */
    Optional<R> one(EntityManager em) {
        return page(em, Optional.empty(), 1).stream().findFirst();
    }
}
