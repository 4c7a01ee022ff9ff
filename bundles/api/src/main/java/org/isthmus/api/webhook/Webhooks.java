// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.webhook;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.isthmus.api.Action;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.EventId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.WebhookId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Where an organization has its events sent: each at least once, in order, signed. A webhook has the rights of whoever made
 * or last changed it, as they are when it delivers. By name. No filters.
 */
@ProviderType
public interface Webhooks extends Listing<Webhooks.WebhookView> {
    /** The longest address. */
    int MOST_URL = 2000;

    /** Most patterns of one. */
    int MOST_PATTERNS = 30;

    /** A secret's least and most characters. */
    int LEAST_SECRET = 16;

    int MOST_SECRET = 200;

    /** A type of event, or all types that begin so. */
    String PATTERN = "\\*|[A-Za-z0-9-]{1,30}(\\.[A-Za-z0-9-]{1,30}){0,3}(\\.\\*)?";

    /** How it goes. */
    enum State {
        /** The last delivery arrived, or there was none yet. */
        ACTIVE,
        /** The last delivery did not arrive; it is tried again. */
        FAILING,
        /** Nothing is delivered until somebody changes it; {@code reason} says why. */
        SUSPENDED,
        /** Nothing is delivered until somebody enables it. */
        DISABLED
    }

    /**
     * A webhook.
     *
     * @param events patterns of types of events; empty for all
     * @param owner whose rights it has
     * @param reason why it is suspended
     * @param failures attempts that failed since the last delivery that arrived
     * @param failingSince the first of these
     * @param delivered the sequence number of the last event it is done with
     */
    record WebhookView(
            WebhookId id,
            Name name,
            OrganizationId organization,
            String url,
            List<String> events,
            boolean enabled,
            String owner,
            State state,
            Optional<String> reason,
            int failures,
            Optional<Instant> failingSince,
            long delivered,
            Optional<Delivery> lastDelivery,
            Instant createdAt,
            String createdBy,
            long version) {
        public WebhookView {
            events = List.copyOf(events);
        }
    }

    /**
     * An attempt to deliver an event.
     *
     * @param attempt 1 for the first one of this event
     * @param delivered whether it was answered 200 to 299
     * @param status of the answer, if there was one
     * @param error why it was not delivered, with the beginning of what was answered
     */
    record Delivery(
            EventId event,
            long sequence,
            String type,
            Instant at,
            int attempt,
            boolean delivered,
            Optional<Integer> status,
            Optional<String> error) {}

    /** What was made, and the secret that is shown this once. */
    record WebhookCreated(WebhookView webhook, Secret secret) {}

    /**
     * Makes one, for events from now on. The caller must hold {@code event.read} too.
     *
     * @param url https, or http where the platform allows it; without user and fragment
     * @param secret what deliveries are signed with; made when absent
     */
    record CreateWebhook(
            Ref organization, Name name, String url, Optional<Secret> secret, List<String> events, boolean enabled)
            implements Command<WebhookCreated> {
        public CreateWebhook {
            checked(url);
            secret.ifPresent(Webhooks::checked);
            events = checked(events);
        }

        @Override
        public Action action() {
            return Action.WEBHOOK_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("webhook", Ref.of(name));
        }
    }

    /**
     * What is absent stays. Whoever changes it has it act with their rights from then on. A suspended one goes on where it
     * was.
     */
    record ChangeWebhook(
            Ref organization,
            Ref webhook,
            long version,
            Optional<Name> name,
            Optional<String> url,
            Optional<Secret> secret,
            Optional<List<String>> events,
            Optional<Boolean> enabled)
            implements Command<WebhookView> {
        public ChangeWebhook {
            url.ifPresent(Webhooks::checked);
            secret.ifPresent(Webhooks::checked);
            events = events.map(Webhooks::checked);
        }

        @Override
        public Action action() {
            return Action.WEBHOOK_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("webhook", webhook);
        }
    }

    /** Deletes one; what it has not delivered is not delivered. */
    record DeleteWebhook(Ref organization, Ref webhook) implements Command<WebhookView> {
        @Override
        public Action action() {
            return Action.WEBHOOK_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("webhook", webhook);
        }
    }

    private static void checked(String url) {
        if (url.isEmpty() || url.length() > MOST_URL) {
            throw new IllegalArgumentException("url has 1 to " + MOST_URL + " characters.");
        }
    }

    private static void checked(Secret secret) {
        int length = secret.reveal().length();
        if (length < LEAST_SECRET || length > MOST_SECRET) {
            throw new IllegalArgumentException(
                    "secret has " + LEAST_SECRET + " to " + MOST_SECRET + " characters; without one, one is made.");
        }
    }

    private static List<String> checked(List<String> events) {
        Pattern pattern = Pattern.compile(PATTERN);
        if (events.size() > MOST_PATTERNS
                || String.join(" ", events).length() > MOST_URL
                || !events.stream().allMatch(each -> pattern.matcher(each).matches())) {
            throw new IllegalArgumentException(
                    "events are at most " + MOST_PATTERNS + " types of events, such as server.started, server.* or *.");
        }
        return List.copyOf(events);
    }
}
