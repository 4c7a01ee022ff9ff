// SPDX-License-Identifier: Apache-2.0
/**
 * Servers: their rows, what is wished of them, and the operations that carry it out.
 *
 * <p>A server's state changes in one place, {@link org.isthmus.core.server.ServerLife}, by the one table of transitions,
 * together with what it is charged for. One operation at a time works on a server; its id is on the row. What a server
 * holds of its host is on the row too, so that whatever step a crash hits, what is claimed is given back exactly once.
 */
package org.isthmus.core.server;
