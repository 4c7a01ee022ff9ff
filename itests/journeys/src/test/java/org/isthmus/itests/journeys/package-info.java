// SPDX-License-Identifier: Apache-2.0
/**
 * Stories told over HTTP and SSH to the whole assembly, started as a real process with the simulator below it.
 *
 * <p>Most stories share one controller; those that kill it, or need its very first start, have one of their own
 * ({@link org.isthmus.itests.journeys.Own}). Each makes its own organizations and locations, so that none sees another's.
 */
package org.isthmus.itests.journeys;
