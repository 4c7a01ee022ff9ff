// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.json;

import org.isthmus.model.Cidr;

/** An IPv4 address in a request, as the commands take it: an unsigned number. */
public record Ipv4(long number) {
    static Ipv4 of(String text) {
        return new Ipv4(Cidr.address(text));
    }

    @Override
    public String toString() {
        return Cidr.text(number);
    }
}
