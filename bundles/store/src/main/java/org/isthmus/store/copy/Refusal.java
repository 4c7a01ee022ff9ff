// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.copy;

/** Why nothing is copied, and what the operator does about it. */
final class Refusal extends RuntimeException {
    Refusal(String message) {
        super(message);
    }
}
