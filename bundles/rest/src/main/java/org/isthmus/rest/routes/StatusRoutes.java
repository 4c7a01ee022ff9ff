// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.http.Table.BASE;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Access;
import org.isthmus.api.status.Part;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Counters;
import org.isthmus.rest.http.Drain;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Problems;
import org.isthmus.rest.http.Problems.ProblemEntry;
import org.isthmus.rest.http.Reply;
import org.isthmus.rest.http.Route.Answer;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the controller lives and is ready, its numbers, its problem catalogue and its own description. */
public final class StatusRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(StatusRoutes.class);
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final Services services;
    private final Drain drain;
    private final Prometheus prometheus;

    private StatusRoutes(Services services, Counters counters, Drain drain) {
        this.services = services;
        this.drain = drain;
        this.prometheus = new Prometheus(counters);
    }

    record Alive(boolean alive) {}

    record Readiness(boolean ready, List<PartState> parts) {}

    record PartState(String name, boolean up, @Field("without it no request can be served") boolean needed) {}

    /**
     * Writes the rows.
     *
     * @param document the OpenAPI document, made of all rows when it is asked for
     */
    public static void declare(
            Table table, Services services, Counters counters, Drain drain, Supplier<JsonNode> document) {
        StatusRoutes here = new StatusRoutes(services, counters, drain);
        Table.Group on = table.group("Status");
        on.raw(Verb.GET, "/healthz", "getHealth", Guard.OPEN, "Whether the controller answers.")
                .answers(200, "it does", Alive.class, Answer.JSON)
                .handledBy(call -> Reply.json(200, new Alive(true)));
        on.raw(
                        Verb.GET,
                        "/readyz",
                        "getReadiness",
                        Guard.OPEN,
                        "Whether all needed parts are there, and the controller is not about to stop.")
                .answers(200, "they are", Readiness.class, Answer.JSON)
                .answers(
                        503,
                        "one is not, or it is about to stop: send requests to another controller",
                        Readiness.class,
                        Answer.JSON)
                .handledBy(here::ready);
        on.raw(
                        Verb.GET,
                        "/metrics",
                        "getMetrics",
                        Guard.may(Action.PLATFORM_METRICS),
                        "Numbers for Prometheus; for operators.")
                .answers(200, "in the text format", String.class, PROMETHEUS)
                .handledBy(here::metrics);
        Table.Group about = table.group("About");
        about.all(
                BASE + "/problems",
                "listProblems",
                Guard.OPEN,
                "Every type of problem, with what to do about it.",
                ProblemEntry.class,
                ProblemEntry::slug,
                call -> Problems.catalogue());
        about.get(
                BASE + "/problems/{problem}",
                "getProblem",
                Guard.OPEN,
                "A type of problem: what the type of a problem document leads to.",
                ProblemEntry.class,
                List.of(),
                call -> Problems.entry(call.part("problem"))
                        .orElseThrow(() -> Problem.NOT_FOUND.because("There is no such type of problem.")));
        about.raw(Verb.GET, BASE + "/openapi.json", "getOpenApi", Guard.OPEN, "This document.")
                .answers(200, "OpenAPI 3.0", JsonNode.class, Answer.JSON)
                .handledBy(call -> Reply.json(200, document.get()));
    }

    private Reply ready(Call call) {
        List<PartState> parts = new ArrayList<>();
        Services.KINDS.forEach((type, what) -> parts.add(new PartState(
                what.toLowerCase(java.util.Locale.ROOT), services.place(type).present(), true)));
        for (Part part : services.parts()) {
            try {
                part.report().forEach(one -> parts.add(new PartState(one.name(), one.up(), one.needed())));
            } catch (RuntimeException e) {
                LOG.warn("A part cannot tell how it is", e);
                parts.add(new PartState(part.getClass().getSimpleName(), false, true));
            }
        }
        if (drain.leaving()) {
            parts.add(new PartState("staying, for this controller is being stopped", false, true));
        }
        boolean ready = parts.stream().allMatch(part -> part.up() || !part.needed());
        Reply reply = Reply.json(ready ? 200 : 503, new Readiness(ready, parts));
        return ready ? reply : reply.with("Retry-After", "5");
    }

    private Reply metrics(Call call) {
        Caller caller = call.caller();
        services.call(Access.class, access -> access.require(caller, Action.PLATFORM_METRICS, Ref.PLATFORM));
        String text = prometheus.text(services.parts());
        return Reply.text(200, PROMETHEUS, text.getBytes(StandardCharsets.UTF_8));
    }
}
