// SPDX-License-Identifier: Apache-2.0
/**
 * Requests to addresses that customers choose: webhooks, and images that are fetched. Which of them may be reached is decided
 * by the address that is connected to, not by its name, so that nobody reaches through the controller what is around it.
 */
package org.isthmus.core.outward;
