// SPDX-License-Identifier: Apache-2.0
/**
 * Where a server runs: a pure function that ranks hosts, with a why-not for each one that is out of the question. It claims
 * nothing; whoever uses it claims the best that can still be had.
 */
package org.isthmus.core.placement;
