// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.webhook.Webhooks.Delivery;
import org.isthmus.api.webhook.Webhooks.State;
import org.isthmus.api.webhook.Webhooks.WebhookView;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.WebhookId;
import org.isthmus.model.Name;

/**
 * A webhook as it is kept.
 *
 * @param secret sealed
 * @param owner whose rights it has
 * @param sequence of the last event it is done with
 * @param suspended why, if it is
 * @param failures attempts that failed since the last one that did not
 * @param last the last attempt
 */
record Webhook(
        WebhookId id,
        OrganizationId organization,
        Name name,
        String url,
        String secret,
        List<String> patterns,
        boolean enabled,
        Caller owner,
        Instant createdAt,
        String createdBy,
        long version,
        long sequence,
        Optional<String> suspended,
        int failures,
        Optional<Instant> failingSince,
        Optional<Delivery> last) {
    Webhook {
        patterns = List.copyOf(patterns);
    }

    boolean wants(String type) {
        return patterns.isEmpty() || patterns.stream().anyMatch(pattern -> matches(pattern, type));
    }

    private static boolean matches(String pattern, String type) {
        return pattern.endsWith("*")
                ? type.startsWith(pattern.substring(0, pattern.length() - 1))
                : pattern.equals(type);
    }

    private State state() {
        if (!enabled) {
            return State.DISABLED;
        }
        if (suspended.isPresent()) {
            return State.SUSPENDED;
        }
        return failures > 0 ? State.FAILING : State.ACTIVE;
    }

    WebhookView view() {
        return new WebhookView(
                id,
                name,
                organization,
                url,
                patterns,
                enabled,
                owner.username(),
                state(),
                suspended,
                failures,
                failingSince,
                sequence,
                last,
                createdAt,
                createdBy,
                version);
    }
}
