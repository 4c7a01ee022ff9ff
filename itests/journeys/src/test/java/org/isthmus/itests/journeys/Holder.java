// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.util.Map;

/**
 * Somebody who holds one role and nothing else.
 *
 * @param everywhere in the whole organization; else in their department
 * @param things what requests are about, by whose it is
 * @param login the answer to their login
 */
record Holder(String role, boolean everywhere, Api api, Answer login, Map<Where, Belongings> things) {
    @Override
    public String toString() {
        return role + (everywhere ? "" : " in a department");
    }
}
