// SPDX-License-Identifier: Apache-2.0
/** Mail to the people whom an event concerns: {@link org.isthmus.core.notice.Notices}. */
package org.isthmus.core.notice;
