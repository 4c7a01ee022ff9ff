// SPDX-License-Identifier: Apache-2.0
/**
 * API tokens: what is shown of them, making and ending them.
 */
package org.isthmus.identity.token;
