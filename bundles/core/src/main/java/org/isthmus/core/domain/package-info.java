// SPDX-License-Identifier: Apache-2.0
/**
 * Puts the domain together: {@link org.isthmus.core.domain.Domain} makes locations, networks, images and servers out of what
 * it is given, with or without a service registry; {@link org.isthmus.core.domain.Upkeep} does what a clock asks for.
 */
package org.isthmus.core.domain;
