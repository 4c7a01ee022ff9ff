// SPDX-License-Identifier: Apache-2.0
/**
 * The tree of hashes over the log (RFC 6962, section 2.1), kept in tiles of 256 (C2SP tlog-tiles): appending and proving
 * touch a few tiles, however long the log is.
 *
 * <p>Pure computation: tiles come from and go to whoever calls.
 */
package org.isthmus.audit.merkle;
