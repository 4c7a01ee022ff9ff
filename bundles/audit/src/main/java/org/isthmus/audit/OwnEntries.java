// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog.Fact;
import org.isthmus.api.audit.AuditLog.Kind;
import org.isthmus.api.audit.AuditLog.Result;
import org.isthmus.audit.note.NoteSigner;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.ClockSteps;

/**
 * What the log records about itself: its start with the key it signs with, its stop, a sign of life each hour (so that a
 * cut tail is seen even where nobody does anything), that somebody set the clock, and counted floods. Thread-safe.
 */
final class OwnEntries {
    private static final Duration SIGN_OF_LIFE = Duration.ofHours(1);

    private final Intake intake;
    private final Clock clock;
    private final NoteSigner signer;
    private final ClockSteps steps;
    private Duration stepped = Duration.ZERO;
    private Optional<OrganizationId> platform = Optional.empty();
    private Instant last = Instant.EPOCH;
    private boolean ended;

    OwnEntries(Intake intake, Clock clock, NoteSigner signer, ClockSteps steps) {
        this.intake = intake;
        this.clock = clock;
        this.signer = signer;
        this.steps = steps;
    }

    /**
     * A round.
     *
     * @param asked tells the platform's organization once identity is there: the entries belong to it. Asked until known
     */
    synchronized void round(Supplier<Optional<OrganizationId>> asked) {
        if (ended) {
            return;
        }
        intake.recordFloods(false);
        stepped = stepped.plus(steps.look());
        Instant now = clock.instant();
        if (platform.isEmpty()) {
            platform = asked.get();
            if (platform.isPresent()) {
                append("audit.start", Map.of("verifier", signer.verifier()));
                last = now;
            }
        } else if (!stepped.isZero()) {
            // entries before and after it are in the order of their index, whatever their times say
            append("clock.step", Map.of("by", stepped.toString()));
            stepped = Duration.ZERO;
            last = now;
        } else if (!now.isBefore(last.plus(SIGN_OF_LIFE))) {
            append("audit.alive", Map.of());
            last = now;
        }
    }

    /** The end: nothing is kept back, and nothing comes after it. */
    synchronized void stop(Supplier<Optional<OrganizationId>> asked) {
        round(asked);
        ended = true;
        intake.recordFloods(true);
        append("audit.stop", Map.of());
    }

    private void append(String action, Map<String, String> data) {
        platform.ifPresent(organization -> intake.append(new Fact(
                Kind.NOTE,
                Caller.system(organization, "audit"),
                action,
                organization,
                new Subject("audit", signer.name()),
                Result.SUCCESS,
                Optional.empty(),
                "",
                data)));
    }
}
