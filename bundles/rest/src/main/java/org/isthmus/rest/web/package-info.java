// SPDX-License-Identifier: Apache-2.0
/**
 * The web server's side: the servlet that carries CXF and the console's WebSocket, the two listeners (HTTPS for everybody,
 * plain HTTP for the machine itself), and problem documents for what the server refuses before any servlet sees it.
 */
package org.isthmus.rest.web;
