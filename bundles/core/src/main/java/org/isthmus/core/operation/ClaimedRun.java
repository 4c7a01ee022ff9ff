// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.isthmus.api.Subject;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;

/** The run a worker gives to a process: the claimed row, and a memo that is saved with the step's outcome. */
final class ClaimedRun implements Run {
    private static final int MOST_MEMO = 8000;
    private static final String DRIVER_MEMO = "driver.";

    private final OperationRecord row;
    private final Instant now;
    private final Map<String, String> memo;

    ClaimedRun(OperationRecord row, Instant now) {
        this.row = row;
        this.now = now;
        this.memo = new HashMap<>(row.memo());
    }

    Map<String, String> memo() {
        return memo;
    }

    @Override
    public OperationId id() {
        return row.id();
    }

    @Override
    public OrganizationId organization() {
        return row.organization();
    }

    @Override
    public Subject subject() {
        return row.subject();
    }

    @Override
    public String createdBy() {
        return row.createdBy();
    }

    @Override
    public Instant now() {
        return now;
    }

    @Override
    public Instant deadline() {
        return Times.instant(row.deadlineAt());
    }

    @Override
    public Optional<String> get(String key) {
        return Optional.ofNullable(memo.get(key));
    }

    @Override
    public void put(String key, String value) {
        memo.put(key, value);
        int length = memo.entrySet().stream()
                .mapToInt(each -> each.getKey().length() + each.getValue().length())
                .sum();
        if (length > MOST_MEMO) {
            memo.remove(key);
            throw new IllegalArgumentException("An operation keeps at most 8000 characters; " + key + " is too much.");
        }
    }

    @Override
    public void remove(String key) {
        memo.remove(key);
    }

    @Override
    public Call call(String wish) {
        return new Call(
                row.id().value() + "." + wish,
                get(DRIVER_MEMO + wish),
                Times.instant(row.deadlineAt()),
                Optional.empty());
    }

    @Override
    public <T> StepOutcome outcome(String wish, Progress<T> answer, Function<T, StepOutcome> whenDone) {
        if (answer instanceof Progress.Pending<T> pending) {
            put(DRIVER_MEMO + wish, pending.memo());
            Duration after = pending.askAgainAfter();
            return StepOutcome.again(after, pending.percent());
        }
        memo.remove(DRIVER_MEMO + wish);
        return whenDone.apply(((Progress.Done<T>) answer).result());
    }
}
