// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Swappable;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.audit.AuditTrail;
import org.isthmus.api.identity.Access;
import org.isthmus.api.status.Part;
import org.isthmus.audit.note.KeyFile;
import org.isthmus.audit.note.NoteSigner;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Page;
import org.isthmus.store.ClockSteps;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The audit log as services; puts its parts together. */
@Component(
        service = {AuditLog.class, AuditTrail.class, Part.class},
        configurationPid = "org.isthmus.audit",
        immediate = true)
@Designate(ocd = Config.class)
public final class Audit implements AuditLog, AuditTrail, Part {
    /** An entry that waits longer tells that the sequencer is stuck. */
    private static final Duration LATE = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(Audit.class);

    private final Swappable<Access> access = new Swappable<>("Identity");
    private final Settings settings;
    private final NoteSigner signer;
    private final Sequencer sequencer;
    private final Intake intake;
    private final Trail trail;
    private final OwnEntries own;
    private final SequencerThread thread;

    @Activate
    public Audit(
            @Reference Tx tx, @Reference Leases leases, @Reference Clock clock, @Reference Ids ids, Config config) {
        this(tx, leases, clock, ids, Settings.of(config, Path.of(System.getProperty("karaf.base", ""))));
    }

    Audit(Tx tx, Leases leases, Clock clock, Ids ids, Settings settings) {
        SecureRandom random = new SecureRandom();
        this.settings = settings;
        signer = new KeyFile(settings.keyFile(), settings.passwordFile(), random, clock).open(settings.origin());
        intake = new Intake(tx, clock, ids, settings.refusalsPerMinute(), this::wake);
        trail = new Trail(tx, access, intake, signer);
        own = new OwnEntries(intake, clock, signer, new ClockSteps(clock, System::nanoTime));
        sequencer = new Sequencer(
                tx, leases, clock, random, "audit-" + ids.uuid(), settings.origin(), signer::sign, settings.batch());
        thread = new SequencerThread(
                sequencer, new PendingStore(tx), settings.batch(), clock, () -> own.round(this::platform));
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindAccess(Access service, Map<String, Object> properties) {
        access.bind(service, properties.get("service.ranking") instanceof Integer ranking ? ranking : 0);
    }

    void unbindAccess(Access service) {
        access.unbind(service);
    }

    /**
     * Begins.
     *
     * @throws IllegalStateException when another controller at work signs with another key
     */
    @Activate
    void start() {
        mustSignLikeTheOthers();
        thread.start();
    }

    private void mustSignLikeTheOthers() {
        Optional<String> theirs;
        try {
            theirs = sequencer.newestOfAnother();
        } catch (TxException e) {
            LOG.warn("Whether other controllers have the same key for the audit log is not known: {}", e.toString());
            return;
        }
        if (theirs.isPresent() && !signer.signed(theirs.get())) {
            throw new IllegalStateException(
                    "Another controller on this database signs the audit log with another key, or under"
                            + " another origin. Copy " + settings.keyFile() + " and " + settings.passwordFile()
                            + " from it, set the same origin in etc/org.isthmus.audit.cfg, and start this one again. To begin with a"
                            + " new key, stop all controllers first; one that was killed counts for 15 seconds more.");
        }
    }

    @Deactivate
    void stop() {
        try {
            own.stop(this::platform);
        } finally {
            thread.stop();
        }
    }

    private void wake() {
        thread.wake();
    }

    /** Without waiting, and whatever state identity is in: the log goes on without it. */
    private Optional<OrganizationId> platform() {
        try {
            return access.present() ? Optional.of(access.call(Access::platform)) : Optional.empty();
        } catch (ProblemException | TxException | IllegalStateException e) {
            LOG.debug("Identity does not know the platform's organization yet", e);
            return Optional.empty();
        }
    }

    @Override
    public AuditEntryId append(Fact fact) {
        return intake.append(fact);
    }

    @Override
    public Page<EntryView> entries(Caller caller, Ref organization, Query query) {
        return trail.entries(caller, organization, query);
    }

    @Override
    public String checkpoint(Caller caller) {
        return trail.checkpoint(caller);
    }

    @Override
    public List<String> inclusionProof(Caller caller, long index, long size) {
        return trail.inclusionProof(caller, index, size);
    }

    @Override
    public List<String> consistencyProof(Caller caller, long from, long to) {
        return trail.consistencyProof(caller, from, to);
    }

    @Override
    public String leaf(Caller caller, long index) {
        return trail.leaf(caller, index);
    }

    @Override
    public List<Report> report() {
        SequencerThread.State state = thread.state();
        boolean up = state.problem().isEmpty() && state.lag().compareTo(LATE) <= 0;
        String detail = state.problem()
                .map(problem -> "The sequencer fails: " + problem)
                .orElse(
                        up
                                ? (state.mine() ? "This controller sequences." : "Another controller sequences.")
                                : "Entries wait for their place since "
                                        + state.lag().toSeconds() + " s.");
        // entries are recorded without the sequencer as well, so requests can be served
        return List.of(new Report("audit", up, false, detail));
    }

    @Override
    public List<Sample> samples() {
        return List.of(
                new Sample(
                        "isthmus_audit_lag_seconds",
                        "Age of the oldest audit entry without a place in the log.",
                        false,
                        List.of(),
                        thread.state().lag().toMillis() / 1000.0),
                new Sample("isthmus_audit_entries_total", "Audit entries recorded.", true, List.of(), intake.entries()),
                new Sample(
                        "isthmus_audit_refusals_counted_total",
                        "Refusals that were counted instead of recorded one by one.",
                        true,
                        List.of(),
                        intake.counted()));
    }
}
