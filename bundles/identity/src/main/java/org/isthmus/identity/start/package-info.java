// SPDX-License-Identifier: Apache-2.0
/**
 * The very first start: the platform's own organization and its administrator with a random password.
 */
package org.isthmus.identity.start;
