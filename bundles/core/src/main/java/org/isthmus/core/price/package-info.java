// SPDX-License-Identifier: Apache-2.0
/** The price book, estimates, and usage intervals opened and closed in the transaction of the state change. */
package org.isthmus.core.price;
