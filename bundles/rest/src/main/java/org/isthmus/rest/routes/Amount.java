// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import java.math.BigDecimal;
import org.isthmus.model.Money;
import org.isthmus.rest.json.Field;

/** Money as it is sent. */
record Amount(
        @Field(
                        value = "in units of the currency, at most six decimals",
                        pattern = "[0-9]{1,13}([.][0-9]{1,6})?",
                        example = "\"99.50\"")
                String amount,
        @Field(value = "of the organization's price book", pattern = "[A-Z]{3}", example = "\"USD\"") String currency) {
    Money money() {
        return new Money(new BigDecimal(amount), currency);
    }
}
