// SPDX-License-Identifier: Apache-2.0
/**
 * HTTP in front of the API: {@link org.isthmus.rest.RestApi} puts the routes together, {@link org.isthmus.rest.Services} holds
 * what they speak to, {@link org.isthmus.rest.RestServer} runs them in a plain JVM. In Karaf the component in
 * {@code internal} gives the same servlet to the HTTP whiteboard.
 *
 * <p>REST only translates: syntax is judged here, everything else by the gate and the services behind it.
 */
package org.isthmus.rest;
