// SPDX-License-Identifier: Apache-2.0
/**
 * Identity put together without OSGi: for tests, benches and forked processes. What runs is the same as in the container.
 */
package org.isthmus.identity.embedded;
