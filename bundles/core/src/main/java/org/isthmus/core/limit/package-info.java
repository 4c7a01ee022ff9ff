// SPDX-License-Identifier: Apache-2.0
/** Limits: reserved by a conditional update in the gate's transaction, given back when an operation ends badly. */
package org.isthmus.core.limit;
