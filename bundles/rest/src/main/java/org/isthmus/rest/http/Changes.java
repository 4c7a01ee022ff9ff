// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.gate.Gate.Answer;
import org.isthmus.api.gate.Gate.Outcome;
import org.isthmus.api.gate.Gate.Replay;
import org.isthmus.api.gate.Gate.Submission;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Sha256;
import org.isthmus.rest.Services;
import org.isthmus.rest.json.Binder;
import org.isthmus.rest.json.Json;
import org.isthmus.rest.json.Shown;

/** The one place where a body becomes a command, and what the gate says becomes an answer. */
final class Changes {
    static final String OPERATIONS = "/api/v1/operations/";

    /** One look at an operation: short, so that neither a swap of core nor the end of the controller waits for a client. */
    private static final Duration SLICE = Duration.ofSeconds(2);

    private final Services services;
    private final Drain drain;
    /** Requests that wait for an operation; the others are answered 202 at once. */
    private final Places waiting = new Places("waiting requests", 64, 8);

    Changes(Services services, Drain drain) {
        this.services = services;
        this.drain = drain;
    }

    /** How a change that took no time is answered. */
    enum Ending {
        CREATED(201),
        SHOWN(200),
        GONE(204);

        private final int status;

        Ending(int status) {
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    /**
     * What a change needs to know.
     *
     * @param make the command; what its constructor refuses is MALFORMED
     * @param show the view of the result, with or without one-time secrets
     * @param dry the answer to a dry run
     * @param plan answers a dry run in place of the gate, which it asks by itself: a refusal is audited there
     */
    record Recipe<B, R>(
            Class<B> body,
            BiFunction<Call, B, ? extends Command<R>> make,
            Table.Showing<R> show,
            Ending ending,
            BiFunction<Call, DryRun, Object> dry,
            Optional<BiFunction<Call, Command<R>, Object>> plan) {}

    <B, R> Reply run(Call call, Recipe<B, R> recipe) throws IOException {
        if (call.route().has(Route.Trait.VERSIONED)) {
            call.version();
        }
        boolean hasBody = call.route().body().isPresent();
        JsonNode json = hasBody ? call.json() : Json.object();
        B body = call.route().verb() == Verb.PATCH
                ? Binder.patch(json, recipe.body())
                : Binder.bind(json, recipe.body());
        Command<R> command = Binder.making(recipe.body(), () -> recipe.make().apply(call, body));
        if (call.dryRun() && recipe.plan().isPresent()) {
            call.reachedGate();
            return Reply.json(200, recipe.plan().get().apply(call, command));
        }
        Submission<R> submission = submission(call, json, recipe);

        call.reachedGate();
        Outcome<R> outcome = services.call(Gate.class, gate -> gate.submit(call.caller(), command, submission));
        if (outcome instanceof Outcome.Allowed<R> allowed) {
            return Reply.json(200, recipe.dry().apply(call, new DryRun(true, allowed.estimate(), allowed.approval())));
        }
        if (outcome instanceof Outcome.Replayed<R> replayed) {
            return replayed(call, replayed.answer());
        }
        if (outcome instanceof Outcome.Waiting<R> waiting) {
            // nobody waits for a person with a connection held open
            return operation(202, waiting.operation());
        }
        Outcome.Accepted<R> accepted = (Outcome.Accepted<R>) outcome;
        return accepted.operation().isPresent()
                ? started(call, accepted.operation().get())
                : ended(call, accepted.result(), recipe, true);
    }

    private <B, R> Submission<R> submission(Call call, JsonNode body, Recipe<B, R> recipe) {
        Optional<String> key =
                call.header("Idempotency-Key").filter(given -> call.route().has(Route.Trait.REPLAY));
        if (call.dryRun()) {
            return Submission.dry();
        }
        if (key.isEmpty()) {
            return Submission.plain();
        }
        String request = call.route().verb() + "\n" + call.uri() + "\n" + Json.canonical(body);
        Sha256 fingerprint = Sha256.of(request.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        try {
            return Submission.replayable(
                    new Replay<>(key.get(), fingerprint, accepted -> answer(call, accepted, recipe)));
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("Idempotency-Key", e.getMessage());
        }
    }

    /** What is kept for a repetition: the first answer, without one-time secrets and without having waited. */
    private <B, R> Answer answer(Call call, Outcome<R> outcome, Recipe<B, R> recipe) {
        Reply reply;
        if (outcome instanceof Outcome.Waiting<R> waiting) {
            reply = operation(202, waiting.operation());
        } else {
            Outcome.Accepted<R> accepted = (Outcome.Accepted<R>) outcome;
            reply = accepted.operation().isPresent()
                    ? operation(202, accepted.operation().get())
                    : ended(call, accepted.result(), recipe, false);
        }
        return new Answer(
                reply.status(),
                reply.json().map(Json::text).orElse(""),
                reply.headers().getOrDefault("Location", ""));
    }

    private Reply replayed(Call call, Answer answer) {
        Reply reply = answer.body().isEmpty()
                ? Reply.empty(answer.status())
                : Reply.json(answer.status(), Json.lenient(answer.body()));
        if (!answer.location().isEmpty()) {
            reply = reply.with("Location", answer.location());
        }
        if (answer.status() == 202
                && answer.location().startsWith(OPERATIONS)
                && !call.patience().isZero()) {
            OperationId id = new OperationId(answer.location().substring(OPERATIONS.length()));
            reply = waited(call, id).orElse(reply);
        }
        return reply.with("Idempotent-Replayed", "true");
    }

    private <B, R> Reply ended(Call call, R result, Recipe<B, R> recipe, boolean secrets) {
        if (recipe.ending() == Ending.GONE) {
            return Reply.empty(204);
        }
        Reply reply = Reply.json(recipe.ending().status(), recipe.show().show(call, result, secrets));
        String id = reply.json().map(json -> json.path("id").asText("")).orElse("");
        return recipe.ending() == Ending.CREATED && !id.isEmpty()
                ? reply.with("Location", call.uri() + "/" + id)
                : reply;
    }

    /** 202 with the operation, or 200 when the client waits and it ended in time. */
    Reply started(Call call, OperationView begun) {
        return waited(call, begun.id()).orElseGet(() -> operation(202, begun));
    }

    private static Reply operation(int status, OperationView view) {
        return Reply.json(status, Shown.of(view)).with("Location", OPERATIONS + view.id());
    }

    /** The operation after as much waiting as the client prefers; empty when it would not wait or may not look. */
    private Optional<Reply> waited(Call call, OperationId id) {
        Duration patience = call.patience();
        Optional<Places.Place> free = patience.isZero() ? Optional.empty() : waiting.tryTake(call.caller());
        if (free.isEmpty()) {
            return Optional.empty();
        }
        Places.Place place = free.get();
        call.waits();
        try (place) {
            OperationView seen = await(call, id, patience);
            return Optional.of(operation(seen.state().ended() ? 200 : 202, seen)
                    .with("Preference-Applied", "wait=" + patience.toSeconds()));
        } catch (ProblemException e) {
            // it goes on all the same: the client gets its address and looks later
            return Optional.empty();
        }
    }

    private OperationView await(Call call, OperationId id, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
            Duration slice = left.compareTo(SLICE) < 0 ? left : SLICE;
            OperationView seen =
                    services.call(Operations.class, operations -> operations.await(call.caller(), id, slice));
            if (seen.state().ended()
                    || left.compareTo(SLICE) <= 0
                    || drain.ending()
                    || Thread.currentThread().isInterrupted()) {
                return seen;
            }
        }
    }
}
