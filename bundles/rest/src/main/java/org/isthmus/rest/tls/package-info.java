// SPDX-License-Identifier: Apache-2.0
/** A certificate of our own, made at first start: encrypted from the first request on, and nothing ships with a known key. */
package org.isthmus.rest.tls;
