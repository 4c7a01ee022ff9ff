// SPDX-License-Identifier: Apache-2.0
/**
 * A cloud as this driver needs it, and the way to it: calls that end in time, failures in our words, jclouds' providers.
 */
package org.isthmus.driver.jclouds.cloud;
