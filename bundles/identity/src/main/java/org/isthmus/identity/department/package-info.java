// SPDX-License-Identifier: Apache-2.0
/**
 * Departments: what is shown of them, and the commands that change the tree.
 */
package org.isthmus.identity.department;
