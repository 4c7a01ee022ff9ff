// SPDX-License-Identifier: Apache-2.0
/**
 * The second factor: codes of the moment (RFC 6238) and recovery codes, what they prove, and that each is taken once.
 *
 * <p>The secret is sealed in the database; who seals it is core, which may be away for a moment.
 */
package org.isthmus.identity.factor;
