// SPDX-License-Identifier: Apache-2.0
/**
 * Values every part of Isthmus shares: ids, names, money, sizes, addresses, pages.
 *
 * <p>All types are immutable, validated when made, and depend on nothing but the JDK. They live in a bundle of their own
 * so that a change in the API refreshes no driver.
 */
@Export
@Version("1.0.0")
package org.isthmus.model;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
