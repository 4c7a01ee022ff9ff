// SPDX-License-Identifier: Apache-2.0
/**
 * The contract every driver keeps, as tests. A driver author extends {@link org.isthmus.tck.ComputeContract} or {@link
 * org.isthmus.tck.NetworkContract}, supplies a {@link org.isthmus.tck.Subject}, and runs them with JUnit 5. Each test is
 * named by the {@link org.isthmus.tck.Rule} it checks, so that a failure names the sentence that was broken.
 *
 * <p>Nothing here is deployed: it is on an author's test class path only.
 */
package org.isthmus.tck;
