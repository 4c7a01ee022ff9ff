// SPDX-License-Identifier: Apache-2.0
/**
 * What a leaf of the log is made of: one version byte and canonical JSON (RFC 8785).
 *
 * <p>This format is for ever: the bytes of the first entry must still be understood and proved with those of the last. A
 * change makes a new version beside this one. docs/audit.md describes it for those who verify without this code.
 */
package org.isthmus.audit.leaf;
