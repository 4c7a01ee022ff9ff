// SPDX-License-Identifier: Apache-2.0
/**
 * Webhooks: {@link org.isthmus.core.webhook.Courier} takes each event of an organization to the addresses that want it, at
 * least once and in order; {@link org.isthmus.core.webhook.Wire} is the only part that opens connections to addresses that
 * customers choose.
 */
package org.isthmus.core.webhook;
