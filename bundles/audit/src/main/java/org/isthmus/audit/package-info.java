// SPDX-License-Identifier: Apache-2.0
/** The audit log: entries are appended in everybody's transactions, sequenced by one, proved to anyone. */
package org.isthmus.audit;
