// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.isthmus.model.Id;

/**
 * A table of tags of one kind of thing.
 *
 * @param table its name
 * @param owner the column with the tagged thing's id
 */
public record TagTable(String table, String owner) {
    /** Puts these in the place of those there are. */
    public void replace(RowStore rows, String organization, Id thing, Map<String, String> tags) {
        remove(rows, thing);
        give(rows, organization, thing, tags);
    }

    /** Gives them to a thing that has none yet. Not by way of removing them: to find nothing is dear on Derby. */
    public void give(RowStore rows, String organization, Id thing, Map<String, String> tags) {
        tags.forEach((key, value) -> rows.change(
                "insert into " + table + " (" + owner + ", organization_id, tag_key, tag_value) values (?, ?, ?, ?)",
                thing.value(),
                organization,
                key,
                value));
    }

    public void remove(RowStore rows, Id thing) {
        rows.change("delete from " + table + " where " + owner + " = ?", thing.value());
    }

    /** The tags of many things in a few queries; things without tags have an empty map. */
    public Map<String, Map<String, String>> of(RowStore rows, Collection<String> things) {
        Map<String, Map<String, String>> tags = new LinkedHashMap<>();
        things.forEach(thing -> tags.put(thing, new TreeMap<>()));
        rows.among(
                "select " + owner + ", tag_key, tag_value from " + table,
                table + "_of",
                owner,
                owner,
                things,
                row -> tags.get(row.getString(1)).put(row.getString(2), row.getString(3)));
        return tags;
    }
}
