// SPDX-License-Identifier: Apache-2.0
/**
 * What an administrator of the machine can set about identity, read once and checked as a whole.
 *
 * <p>Everything else about users and rights is data behind the API, not configuration.
 */
package org.isthmus.identity.setting;
