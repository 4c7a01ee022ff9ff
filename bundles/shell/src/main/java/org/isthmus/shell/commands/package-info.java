// SPDX-License-Identifier: Apache-2.0
/**
 * The commands {@code isthmus:*}, one class of nested classes for each domain. A command only names its words and makes the
 * query or the change out of them. Karaf finds them by the header {@code Karaf-Commands}; docs/guides/shell.md lists them,
 * and a test compares the two.
 */
package org.isthmus.shell.commands;
