// SPDX-License-Identifier: Apache-2.0
/**
 * HTTP as Isthmus speaks it, once for all resources.
 *
 * <p>A {@link org.isthmus.rest.http.Route} is a row of one table: verb, path, who may, which command, which request and which
 * answers. The {@link org.isthmus.rest.http.Dispatcher} serves from that table and the OpenAPI document is written from that
 * same table, so the two are equal by construction; JAX-RS annotations and a scanner would have said most of it twice and
 * left the order of checks to the framework. CXF's part is one resource, {@link org.isthmus.rest.http.Door}, which takes every
 * request. The order of checks is fixed there: path, method, Accept, parameters, login, then conditions, media type, size and
 * form of the body, and only then a command; what is refused before there is one is told to the gate, which audits it.
 */
package org.isthmus.rest.http;
