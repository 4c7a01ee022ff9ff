// SPDX-License-Identifier: Apache-2.0
/**
 * Durable operations: a row with a step cursor, run one idempotent step at a time by a worker, so that a kill at any point
 * resumes. Steps are an enum and a switch in a {@link org.isthmus.core.operation.Process}; the worker knows nothing else.
 */
package org.isthmus.core.operation;
