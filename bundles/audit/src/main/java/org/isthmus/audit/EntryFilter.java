// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException.FieldError;
import org.isthmus.api.Query;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.OrganizationId;

/** Which entries are asked for, as a condition on entries in place or entries that wait; every value is a parameter. */
final class EntryFilter {
    private record Condition(String sql, Object value) {}

    private final List<Condition> conditions = new ArrayList<>();
    private final Map<String, String> shown;

    private EntryFilter(OrganizationId organization, Map<String, String> shown) {
        this.shown = shown;
        add("organization = ?", organization.value());
    }

    /** Checks the query; MALFORMED names every field that is wrong. */
    static EntryFilter of(OrganizationId organization, Query query) {
        List<FieldError> errors = new ArrayList<>();
        EntryFilter filter = new EntryFilter(organization, new TreeMap<>(query.equal()));
        query.tag().ifPresent(tag -> errors.add(new FieldError("tag", "Audit entries have no tags.")));
        new TreeMap<>(query.equal()).forEach((field, value) -> {
            try {
                filter.add(field, value, errors);
            } catch (IllegalArgumentException | DateTimeException e) {
                errors.add(new FieldError(field, allowed(field)));
            }
        });
        if (!errors.isEmpty()) {
            throw Problem.MALFORMED
                    .because("Some filters are wrong; errors[] says which.")
                    .with(errors);
        }
        return filter;
    }

    private void add(String field, String value, List<FieldError> errors) {
        switch (field) {
            case "actor" -> personal(field, "username = ?", value);
            case "action" -> add("action = ?", value);
            case "subject" -> subject(value);
            case "outcome" -> add(
                    "outcome = ?", AuditLog.Result.valueOf(upper(value)).name());
            case "kind" -> add("kind = ?", AuditLog.Kind.valueOf(upper(value)).name());
            case "from" -> add("recorded_at >= ?", micros(value));
            case "to" -> add("recorded_at < ?", micros(value));
            default -> errors.add(new FieldError(
                    field, "Audit entries can be filtered by actor, action, subject, outcome, kind, from and to."));
        }
    }

    private void subject(String value) {
        if (Id.FORM.matcher(value).matches()) {
            add("subject = ?", value);
        } else {
            personal("subject", "subject = ?", value);
        }
    }

    private void personal(String field, String sql, String value) {
        add(sql, value);
        shown.put(field, "(given)"); // the entry about this reading would keep it for ever
    }

    private void add(String sql, Object value) {
        conditions.add(new Condition(sql, value));
    }

    private static String upper(String value) {
        return value.toUpperCase(Locale.ROOT);
    }

    private static long micros(String value) {
        return Sql.micros(OffsetDateTime.parse(value).toInstant());
    }

    private static String allowed(String field) {
        return switch (field) {
            case "outcome" -> "One of PENDING, SUCCESS, FAILURE, DENIED.";
            case "kind" -> "One of ATTEMPT, OUTCOME, REFUSED, NOTE.";
            default -> "An RFC 3339 time such as 2026-11-23T08:00:00Z.";
        };
    }

    /** What was asked for, to be told in the entry about this reading. */
    Map<String, String> shown() {
        return shown;
    }

    String sql() {
        return String.join(" and ", conditions.stream().map(Condition::sql).toList());
    }

    /** Sets the parameters; returns the next one's number. */
    int bind(PreparedStatement statement, int first) throws SQLException {
        int parameter = first;
        for (Condition condition : conditions) {
            if (condition.value() instanceof Long number) {
                statement.setLong(parameter++, number);
            } else {
                statement.setString(parameter++, (String) condition.value());
            }
        }
        return parameter;
    }
}
