// SPDX-License-Identifier: Apache-2.0
/**
 * What the TAB key offers: names of things that are there, as far as the one who types may see them, and a driver's
 * settings out of its own schema. Completion never waits for what is away and never fails: then it offers nothing.
 */
package org.isthmus.shell.complete;
