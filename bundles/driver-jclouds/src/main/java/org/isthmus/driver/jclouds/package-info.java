// SPDX-License-Identifier: Apache-2.0
/**
 * The driver type {@code jclouds}: any cloud that Apache jclouds has a provider for, as an endpoint. jclouds and what it needs
 * are locked inside this bundle; providers are fragments of it.
 */
package org.isthmus.driver.jclouds;
