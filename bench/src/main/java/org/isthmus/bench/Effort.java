// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

/**
 * How much is measured.
 *
 * @param rounds of every figure
 * @param starts cold ones, and as many warm ones
 * @param creates one at a time, in all rounds
 * @param many at concurrency 8, in each round
 * @param requests of a kind, in each round
 * @param calls of a kind in this process, in each round
 * @param grants in the organization in which decisions are made
 * @param pairs of a create on a real host and the same without us
 * @param crowds the numbers of servers at which the curves are measured, ascending
 */
record Effort(
        int rounds,
        int starts,
        int creates,
        int many,
        int requests,
        int calls,
        int grants,
        int pairs,
        java.util.List<Integer> crowds) {
    private static final java.util.List<Integer> CURVE = java.util.List.of(10_000, 100_000);

    static final Effort WHOLE = new Effort(5, 3, 200, 1000, 10_000, 20_000, 10_000, 21, CURVE);

    /** For a look at one change: minutes, and figures that vary more. */
    static final Effort QUICK = new Effort(3, 1, 200, 1000, 3000, 5000, 10_000, 9, CURVE);

    /** For the test that every measurement works. */
    static final Effort SMOKE = new Effort(1, 1, 4, 8, 20, 50, 100, 1, java.util.List.of(40));

    Effort {
        crowds = java.util.List.copyOf(crowds);
    }
}
