// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.webhook.Webhooks;
import org.isthmus.core.Cursor;
import org.isthmus.core.Handling;
import org.isthmus.core.Times;
import org.isthmus.core.event.EventLog;
import org.isthmus.core.event.EventStream;
import org.isthmus.core.outward.Outward;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.WebhookId;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.isthmus.store.seal.Seal;

/** Webhooks: what is set, what is shown, and {@link Courier what delivers}. Begins nothing before {@link #start}. */
public final class CoreWebhooks implements Webhooks, Organizations.Owned, AutoCloseable {
    /** Of one organization. */
    static final int MOST = 50;

    private static final int SECRET_BYTES = 32;

    private final Tx tx;
    private final Ids ids;
    private final Swaps swaps;
    private final EventStream events;
    private final Supplier<Seal> seal;
    private final SecureRandom random;
    private final WebhookStore store;
    private final Wire wire;
    private final Courier courier;

    /**
     * What they are made of that others own.
     *
     * @param holder what this run of this controller is called where it holds a lease
     * @param seal there when the first webhook is made or delivers
     */
    public record Given(
            Tx tx,
            Clock clock,
            Ids ids,
            Leases leases,
            String holder,
            Swaps swaps,
            EventStream events,
            EventLog log,
            Supplier<Seal> seal,
            SecureRandom random) {}

    public CoreWebhooks(Given given, Settings settings) {
        this(given, settings, new Outward(settings.reach()));
    }

    CoreWebhooks(Given given, Settings settings, Outward outward) {
        this.tx = given.tx();
        this.ids = given.ids();
        this.swaps = given.swaps();
        this.events = given.events();
        this.seal = given.seal();
        this.random = given.random();
        this.store = new WebhookStore(tx);
        this.wire = new Wire(outward, settings.timeout());
        this.courier = new Courier(
                tx, store, events, given.log(), swaps, given.leases(), given.holder(), given.clock(), seal, wire);
    }

    public List<CommandHandler<?, ?>> handlers() {
        return List.of(
                new Handling<>(CreateWebhook.class, this::create),
                new Handling<>(ChangeWebhook.class, this::change),
                new Handling<>(DeleteWebhook.class, this::delete));
    }

    /** Begins to deliver. */
    public void start() {
        courier.start();
    }

    /** Delivers what is due now, on this thread: for tests. */
    public void runOnce() {
        courier.runOnce();
    }

    @Override
    public void close() {
        courier.close();
    }

    @Override
    public Page<WebhookView> list(Caller caller, Ref organization, Query query) {
        OrganizationView where =
                swaps.access().call(access -> access.require(caller, Action.WEBHOOK_READ, organization));
        query.equal().keySet().stream().findFirst().ifPresent(field -> {
            throw Problem.MALFORMED.at(field, "Webhooks are not filtered.");
        });
        int limit = query.page().limit();
        String after = query.page().cursor().map(Cursor::key).orElse("");
        List<WebhookView> read = store.page(where.id(), after, limit + 1).stream()
                .map(Webhook::view)
                .toList();
        return Page.of(read, limit, view -> Cursor.of(view.name().value()));
    }

    @Override
    public WebhookView get(Caller caller, Ref organization, Ref ref) {
        OrganizationView where =
                swaps.access().call(access -> access.require(caller, Action.WEBHOOK_READ, organization));
        return must(where, ref).view();
    }

    @Override
    public Optional<String> stillOwned(OrganizationId organization) {
        int count = store.count(organization);
        return count == 0 ? Optional.empty() : Optional.of(count + " webhook" + (count == 1 ? "" : "s"));
    }

    private Webhook must(OrganizationView organization, Ref ref) {
        return store.find(organization.id(), ref)
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no webhook %s in this organization.", ref));
    }

    /** What is sent is what its owner may see. */
    private void requireEvents(Caller caller, OrganizationView organization) {
        swaps.access().call(access -> access.require(caller, Action.EVENT_READ, Ref.of(organization.id())));
    }

