// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.util.List;
import java.util.Optional;
import org.isthmus.api.ProblemException;
import org.isthmus.api.price.Estimate;
import org.isthmus.core.price.PriceBook;

/** What limits leave for things that do not exist yet, as it was at one moment. */
public final class Room {
    private final Claim claim;
    private final List<Limit> limits;
    private final Optional<ProblemException> day;
    private final long now;

    Room(Claim claim, List<Limit> limits, Optional<ProblemException> day, long now) {
        this.claim = claim;
        this.limits = limits;
        this.day = day;
        this.now = now;
    }

    /**
     * Refuses one more thing.
     *
     * @throws ProblemException EXCEEDED or FROZEN
     */
    public void requireFor(Estimate thing) {
        day.ifPresent(exceeded -> {
            throw exceeded;
        });
        requireCost(thing);
    }

    /** The same for what things cost, however many they are. */
    public void requireCost(Estimate things) {
        Ledger.check(claim, limits, PriceBook.micros(things.hourly()), now);
    }
}
