// SPDX-License-Identifier: Apache-2.0
/**
 * SCIM 2.0 (RFC 7643, RFC 7644): how a directory outside tells of its people and groups. Everything here translates: a
 * {@link org.isthmus.rest.scim.Schema} says which attributes are kept, {@link org.isthmus.rest.scim.FilterParser} and
 * {@link org.isthmus.rest.scim.Patch} read what clients write, and every change becomes a command through the gate. A library
 * does the judging in tests only (ADR 0021).
 */
package org.isthmus.rest.scim;
