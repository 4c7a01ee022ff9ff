// SPDX-License-Identifier: Apache-2.0
/**
 * Users: what is shown of them, and the commands that change them and their passwords.
 */
package org.isthmus.identity.user;
