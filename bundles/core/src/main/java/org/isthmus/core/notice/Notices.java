// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.notice;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.event.Event;
import org.isthmus.api.identity.Access.Decision;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.mail.Mailer;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.Threads;
import org.isthmus.core.Times;
import org.isthmus.core.event.EventStream;
import org.isthmus.core.notice.MailStore.Queued;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Page;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells people by mail. Mails are made in the transaction that moves the cursor over their event, so each is made once; each
 * is sent until the server has taken it, and has the same Message-ID every time. It waits for nobody and nobody waits for it.
 */
public final class Notices implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Notices.class);
    private static final String CURSOR = "core.notices";
    private static final String LEASE = "notices";
    private static final Duration LEASED = Duration.ofMinutes(2);
    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final Duration LAST_AGAIN = Duration.ofHours(1);
    private static final Set<String> TOLD = Set.of(
            "limit.warning",
            "limit.frozen",
            "limit.unfrozen",
            "server.expiring",
            "lease.refused",
            "webhook.suspended",
            "break-glass.asked",
            "break-glass.begun",
            "break-glass.ended");
    /** News that is older is none. */
    static final Duration PATIENCE = Duration.ofDays(2);

    private static final int BATCH = 200;
    private static final int AT_ONCE = 20;
    /** Whom one event is told to at most. */
    static final int MOST = 50;

    private final Tx tx;
    private final Clock clock;
    private final Leases leases;
    private final String holder;
    private final Swaps swaps;
    private final EventStream events;
    private final Supplier<Optional<Mailer>> mailer;
    private final MailStore store;
    private Instant pausedUntil = Instant.MIN;
    private ScheduledExecutorService thread;

    /**
     * Begins nothing before {@link #start}.
     *
     * @param mailer there while there is a mail server; events wait while there is none, until they are no news any more
     */
    public Notices(
            Tx tx,
            Clock clock,
            Leases leases,
            String holder,
            Swaps swaps,
            EventStream events,
            Supplier<Optional<Mailer>> mailer) {
        this.tx = tx;
        this.clock = clock;
        this.leases = leases;
        this.holder = holder;
        this.swaps = swaps;
        this.events = events;
        this.mailer = mailer;
        this.store = new MailStore(tx);
    }

    public void start() {
        thread = Executors.newSingleThreadScheduledExecutor(Threads.named("isthmus-notices"));
        thread.scheduleWithFixedDelay(this::tick, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        if (thread != null) {
            Threads.end(thread, Duration.ofSeconds(20));
        }
    }

    private void tick() {
        try {
            runOnce();
        } catch (RuntimeException e) {
            LOG.warn("Mail waits: {}", e.toString());
        }
    }

    /** One round, on this thread. */
    public void runOnce() {
        Optional<Mailer> there = mailer.get();
        if (there.isEmpty()) {
            return;
        }
        Optional<Leases.Lease> lease = leases.hold(LEASE, holder, LEASED);
        if (lease.isPresent()) {
            gather(lease.get());
            send(there.get());
        }
    }

    private void gather(Leases.Lease lease) {
        long cursor = events.cursor(CURSOR);
        if (cursor < 0) {
            // what happened before anybody was to be told is not told
            events.moveCursor(CURSOR, events.newest());
            return;
        }
        List<Event> batch;
        do {
            batch = events.all(cursor, BATCH);
            for (Event event : batch) {
                List<Queued> mails = mails(event);
                cursor = event.sequence();
                if (!mails.isEmpty()) {
                    told(lease, mails, cursor);
                }
            }
            if (!batch.isEmpty()) {
                told(lease, List.of(), cursor);
            }
        } while (batch.size() == BATCH);
    }

    private void told(Leases.Lease lease, List<Queued> mails, long cursor) {
        tx.retrying(() -> {
            leases.fence(lease);
            mails.forEach(store::insert);
            events.moveCursor(CURSOR, cursor);
            return null;
        });
    }

    private List<Queued> mails(Event event) {
        Instant now = Times.kept(clock.instant());
        if (event.at().isBefore(now.minus(PATIENCE)) || !TOLD.contains(event.type())) {
            return List.of();
        }
        Caller system = Caller.system(swaps.access().call(access -> access.platform()), "notices");
        Decision there =
                swaps.access().call(access -> access.decide(system, Action.LIMIT_READ, Ref.of(event.organization())));
        Optional<Letter> letter = there.organization()
                .flatMap(where -> Letter.of(event, where.name().value()));
        return letter.stream()
                .flatMap(text -> readers(system, there.organization().orElseThrow(), text).stream()
                        .map(user -> new Queued(
                                event.id().value() + "." + user.id().value(),
                                event.organization(),
                                user.id(),
                                user.email(),
                                text.subject(),
                                text.text(),
                                now,
                                0)))
                .toList();
    }

    /** Whom it is about, and everybody who has to know because of what they may do. */
    private List<UserView> readers(Caller system, OrganizationView where, Letter letter) {
        Map<UserId, UserView> readers = new LinkedHashMap<>();
        letter.own()
                .flatMap(id -> user(new UserId(id)))
                // somebody answers for a program
                .flatMap(user -> user.responsible().isEmpty()
                        ? Optional.of(user)
                        : user(user.responsible().get()))
                .filter(user -> user.kind() == UserView.Kind.PERSON && user.state() == UserView.State.ACTIVE)
                .ifPresent(user -> readers.put(user.id(), user));
        letter.others()
                .filter(action -> !letter.instead() || readers.isEmpty())
                .ifPresent(action -> addOthers(system, where, action, readers));
        return new ArrayList<>(readers.values());
    }

    private void addOthers(Caller system, OrganizationView where, Action action, Map<UserId, UserView> readers) {
        Optional<String> cursor = Optional.empty();
        do {
            Query query = new Query(
                    Map.of("state", "ACTIVE", "kind", "PERSON"),
                    Optional.empty(),
                    new Page.Request(Page.Request.MAX_LIMIT, cursor));
            Page<UserView> page = swaps.users().call(users -> users.list(system, Ref.of(where.id()), query));
            for (UserView user : page.items()) {
                if (readers.size() < MOST && may(user, where, action)) {
                    readers.put(user.id(), user);
                }
            }
            cursor = page.next();
        } while (cursor.isPresent() && readers.size() < MOST);
    }

    private Optional<UserView> user(UserId id) {
        return swaps.users().call(users -> users.find(id));
    }

    private boolean may(UserView user, OrganizationView where, Action action) {
        Caller person = new Caller(
                Caller.Kind.USER,
                Optional.of(user.id()),
                user.username() + "@" + where.name(),
                where.id(),
                Caller.Door.SYSTEM,
                "local",
                "notices",
                Optional.empty(),
                false);
        return swaps.access()
                        .call(access -> access.decide(person, action, Ref.of(where.id())))
                        .verdict()
                == Verdict.ALLOWED;
    }

    private void send(Mailer server) {
        Instant begun = clock.instant();
        if (begun.isBefore(pausedUntil)) {
            return;
        }
        for (Queued mail : store.due(begun, AT_ONCE)) {
            // held anew, for a server may take long; another controller has it by now otherwise
            Optional<Leases.Lease> lease = leases.hold(LEASE, holder, LEASED);
            if (lease.isEmpty() || !sent(server, mail, lease.get())) {
                return;
            }
        }
    }

    /** Whether the server is there for the next one. */
    private boolean sent(Mailer server, Queued mail, Leases.Lease lease) {
        Instant now = clock.instant();
        try {
            server.send(new Mailer.Mail(mail.id(), mail.address(), mail.subject(), mail.text()));
            end(lease, mail);
            return true;
        } catch (Mailer.NotTaken e) {
            if (e.forGood() || mail.createdAt().isBefore(now.minus(PATIENCE))) {
                LOG.warn(
                        "A mail to the user {} is given up after {} attempts: {}",
                        mail.user(),
                        mail.attempts() + 1,
                        e.getMessage());
                end(lease, mail);
                return true;
            }
            LOG.info("A mail to the user {} is sent again later: {}", mail.user(), e.getMessage());
            tx.retrying(() -> {
                leases.fence(lease);
                store.again(mail.id(), mail.attempts() + 1, now.plus(again(mail.attempts())));
                return null;
            });
            pausedUntil = now.plus(PAUSE);
            return false;
        }
    }

    private void end(Leases.Lease lease, Queued mail) {
        tx.retrying(() -> {
            leases.fence(lease);
            store.delete(mail.id());
            return null;
        });
    }

    private static Duration again(int failures) {
        Duration wait = PAUSE.multipliedBy(1L << Math.min(failures, 10));
        return wait.compareTo(LAST_AGAIN) < 0 ? wait : LAST_AGAIN;
    }
}
