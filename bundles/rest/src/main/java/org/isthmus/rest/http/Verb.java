// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

/** The methods that routes are made for; HEAD and OPTIONS follow from them. */
public enum Verb {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE
}
