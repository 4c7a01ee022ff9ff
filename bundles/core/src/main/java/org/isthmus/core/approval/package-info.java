// SPDX-License-Identifier: Apache-2.0
/**
 * Requests that wait for a second person: kept as they were asked, and judged anew by the gate when they are approved.
 */
package org.isthmus.core.approval;
