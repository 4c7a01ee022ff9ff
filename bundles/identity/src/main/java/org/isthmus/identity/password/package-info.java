// SPDX-License-Identifier: Apache-2.0
/**
 * Passwords: how good they must be, how they are hashed, how many are hashed at a time, and what guessing costs.
 *
 * <p>A hash is kept with its parameters, so that they can be raised while old hashes go on to work.
 */
package org.isthmus.identity.password;
