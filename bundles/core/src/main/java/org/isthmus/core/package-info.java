// SPDX-License-Identifier: Apache-2.0
/**
 * The controller's heart: the gate, operations, and the domain they work on. Nothing here is exported; everybody else meets
 * it through the services of the API.
 */
package org.isthmus.core;
