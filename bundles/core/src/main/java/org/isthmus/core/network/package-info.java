// SPDX-License-Identifier: Apache-2.0
/**
 * Private networks: their rows, the addresses they give out, and the operations that make and remove them.
 *
 * <p>Who gives out an address of a network, or takes the network down, updates its cursor row first: so addresses are given
 * one after the other without reading them all, and no server comes onto a network that is going. Subnets that overlap are
 * refused under the guard of the location.
 */
package org.isthmus.core.network;
