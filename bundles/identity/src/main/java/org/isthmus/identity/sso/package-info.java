// SPDX-License-Identifier: Apache-2.0
/**
 * Single sign-on: a provider outside says who somebody is, by OpenID Connect.
 *
 * <p>Whatever comes from outside is taken for forged until every check has passed: {@link Refusal} lists them. Cryptography
 * and the forms of the protocol are Nimbus's; which claims make a login is decided here, one check after the other. Nothing in
 * here waits for a provider inside a transaction.
 */
package org.isthmus.identity.sso;
