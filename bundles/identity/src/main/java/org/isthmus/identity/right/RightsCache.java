// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.setting.ConfiguredSettings;
import org.isthmus.identity.store.ChangeCounter;
import org.isthmus.identity.store.OrganizationStore;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the rights of organizations in memory. A change made here is seen from its commit on; one made by another
 * controller within the recheck time. While one thread looks for changes the others go on with what is known.
 *
 * <p>What is read inside a transaction is never kept: it may be of changes that are rolled back.
 */
@Component(service = RightsCache.class)
public final class RightsCache {
    private static final Logger LOG = LoggerFactory.getLogger(RightsCache.class);
    /** How long known rights still count when the database does not answer the question whether they changed. */
    private static final Duration LONGEST_TRUST = Duration.ofSeconds(1);

    private static final Duration UNUSED = Duration.ofMinutes(10);
    private static final int TIDY_ABOVE = 1000;

    private final Tx tx;
    private final RightsStore store;
    private final ChangeCounter counter;
    private final OrganizationStore organizations;
    private final Clock clock;
    private final long recheckMillis;

    private final Map<OrganizationId, Entry> entries = new ConcurrentHashMap<>();
    private final Map<String, OrganizationId> names = new ConcurrentHashMap<>();
    private final Stripe[] stripes = new Stripe[64];

    /** What organizations with the same hash share. */
    private static final class Stripe {
        private final ReentrantLock loading = new ReentrantLock();
        /** Counts what was forgotten: what was being loaded meanwhile is not kept. */
        private long epoch;

        synchronized long epoch() {
            return epoch;
        }
    }

    private static final class Entry {
        private final StoredFacts facts;
        private final Rights rights;
        private final AtomicBoolean checking = new AtomicBoolean();
        private volatile long checkedAt;

        Entry(StoredFacts facts, long checkedAt) {
            this.facts = facts;
            this.rights = rights(facts);
            this.checkedAt = checkedAt;
        }

        boolean fresh(long now, long recheckMillis) {
            return age(now) < recheckMillis && !facts.outdated();
        }

        long age(long now) {
            long age = now - checkedAt;
            // a clock that was set back must not make old rights look fresh
            return age < 0 ? Long.MAX_VALUE : age;
        }
    }

    @Activate
    public RightsCache(
            @Reference Tx tx,
            @Reference RightsStore store,
            @Reference ChangeCounter counter,
            @Reference OrganizationStore organizations,
            @Reference Clock clock,
            @Reference ConfiguredSettings configured) {
        this(tx, store, counter, organizations, clock, configured.settings().rightsRecheck());
    }

    /** Without a container. No second public constructor: SCR takes one with as many arguments for the component's own. */
    public static RightsCache embedded(
            Tx tx,
            RightsStore store,
            ChangeCounter counter,
            OrganizationStore organizations,
            Clock clock,
            Duration recheck) {
        return new RightsCache(tx, store, counter, organizations, clock, recheck);
    }

    private RightsCache(
            Tx tx,
            RightsStore store,
            ChangeCounter counter,
            OrganizationStore organizations,
            Clock clock,
            Duration recheck) {
        this.tx = tx;
        this.store = store;
        this.counter = counter;
        this.organizations = organizations;
        this.clock = clock;
        this.recheckMillis = recheck.toMillis();
        Arrays.setAll(stripes, i -> new Stripe());
    }

    /** The rights in an organization; empty when it is not there. */
    public Optional<Rights> of(OrganizationId organization) {
        Entry entry = entries.get(organization);
        long now = clock.millis();
        if (entry != null && entry.fresh(now, recheckMillis)) {
            return Optional.of(entry.rights);
        }
        if (tx.running()) {
            return unchanged(organization, entry) ? Optional.of(entry.rights) : read(organization);
        }
        if (entry == null) {
            return load(organization);
        }
        return recheck(organization, entry, now);
    }

    /** The rights in an organization that is there, as far as anybody knows: for plans. */
    public Rights current(OrganizationId organization) {
        return of(organization).orElseThrow(() -> Problem.NOT_FOUND.because("The organization is not there any more."));
    }

