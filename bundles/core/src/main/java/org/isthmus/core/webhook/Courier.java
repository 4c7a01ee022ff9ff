// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.event.Event;
import org.isthmus.api.identity.Access.Decision;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.webhook.Webhooks.Delivery;
import org.isthmus.core.Threads;
import org.isthmus.core.Times;
import org.isthmus.core.event.EventLog;
import org.isthmus.core.event.EventStream;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids.WebhookId;
import org.isthmus.model.Secret;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.isthmus.store.seal.Seal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes events to webhooks. A webhook's cursor moves in the transaction after the delivery, so a killed controller delivers
 * the one it was at again; a lease each, checked in that transaction, lets one controller at a time deliver. Its owner's right
 * is asked for before every delivery.
 */
final class Courier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Courier.class);
    private static final Duration EVERY = Duration.ofMillis(500);
    private static final Duration LEASED = Duration.ofSeconds(90);
    private static final Duration FIRST_AGAIN = Duration.ofSeconds(10);
    private static final Duration LAST_AGAIN = Duration.ofHours(1);
    private static final Duration REST = Duration.ofSeconds(15);
    /** How long it is tried. */
    static final Duration PATIENCE = Duration.ofDays(1);

    private static final int BATCH = 100;
    /** Others wait for the thread. */
    private static final int MOST_AT_ONCE = 50;

    private static final int THREADS = 8;
    /** How far a cursor may stay behind for the sake of not being written for what nobody wanted. */
    private static final long BEHIND = 1000;

    private final Tx tx;
    private final WebhookStore store;
    private final EventStream events;
    private final EventLog log;
    private final Swaps swaps;
    private final Leases leases;
    private final String holder;
    private final Clock clock;
    private final Supplier<Seal> seal;
    private final Wire wire;
    private final Set<WebhookId> under = ConcurrentHashMap.newKeySet();
    /** Up to where it is known that there is nothing for it, and at which version of it. */
    private final Map<WebhookId, Looked> looked = new ConcurrentHashMap<>();

    /** Those that could not be looked at, and until when they are left alone. */
    private final Map<WebhookId, Instant> resting = new ConcurrentHashMap<>();

    private ScheduledExecutorService ticking;
    private ExecutorService carrying;

    private record Looked(long version, long sequence) {}

    Courier(
            Tx tx,
            WebhookStore store,
            EventStream events,
            EventLog log,
            Swaps swaps,
            Leases leases,
            String holder,
            Clock clock,
            Supplier<Seal> seal,
            Wire wire) {
        this.tx = tx;
        this.store = store;
        this.events = events;
        this.log = log;
        this.swaps = swaps;
        this.leases = leases;
        this.holder = holder;
        this.clock = clock;
        this.seal = seal;
        this.wire = wire;
    }

    static String place(WebhookId id) {
        return "webhook/" + id;
    }

    void start() {
        carrying = Executors.newFixedThreadPool(THREADS, Threads.named("isthmus-webhooks"));
        ticking = Executors.newSingleThreadScheduledExecutor(Threads.named("isthmus-webhook-clock"));
        ticking.scheduleWithFixedDelay(this::tick, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        if (ticking != null) {
            Threads.end(ticking, EVERY);
            Threads.end(carrying, Duration.ofSeconds(5));
        }
        wire.close();
    }

    private void tick() {
        try {
            due().forEach(id -> {
                if (under.add(id)) {
                    carrying.execute(() -> {
                        try {
                            look(id);
                        } finally {
                            under.remove(id);
                        }
                    });
                }
            });
        } catch (RuntimeException e) {
            LOG.warn("Webhooks wait: {}", e.toString());
        }
    }

    /** What is due now, once, on this thread. */
    void runOnce() {
        due().forEach(this::look);
    }

    private List<WebhookId> due() {
        long newest = events.newest();
        Instant now = clock.instant();
        resting.values().removeIf(until -> !until.isAfter(now));
        return store.due(now).stream()
                .filter(each -> !resting.containsKey(each.id()))
                .filter(each -> Math.max(
                                each.sequence(),
                                looked.getOrDefault(each.id(), new Looked(-1, -1))
                                        .sequence())
                        < newest)
                .map(WebhookStore.Due::id)
                .toList();
    }

    private void look(WebhookId id) {
        try {
            Optional<Leases.Lease> lease = hold(id);
            if (lease.isPresent()) {
                try {
                    carry(id, lease.get());
                } finally {
                    leases.release(lease.get());
                }
            }
        } catch (RuntimeException e) {
            // a part is away, or the key of the secrets: not to be asked twice a second
            resting.put(id, clock.instant().plus(REST));
            LOG.warn("The webhook {} is looked at again in a while: {}", id, e.toString());
        }
    }

    private Optional<Leases.Lease> hold(WebhookId id) {
        return leases.hold("webhook-" + id, holder, LEASED);
    }

    /** Delivers what there is, until something fails or others should have their turn. */
    private void carry(WebhookId id, Leases.Lease lease) {
        int carried = 0;
        while (carried < MOST_AT_ONCE) {
            Optional<Webhook> found = store.due(id, clock.instant());
            if (found.isEmpty()) {
                looked.remove(id);
                return;
            }
            Webhook webhook = found.get();
            long newest = events.newest();
            long from = from(webhook);
            List<Event> batch = events.of(webhook.organization(), from, BATCH);
            Optional<Event> wanted =
                    batch.stream().filter(event -> webhook.wants(event.type())).findFirst();
            if (wanted.isEmpty()) {
                long reached = batch.size() < BATCH
                        ? newest
                        : batch.get(batch.size() - 1).sequence();
                passed(webhook, Math.max(from, reached), lease);
                if (batch.size() < BATCH) {
                    return;
                }
            } else if (!allowed(webhook, lease) || !deliver(webhook, wanted.get(), lease)) {
                return;
            } else {
                carried++;
            }
        }
    }

    private long from(Webhook webhook) {
        Looked known = looked.get(webhook.id());
        return known != null && known.version() == webhook.version()
                ? Math.max(known.sequence(), webhook.sequence())
                : webhook.sequence();
    }

    private void passed(Webhook webhook, long reached, Leases.Lease lease) {
        looked.put(webhook.id(), new Looked(webhook.version(), reached));
        if (reached - webhook.sequence() >= BEHIND) {
            tx.retrying(() -> {
                leases.fence(lease);
                store.pass(webhook.id(), reached);
                return null;
            });
        }
    }

    /** Whether its owner may see events and have them sent away; else it is suspended. */
    private boolean allowed(Webhook webhook, Leases.Lease lease) {
        for (Action action : List.of(Action.EVENT_READ, Action.WEBHOOK_MANAGE)) {
            Decision decision = swaps.access()
                    .call(access -> access.decide(webhook.owner(), action, Ref.of(webhook.organization())));
            if (decision.verdict() != Verdict.ALLOWED) {
                suspend(
                        webhook,
                        lease,
                        "Its owner " + webhook.owner().username() + " has lost the right " + action.key() + ".");
                return false;
            }
        }
        return true;
    }

    private void suspend(Webhook webhook, Leases.Lease lease, String reason) {
        tx.retrying(() -> {
            leases.fence(lease);
            suspendNow(webhook, reason);
            return null;
        });
    }

    private void suspendNow(Webhook webhook, String reason) {
        if (store.suspend(webhook, reason)) {
            Map<String, String> data =
                    new HashMap<>(Map.of("name", webhook.name().value(), "reason", reason));
            webhook.owner().user().ifPresent(owner -> data.put("owner", owner.value()));
            log.append(
                    Times.kept(clock.instant()),
                    webhook.organization(),
                    "webhook.suspended",
                    Subject.of("webhook", webhook.id()),
                    data);
        }
    }

    /** One attempt; true when it arrived. */
    private boolean deliver(Webhook webhook, Event event, Leases.Lease lease) {
        // held anew, for a delivery takes long; empty when another controller has it by now
        if (hold(webhook.id()).filter(lease::equals).isEmpty()) {
            return false;
        }
        int attempt = webhook.failures() + 1;
        Wire.Answer answer = send(webhook, event, attempt);
        Instant now = Times.kept(clock.instant());
        Delivery delivery = new Delivery(
                event.id(),
                event.sequence(),
                event.type(),
                now,
                attempt,
                answer.success(),
                answer.status(),
                answer.error());
        tx.retrying(() -> {
            leases.fence(lease);
            if (delivery.delivered()) {
                store.delivered(webhook.id(), delivery);
            } else {
                failed(webhook, delivery, now);
            }
            return null;
        });
        return delivery.delivered();
    }

    private void failed(Webhook webhook, Delivery delivery, Instant now) {
        Instant since = webhook.failingSince().orElse(now);
        store.failed(webhook.id(), delivery, delivery.attempt(), since, now.plus(again(delivery.attempt())));
        if (!now.isBefore(since.plus(PATIENCE))) {
            suspendNow(
                    webhook,
                    "Event " + delivery.sequence() + " could not be delivered in " + delivery.attempt()
                            + " attempts since " + since + ". "
                            + delivery.error().orElse(""));
        }
    }

    /** How long after how many failures it is tried again. */
    static Duration again(int failures) {
        Duration wait = FIRST_AGAIN.multipliedBy(1L << Math.min(failures - 1, 12));
        return wait.compareTo(LAST_AGAIN) < 0 ? wait : LAST_AGAIN;
    }

    private Wire.Answer send(Webhook webhook, Event event, int attempt) {
        Secret secret = seal.get().open(webhook.secret(), place(webhook.id()));
        byte[] body = EventText.of(event);
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", "application/json");
        headers.put("User-Agent", "Isthmus-Webhook/1");
        headers.put("Isthmus-Webhook", webhook.id().value());
        headers.put("Isthmus-Delivery", event.id().value());
        headers.put("Isthmus-Event", event.type());
        headers.put("Isthmus-Attempt", String.valueOf(attempt));
        headers.put("Isthmus-Signature", EventText.signature(secret, clock.instant(), body));
        try {
            URI url = wire.checked(webhook.url());
            return wire.post(url, headers, body);
        } catch (IllegalArgumentException e) {
            // was allowed when it was made
            return Wire.Answer.none(e.getMessage());
        }
    }
}
