// SPDX-License-Identifier: Apache-2.0
/**
 * The OpenAPI document, written from the table of routes and the types they name. Nothing in it is said a second time by hand,
 * so a row that is served is published, and the other way round.
 */
package org.isthmus.rest.openapi;
