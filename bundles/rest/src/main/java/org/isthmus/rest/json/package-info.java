// SPDX-License-Identifier: Apache-2.0
/**
 * How Java values are written in JSON. Three readers of one set of types: {@link org.isthmus.rest.json.Binder} makes a
 * request record out of JSON, {@link org.isthmus.rest.json.Shown} makes JSON out of a view, and
 * {@link org.isthmus.rest.json.Schemas} describes both for the OpenAPI document. Because all three walk the same record
 * components through {@link org.isthmus.rest.json.Words}, what is read, shown and published cannot drift apart.
 */
package org.isthmus.rest.json;
