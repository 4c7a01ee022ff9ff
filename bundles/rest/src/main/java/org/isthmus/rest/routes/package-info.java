// SPDX-License-Identifier: Apache-2.0
/**
 * What is served, row by row: one class per domain, each writing its rows into the {@link org.isthmus.rest.http.Table}. A row
 * says who may, what is sent, which command it becomes and what is answered; everything else is the same for all of them.
 * Records named {@code New…}, {@code …Change} and the like are request bodies: their components are the fields.
 */
package org.isthmus.rest.routes;
