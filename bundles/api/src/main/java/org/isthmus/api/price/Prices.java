// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.price;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UsageId;
import org.isthmus.model.Money;
import org.isthmus.model.Page;
import org.osgi.annotation.versioning.ProviderType;

/** The price book that holds for an organization, and what it has used. */
@ProviderType
public interface Prices {
    PriceBookView book(Caller caller, Ref organization);

    /** Usage intervals, oldest first. Filters: {@code item}, {@code subject}, {@code open}. */
    Page<UsageView> usage(Caller caller, Ref organization, Query query);

    /** Prices per item and hour, of one seller. */
    record PriceBookView(String name, String currency, Map<Item, Money> hourly) {
        public PriceBookView {
            hourly = Map.copyOf(hourly);
        }
    }

    /**
     * A quantity of an item used over a half-open interval {@code [from, until)}.
     *
     * @param until absent while it goes on
     */
    record UsageView(
            UsageId id,
            OrganizationId organization,
            Subject subject,
            Item item,
            long quantity,
            Instant from,
            Optional<Instant> until) {}
}
