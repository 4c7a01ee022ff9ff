// SPDX-License-Identifier: Apache-2.0
/** The places for services that can be swapped under the core: identity's decisions and the audit log. */
package org.isthmus.core.swap;
