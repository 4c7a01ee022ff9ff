// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import java.util.Optional;
import java.util.Set;

/**
 * A thing as grants see it: where it lies, so that a grant which holds in less than a whole organization covers it or not.
 *
 * @param thing its kind, and how it was named
 * @param within what it lies in and a grant can be limited to: itself, its networks, its tags, its department (those above
 *     are known to whoever decides)
 * @param seenWith the action by which one sees it; who lacks that as well is told that it is not there
 */
public record Resource(Subject thing, Set<Subject> within, Optional<Action> seenWith) {
    /** Only a grant that holds in the whole organization covers this. */
    public static final Resource WHOLE_ORGANIZATION =
            new Resource(new Subject("organization", "whole"), Set.of(), Optional.empty());

    public Resource {
        within = Set.copyOf(within);
    }

    /** A tag as a scope: {@code key:value}. */
    public static Subject tag(String key, String value) {
        return new Subject("tag", key + ":" + value);
    }
}
