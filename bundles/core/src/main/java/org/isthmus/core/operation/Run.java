// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Subject;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;

/**
 * One operation while a step of it runs. Used by one thread. What is {@link #put} is saved with the cursor and is there
 * after a crash.
 */
public interface Run {
    OperationId id();

    OrganizationId organization();

    Subject subject();

    /** Who asked for it, for audit and events: {@code name@organization}. */
    String createdBy();

    Instant now();

    /** When it will be given up. */
    Instant deadline();

    /** Something kept between steps, or empty. */
    Optional<String> get(String key);

    /** Keeps something between steps: at most 8,000 characters in all, saved with this step's outcome. */
    void put(String key, String value);

    void remove(String key);

    /**
     * The call to give a driver for a wish of this operation. The token is made of the operation's id and {@code wish}, so
     * it is the same after a crash; the memo is what {@link #outcome} kept of the last answer. Tokens stay within the
     * SPI's 100 characters: a wish has at most 50 of {@code A-Za-z0-9.-}.
     */
    Call call(String wish);

    /**
     * Turns a driver's answer into the step's outcome: Pending keeps the memo and asks again; Done gives {@code whenDone}.
     */
    <T> StepOutcome outcome(String wish, Progress<T> answer, java.util.function.Function<T, StepOutcome> whenDone);
}
