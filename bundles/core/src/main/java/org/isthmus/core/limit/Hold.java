// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.math.BigDecimal;
import org.isthmus.model.Ids.OrganizationId;

/**
 * What an operation under way will make its thing cost more.
 *
 * @param rate millionths an hour, more than zero
 * @param from microseconds since 1970 UTC
 */
record Hold(OrganizationId organization, String thing, long rate, long from) {
    /** Its part in what a month will cost. */
    BigDecimal in(Month month) {
        return Sums.over(rate, month.left(from));
    }
}
