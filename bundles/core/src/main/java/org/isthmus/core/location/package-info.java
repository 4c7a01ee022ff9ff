// SPDX-License-Identifier: Apache-2.0
/**
 * Locations, the endpoints that lead to them, and the hosts behind those.
 *
 * <p>An endpoint is a row: its settings are checked against its driver's own list, its secrets are kept encrypted. {@link
 * org.isthmus.core.location.Drivers} holds an open driver for each endpoint whose driver is installed, and is the only way
 * to one: calls in flight are counted, and a driver that goes away is drained first. Nothing here knows a driver by name.
 */
package org.isthmus.core.location;
