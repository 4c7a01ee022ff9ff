// SPDX-License-Identifier: Apache-2.0
/** A cloud and a terminal for tests, made by hand. */
package org.isthmus.shell.fake;
