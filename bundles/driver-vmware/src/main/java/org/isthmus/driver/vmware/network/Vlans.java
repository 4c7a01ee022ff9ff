// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.network;

import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The VLANs that an endpoint may give to networks, ascending. */
public record Vlans(List<Integer> ids) {
    private static final int LAST = 4094;
    private static final Pattern RANGE = Pattern.compile("(\\d{1,4})(?:\\s*-\\s*(\\d{1,4}))?");

    public Vlans {
        ids = List.copyOf(ids);
        if (ids.isEmpty()) {
            throw new IllegalArgumentException("There is at least one VLAN.");
        }
    }

    /** From {@code 100-199,250}. */
    public static Vlans of(String text) {
        SortedSet<Integer> ids = new TreeSet<>();
        for (String part : text.split(",", -1)) {
            Matcher range = RANGE.matcher(part.strip());
            if (!range.matches()) {
                throw new IllegalArgumentException("a list of VLANs looks like 100-199,250.");
            }
            int from = Integer.parseInt(range.group(1));
            int to = range.group(2) == null ? from : Integer.parseInt(range.group(2));
            if (from < 1 || to > LAST || from > to) {
                throw new IllegalArgumentException("a VLAN is 1 to " + LAST + ", and a range ascends.");
            }
            for (int id = from; id <= to; id++) {
                ids.add(id);
            }
        }
        return new Vlans(List.copyOf(ids));
    }

    /**
     * One that is not among these, empty when all are.
     *
     * @param from any number: the same one finds the same VLAN, another one mostly another
     */
    public OptionalInt oneBut(Collection<Integer> taken, int from) {
        int[] free = ids.stream()
                .mapToInt(Integer::intValue)
                .filter(id -> !taken.contains(id))
                .toArray();
        return free.length == 0 ? OptionalInt.empty() : OptionalInt.of(free[Math.floorMod(from, free.length)]);
    }
}
