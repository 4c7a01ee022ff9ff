// SPDX-License-Identifier: Apache-2.0
/**
 * Bringing the people and groups of an LDAP directory here, again and again.
 *
 * <p>What is to be done is a plan, made by a pure function from what is there and what is here; it can be looked at without
 * being done. A plan that takes much from people is not done before somebody has confirmed that very plan. Doing is one command
 * after the other through the gate, so a run that is killed is finished by the next.
 */
package org.isthmus.identity.sync;