    /** The rights in an organization by id or name: for those who may see every one. */
    Optional<Rights> of(Ref ref) {
        if (ref.isId(OrganizationId.PREFIX)) {
            return of(new OrganizationId(ref.text()));
        }
        // names are never given to another while the first one lives
        Optional<Rights> known = Optional.ofNullable(names.get(ref.text())).flatMap(this::of);
        if (known.isPresent()) {
            return known;
        }
        Optional<OrganizationView> found = organizations.resolve(ref);
        found.ifPresent(view -> names.put(ref.text(), view.id()));
        if (found.isEmpty()) {
            names.remove(ref.text());
        }
        return found.flatMap(view -> of(view.id()));
    }

    /**
     * Begins a change of an organization's rights: call it first in the transaction. Other such changes wait from here on;
     * what is known in memory is forgotten at the commit. Gives the rights as they are before.
     */
    public Rights change(OrganizationId organization, Change change) {
        if (!counter.count(organization, change.now(), change.caller().username())) {
            throw Problem.NOT_FOUND.because("The organization is not there any more.");
        }
        tellAhead(organization, change);
        forgetAfterCommit(organization);
        return read(organization).orElseThrow(() -> Problem.NOT_FOUND.because("The organization is gone."));
    }

    /** Nobody would look for it: answers about these moments would miss what was changed in them. */
    private void tellAhead(OrganizationId organization, Change change) {
        counter.begunAhead(organization, change.now()).ifPresent(until -> {
            LOG.warn(
                    "The clock is behind the last change of the rights of {} and was ahead before: changes from {} on are kept as of"
                            + " {} and later, and who could what at a moment between is not answered",
                    organization,
                    change.now(),
                    until);
            change.event(
                    "access-history.clock",
                    Subject.of("organization", organization),
                    Map.of("from", change.now().toString(), "until", until.toString()));
        });
    }

    /** Whose grants reach each of these users, by id: their own, their department's, their groups'. One query for all. */
    public Map<UserId, Set<String>> reachedAs(OrganizationId organization, Collection<UserId> users) {
        return store.reachedAs(organization, List.copyOf(users));
    }

    /** Lets this organization be read anew once the running transaction has committed. */
    public void forgetAfterCommit(OrganizationId organization) {
        tx.afterCommit(() -> {
            Stripe stripe = stripe(organization);
            synchronized (stripe) {
                stripe.epoch++;
                entries.remove(organization);
            }
        });
    }

    private Optional<Rights> recheck(OrganizationId organization, Entry entry, long now) {
        boolean trusted = entry.fresh(now, LONGEST_TRUST.toMillis());
        if (!entry.checking.compareAndSet(false, true)) {
            return trusted ? Optional.of(entry.rights) : load(organization);
        }
        try {
            if (unchanged(organization, entry)) {
                entry.checkedAt = now;
                return Optional.of(entry.rights);
            }
            entries.remove(organization, entry);
            return load(organization);
        } catch (TxException e) {
            if (trusted) {
                return Optional.of(entry.rights);
            }
            throw e;
        } finally {
            entry.checking.set(false);
        }
    }

    private boolean unchanged(OrganizationId organization, Entry entry) {
        return entry != null && counter.read(organization).equals(OptionalLong.of(entry.facts.changes()));
    }

    /** One thread reads, others that need the same wait for it: nobody in here holds a database lock. */
    private Optional<Rights> load(OrganizationId organization) {
        Stripe stripe = stripe(organization);
        stripe.loading.lock();
        try {
            Entry entry = entries.get(organization);
            if (entry != null && entry.fresh(clock.millis(), recheckMillis)) {
                return Optional.of(entry.rights);
            }
            long before = stripe.epoch();
            long now = clock.millis();
            Optional<StoredFacts> facts = store.load(organization);
            facts.ifPresent(value -> keep(stripe, value, now, before));
            return facts.map(RightsCache::rights);
        } finally {
            stripe.loading.unlock();
        }
    }

    private void keep(Stripe stripe, StoredFacts facts, long now, long before) {
        if (entries.size() > TIDY_ABOVE) {
            entries.values().removeIf(entry -> entry.age(now) > UNUSED.toMillis());
        }
        synchronized (stripe) {
            // else something was committed meanwhile, and who asks next reads again
            if (stripe.epoch == before) {
                entries.put(facts.organization().id(), new Entry(facts, now));
            }
        }
    }

    private Optional<Rights> read(OrganizationId organization) {
        return store.load(organization).map(RightsCache::rights);
    }

    private static Rights rights(StoredFacts facts) {
        return new Rights(facts.organization(), facts);
    }

    private Stripe stripe(OrganizationId organization) {
        return stripes[Math.floorMod(organization.hashCode(), stripes.length)];
    }
}