    private void checked(String url) {
        try {
            wire.checked(url);
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("/url", e.getMessage());
        }
    }

    private static ProblemException taken(OrganizationView organization, Object name) {
        return Problem.NAME_TAKEN.because("There is a webhook %s in %s already.", name, organization.name());
    }

    private Plan<WebhookCreated> create(Caller caller, OrganizationView organization, CreateWebhook wish) {
        requireEvents(caller, organization);
        checked(wish.url());
        WebhookId id = ids.webhook();
        Secret secret = wish.secret().orElseGet(this::secret);
        String sealed = seal.get().seal(secret, Courier.place(id));
        // of what happened before it was made it tells nothing
        long newest = events.newest();
        return Plan.of(Subject.of("webhook", id), change -> {
            if (store.find(organization.id(), Ref.of(wish.name())).isPresent()) {
                throw taken(organization, wish.name());
            }
            if (store.count(organization.id()) >= MOST) {
                throw Problem.CONFLICT.because("An organization has at most %s webhooks; delete one first.", MOST);
            }
            Webhook made = new Webhook(
                    id,
                    organization.id(),
                    wish.name(),
                    wish.url(),
                    sealed,
                    wish.events(),
                    wish.enabled(),
                    change.caller(),
                    Times.kept(change.now()),
                    change.caller().username(),
                    1,
                    newest,
                    Optional.empty(),
                    0,
                    Optional.empty(),
                    Optional.empty());
            store.insert(made);
            tell(change, "webhook.created", made);
            return new WebhookCreated(made.view(), secret);
        });
    }

    private Secret secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        return new Secret("whs_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    private static void tell(Change change, String event, Webhook webhook) {
        change.event(
                event,
                Subject.of("webhook", webhook.id()),
                Map.of(
                        "name", webhook.name().value(),
                        "enabled", String.valueOf(webhook.enabled())));
    }

    private Plan<WebhookView> change(Caller caller, OrganizationView organization, ChangeWebhook wish) {
        requireEvents(caller, organization);
        wish.url().ifPresent(this::checked);
        WebhookId id = must(organization, wish.webhook()).id();
        Optional<String> sealed = wish.secret().map(given -> seal.get().seal(given, Courier.place(id)));
        return Plan.of(Subject.of("webhook", id), change -> {
            Webhook is = must(organization, Ref.of(id));
            if (is.version() != wish.version()) {
                throw Problem.STALE.because("The webhook is at version %s by now; read it again.", is.version());
            }
            wish.name()
                    .filter(name -> !name.equals(is.name()))
                    .filter(name -> store.find(organization.id(), Ref.of(name)).isPresent())
                    .ifPresent(name -> {
                        throw taken(organization, name);
                    });
            Webhook changed = new Webhook(
                    id,
                    is.organization(),
                    wish.name().orElse(is.name()),
                    wish.url().orElse(is.url()),
                    sealed.orElse(is.secret()),
                    wish.events().orElse(is.patterns()),
                    wish.enabled().orElse(is.enabled()),
                    change.caller(),
                    is.createdAt(),
                    is.createdBy(),
                    is.version() + 1,
                    is.sequence(),
                    Optional.empty(),
                    0,
                    Optional.empty(),
                    is.last());
            if (!store.change(changed, change.now())) {
                throw Problem.STALE.because("The webhook was changed meanwhile; read it again.");
            }
            tell(change, "webhook.changed", changed);
            return changed.view();
        });
    }

    private Plan<WebhookView> delete(Caller caller, OrganizationView organization, DeleteWebhook wish) {
        Webhook gone = must(organization, wish.webhook());
        return Plan.of(Subject.of("webhook", gone.id()), change -> {
            if (!store.delete(gone.id())) {
                throw Problem.NOT_FOUND.because("There is no webhook %s in this organization.", wish.webhook());
            }
            tell(change, "webhook.deleted", gone);
            return gone.view();
        });
    }
}
