// SPDX-License-Identifier: Apache-2.0
/**
 * Signed tree heads: C2SP signed-note with Ed25519 around a C2SP tlog-checkpoint, and the key that signs them.
 *
 * <p>Any tool that knows these two forms (Go's sumdb/note, the transparency-dev tools) can verify them.
 */
package org.isthmus.audit.note;
