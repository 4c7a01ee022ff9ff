// SPDX-License-Identifier: Apache-2.0
/**
 * The driver on jclouds' own cloud in memory, and on clouds of these tests: servers on this machine that speak the protocols
 * of OpenStack and EC2 as the real ones do, with their delays, refusals and surprises.
 */
package org.isthmus.driver.jclouds;
