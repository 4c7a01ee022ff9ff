// SPDX-License-Identifier: Apache-2.0
/** The gate, operations, events, limits and prices put together, and offered as services. */
package org.isthmus.core.heart;
