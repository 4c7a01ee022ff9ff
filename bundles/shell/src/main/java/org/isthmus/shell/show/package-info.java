// SPDX-License-Identifier: Apache-2.0
/**
 * What a terminal gets to see: a view becomes a tree once, spelled as REST spells it, and the tree becomes JSON, a table
 * or a sheet of fields. Texts from customers never reach the terminal with control characters in them.
 */
package org.isthmus.shell.show;
