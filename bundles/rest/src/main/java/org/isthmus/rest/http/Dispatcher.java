// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.servlet.http.HttpServletRequest;
import org.eclipse.jetty.http.BadMessageException;
import org.isthmus.api.Caller;
import org.isthmus.api.Passing;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.model.Ids;
import org.isthmus.model.Secret;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Route.Trait;
import org.isthmus.rest.json.Json;
import org.isthmus.rest.json.Schemas;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a request through the checks in their order to its route's handler, and whatever happens to an answer. */
public final class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final Duration BUSY = Duration.ofSeconds(1);
    private static final int MAX_TOKEN = 4096;
    private static final String TURN = "org.isthmus.rest.turn";
    /** Whoever watches the controller hears of it also when it is busy. */
    private static final Set<String> PROBES = Set.of("/healthz", "/readyz");

    private final List<Route> routes;
    private final Services services;
    private final Ids ids;
    private final Counters counters;
    private final Refusals refusals;
    private final Bodies bodies = new Bodies();
    private final Turns turns;

    public Dispatcher(List<Route> routes, Services services, Ids ids, Counters counters, Turns turns) {
        this.turns = turns;
        this.routes = List.copyOf(routes);
        this.services = services;
        this.ids = ids;
        this.counters = counters;
        this.refusals = new Refusals(services);
    }

    /**
     * Waits until the request may be worked on. Its turn ends with {@link #leave}, or while it waits for something that
     * takes long.
     *
     * @return how it is refused, if it is: to be told a little later
     */
    public Optional<Reply> enter(HttpServletRequest request) {
        String path = request.getRequestURI();
        if (PROBES.contains(path)) {
            return Optional.empty();
        }
        try {
            Optional<String> header =
                    Optional.ofNullable(request.getHeader("Authorization")).filter(text -> text.length() <= MAX_TOKEN);
            request.setAttribute(TURN, turns.take(header, address(request)));
            return Optional.empty();
        } catch (ProblemException refused) {
            String requestId = ids.uuid().toString();
            counters.count("turn", refused.type().status(), 0);
            return Optional.of(told(request, refused, requestId).with("X-Request-Id", requestId));
        }
    }

    /** A problem in the words of the part of the API that was asked. */
    private static Reply told(HttpServletRequest request, ProblemException problem, String requestId) {
        return Manner.of(request.getRequestURI()).told(problem, requestId);
    }

    /** The request is worked on no longer: another may be. Again does nothing. */
    public static void leave(HttpServletRequest request) {
        if (request.getAttribute(TURN) instanceof Turns.Turn turn) {
            turn.end();
        }
    }

    /** Whose request it is: a user's, as far as the login was known when it came, or an address's. */
    static String whose(HttpServletRequest request) {
        return request.getAttribute(TURN) instanceof Turns.Turn turn
                ? turn.whose()
                : Places.ofAddress(address(request));
    }

    /** The answer to a request; never throws. */
    public Reply answer(HttpServletRequest request) {
        long began = System.nanoTime();
        String requestId = ids.uuid().toString();
        Found found = new Found();
        Reply reply;
        try {
            reply = route(request, requestId, found);
        } catch (ProblemException problem) {
            reply = refused(problem, request, requestId, found);
        } catch (IOException e) {
            // the client's connection broke while its body was read; it will hardly see this
            LOG.debug("Request {} ended early", requestId, e);
            reply = told(request, Problem.MALFORMED.because("The body ended early."), requestId);
        } catch (BadMessageException e) {
            LOG.debug("Request {} is not sent as HTTP wants it", requestId, e);
            reply = told(request, Problem.MALFORMED.because("The body is not sent as HTTP wants it."), requestId)
                    .with("Connection", "close");
        } catch (RuntimeException | StackOverflowError e) {
            reply = e instanceof Passing passing && passing.passing()
                    ? busy(request, requestId, e)
                    : broken(request, requestId, found, e);
        }
        String name = found.route.map(Route::id).orElse("none");
        counters.count(name, reply.status(), System.nanoTime() - began);
        LOG.debug("{} {} {} {}", requestId, request.getMethod(), name, reply.status());
        return reply.with("X-Request-Id", requestId);
    }

    private static Reply busy(HttpServletRequest request, String requestId, Throwable passing) {
        LOG.debug("Request {} found the database busy or away", requestId, passing);
        return told(
                request,
                Problem.UNAVAILABLE.retryAfter(BUSY, "The database is busy or away just now; try again in a moment."),
                requestId);
    }

    private static Reply broken(HttpServletRequest request, String requestId, Found found, Throwable why) {
        LOG.error("Request {} {} {} failed", requestId, request.getMethod(), found.route.map(Route::id), why);
        return told(
                request,
                Problem.INTERNAL.because(
                        "Something broke that should not. Tell the operator the request id %s.", requestId),
                requestId);
    }

    /**
     * The answer to what must not reach CXF: an address that cannot be decoded, on which it fails, and a method that no path
     * takes, which it would refuse without anybody hearing of it.
     */
    public Optional<Reply> early(HttpServletRequest request) {
        try {
            Targets.check(request.getRequestURI(), request.getQueryString());
            return Door.METHODS.contains(request.getMethod()) ? Optional.empty() : Optional.of(answer(request));
        } catch (ProblemException problem) {
            String requestId = ids.uuid().toString();
            counters.count("none", problem.type().status(), 0);
            return Optional.of(told(request, problem, requestId).with("X-Request-Id", requestId));
        }
    }

    /** What was found out before it went wrong. */
    private static final class Found {
        private Optional<Route> route = Optional.empty();
        private Optional<Call> call = Optional.empty();
        private Optional<Origin> origin = Optional.empty();
        private Set<String> allowed = Set.of();
    }

    private Reply refused(ProblemException problem, HttpServletRequest request, String requestId, Found found) {
        found.call.ifPresentOrElse(
                call -> refusals.tell(call, problem),
                () -> found.origin.ifPresent(origin -> refusals.tellOfNoRoute(
                        whoever(request, origin), request.getMethod(), request.getRequestURI(), problem)));
        if (problem.type().status() >= 500 && problem.type().status() != 503) {
            LOG.error("Request {} {} failed", requestId, found.route.map(Route::id), problem);
        }
        Reply reply = told(request, problem, requestId);
        boolean heard = found.call.map(call -> bodies.drained(call, problem)).orElse(true);
        if (problem.type() == Problem.METHOD_NOT_ALLOWED) {
            return reply.with("Allow", String.join(", ", found.allowed));
        }
        boolean unread = problem.type() == Problem.TOO_LARGE || problem.type() == RestProblem.TOO_SLOW;
        return unread || !heard ? reply.with("Connection", "close") : reply;
    }

    /** Whom the token stands for, if there is a good one: only to be written down, nothing is decided by it. */
    private Caller whoever(HttpServletRequest request, Origin origin) {
        try {
            return caller(Manner.of(request.getRequestURI()), bearer(request), origin);
        } catch (RuntimeException nobody) {
            // also what nobody thought of: it is about what is written down, and the answer is known
            return refusals.stranger(origin);
        }
    }

    private Reply route(HttpServletRequest request, String requestId, Found found) throws IOException {
        Origin origin = new Origin(Manner.of(request.getRequestURI()).door(), address(request), requestId);
        found.origin = Optional.of(origin);
        List<String> path = Targets.segments(request.getRequestURI());
        Map<Verb, Route> here = new EnumMap<>(Verb.class);
        Map<Verb, Map<String, String>> parts = new EnumMap<>(Verb.class);
        for (Route route : routes) {
            route.path().match(path).ifPresent(values -> {
                // a fixed word is declared before a named part in the same place and wins
                if (here.putIfAbsent(route.verb(), route) == null) {
                    parts.put(route.verb(), values);
                }
            });
        }
        if (here.isEmpty()) {
            throw Problem.NOT_FOUND.because(
                    "There is nothing at this path; GET /api/v1/openapi.json lists what there is.");
        }
        found.allowed = allowed(here.keySet());
        if (request.getMethod().equals("OPTIONS")) {
            return Reply.empty(204).with("Allow", String.join(", ", found.allowed));
        }
        Verb verb = verb(request.getMethod())
                .filter(here::containsKey)
                .orElseThrow(() ->
                        Problem.METHOD_NOT_ALLOWED.because("This path takes %s.", String.join(", ", found.allowed)));
        Route route = here.get(verb);
        found.route = Optional.of(route);
        Map<String, String> query = new LinkedHashMap<>();
        Call call = new Call(route, request, parts.get(verb), query, origin, bodies, refusals.stranger(origin));
        found.call = Optional.of(call);
        Accepts.check(route, request);
        query.putAll(parameters(route, request.getQueryString()));
        if (route.guard().login()) {
            login(call, request);
        }
        return finished(call, route.handler().handle(call));
    }

    private static String address(HttpServletRequest request) {
        return Optional.ofNullable(request.getRemoteAddr()).orElse("unknown");
    }

    private static Optional<Verb> verb(String method) {
        String wanted = method.equals("HEAD") ? "GET" : method;
        return java.util.Arrays.stream(Verb.values())
                .filter(verb -> verb.name().equals(wanted))
                .findFirst();
    }

    private static Set<String> allowed(Set<Verb> verbs) {
        Set<String> allowed = new TreeSet<>();
        verbs.forEach(verb -> allowed.add(verb.name()));
        if (verbs.contains(Verb.GET)) {
            allowed.add("HEAD");
        }
        allowed.add("OPTIONS");
        return allowed;
    }

    private static Map<String, String> parameters(Route route, String query) {
        Map<String, String> checked = new LinkedHashMap<>();
        Targets.parameters(query).forEach((name, text) -> {
            Optional<Parameter> known = route.parameters().stream()
                    .filter(parameter -> parameter.name().equals(name))
                    .findFirst();
            if (known.isEmpty()
                    && !route.has(Trait.ANY_PARAMETERS)
                    && !route.manner().lenient()) {
                throw Problem.MALFORMED.at(
                        Targets.cut(name), "There is no such parameter here; " + there(route.parameters()));
            }
            known.ifPresent(parameter -> checked.put(name, parameter.checked(text)));
        });
        for (Parameter parameter : route.parameters()) {
            if (parameter.required() && !checked.containsKey(parameter.name())) {
                throw Problem.MALFORMED.at(parameter.name(), "This parameter is needed: " + parameter.about() + ".");
            }
        }
        return checked;
    }

    private static String there(List<Parameter> parameters) {
        List<String> names =
                new ArrayList<>(parameters.stream().map(Parameter::name).toList());
        return names.isEmpty() ? "it takes none." : "there are: " + String.join(", ", names) + ".";
    }

    private static Secret bearer(HttpServletRequest request) {
        String header = request.getHeader("Authorization");
        if (header == null) {
            throw Problem.NOT_LOGGED_IN.because(
                    "Log in with POST /api/v1/sessions and send its token: Authorization: Bearer <token>.");
        }
        if (!header.regionMatches(true, 0, "Bearer ", 0, 7) || header.length() > MAX_TOKEN) {
            throw Problem.NOT_LOGGED_IN.because("The Authorization header is written: Bearer <token>.");
        }
        return new Secret(header.substring(7).trim());
    }

    private Caller caller(Manner manner, Secret token, Origin origin) {
        return services.call(
                Logins.class,
                logins -> manner == Manner.SCIM ? logins.directoryCaller(token, origin) : logins.caller(token, origin));
    }

    private void login(Call call, HttpServletRequest request) {
        Secret token = bearer(request);
        String header = request.getHeader("Authorization");
        Caller caller;
        try {
            caller = caller(call.route().manner(), token, call.origin());
        } catch (ProblemException refused) {
            if (refused.type().status() == 401) {
                turns.isNobodys(header);
            }
            throw refused;
        }
        turns.isOf(header, caller.username());
        call.is(caller, token);
        if (!call.route().has(Trait.WITHOUT_VPN)) {
            requireTunnel(caller);
        }
        if (caller.mustChangePassword() && !call.route().has(Trait.BEFORE_PASSWORD_CHANGE)) {
            throw Problem.PASSWORD_CHANGE_NEEDED.because(
                    "Change your password first: PUT /api/v1/organizations/%s/users/%s/password.",
                    caller.organization(), caller.user().map(Object::toString).orElse("{user}"));
        }
    }

    private void requireTunnel(Caller caller) {
        services.call(Access.class, access -> {
            access.requireTunnel(caller);
            return caller;
        });
    }

    /** Trims to {@code fields} and answers 304 when the client has this version. */
    private static Reply finished(Call call, Reply reply) {
        Optional<List<String>> fields = call.fields();
        if (!call.route().has(Trait.FIELDS) || reply.json().isEmpty()) {
            return reply;
        }
        String tag = reply.headers().get("ETag");
        if (tag != null && call.header("If-None-Match").filter(tag::equals).isPresent()) {
            return Reply.empty(304).with("ETag", tag);
        }
        if (fields.isEmpty()) {
            return reply;
        }
        Set<String> known = Schemas.memberNames(call.route().view().orElseThrow());
        for (String field : fields.get()) {
            if (!known.contains(field)) {
                throw Problem.MALFORMED.at(
                        "fields",
                        "There is no member " + Targets.cut(field) + "; there are: " + String.join(", ", known));
            }
        }
        JsonNode json = reply.json().get();
        if (!json.path("items").isArray()) {
            return reply.withJson(trimmed(json, fields.get()));
        }
        ObjectNode page = ((ObjectNode) json).deepCopy();
        ArrayNode items = page.putArray("items");
        json.get("items").forEach(item -> items.add(trimmed(item, fields.get())));
        return reply.withJson(page);
    }

    private static ObjectNode trimmed(JsonNode item, List<String> fields) {
        ObjectNode kept = Json.object();
        for (String field : fields) {
            if (item.has(field)) {
                kept.set(field, item.get(field));
            }
        }
        return kept;
    }
}
