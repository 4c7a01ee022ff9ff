// SPDX-License-Identifier: Apache-2.0
/**
 * Open sessions: what is shown of them, and ending them. They are opened by {@code login}.
 */
package org.isthmus.identity.session;
