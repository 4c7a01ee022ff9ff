// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.servlet.http.HttpServletRequest;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.model.Id;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.isthmus.rest.json.Words;

/** One request on its way to its route's handler: who, what for, and with which parameters. Used by one thread. */
public final class Call {
    /** Longest a client may wait for an operation. */
    static final long MAX_WAIT_SECONDS = 300;

    private static final Pattern WAIT = Pattern.compile("(?:^|[,;\\s])wait\\s*=\\s*\"?(\\d{1,6})\"?(?=$|[,;\\s])");
    private static final Pattern VERSION = Pattern.compile("\"(\\d{1,18})\"");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,62}:.{0,255}");

    private final Route route;
    private final HttpServletRequest request;
    private final Map<String, String> path;
    private final Map<String, String> query;
    private final Origin origin;
    private final Bodies bodies;
    private Caller caller;
    private Optional<Secret> bearer = Optional.empty();
    private boolean atGate;

    Call(
            Route route,
            HttpServletRequest request,
            Map<String, String> path,
            Map<String, String> query,
            Origin origin,
            Bodies bodies,
            Caller stranger) {
        this.route = route;
        this.request = request;
        this.path = Map.copyOf(path);
        this.query = query;
        this.origin = origin;
        this.bodies = bodies;
        this.caller = stranger;
    }

    public Route route() {
        return route;
    }

    /** Who asks; a stranger before the login was checked and on open routes. */
    public Caller caller() {
        return caller;
    }

    public Origin origin() {
        return origin;
    }

    /** The token the caller came with. */
    public Optional<Secret> bearer() {
        return bearer;
    }

    void is(Caller known, Secret token) {
        caller = known;
        bearer = Optional.of(token);
    }

    /** It waits for something that takes long from now on: others are worked on meanwhile. */
    public void waits() {
        Dispatcher.leave(request);
    }

    /** From now on a refusal is audited behind REST: by the gate, or by the login. */
    public void reachedGate() {
        atGate = true;
    }

    boolean atGate() {
        return atGate;
    }

    /** The path as it was asked for, without its query. */
    public String uri() {
        return request.getRequestURI();
    }

    /** The organization of the path. */
    public Ref organization() {
        return ref("organization");
    }

    /** A named part of the path as a reference; what cannot be one is not there. */
    public Ref ref(String name) {
        try {
            return new Ref(path.get(name));
        } catch (IllegalArgumentException e) {
            throw absent(name);
        }
    }

    /** A named part of the path as an id; what cannot be one is not there. */
    public <I extends Id> I id(String name, Class<I> type) {
        try {
            return Words.newId(type, path.get(name));
        } catch (IllegalArgumentException e) {
            throw absent(name);
        }
    }

    /** A named part of the path as it was written. */
    public String part(String name) {
        return path.get(name);
    }

    private RuntimeException absent(String name) {
        return Problem.NOT_FOUND.because("There is no such %s here.", name);
    }

    /** A query parameter, checked against its type. */
    public Optional<String> parameter(String name) {
        return Optional.ofNullable(query.get(name));
    }

    /** All query parameters that were given and are known. */
    public Map<String, String> parameters() {
        return Map.copyOf(query);
    }

    /** A numeric query parameter that is needed. */
    public long number(String name) {
        return Long.parseLong(parameter(name).orElseThrow());
    }

    /** What part of a list is asked for. */
    public Query query() {
        Map<String, String> equal = new LinkedHashMap<>();
        for (Parameter parameter : route.parameters()) {
            if (parameter.filter() && query.containsKey(parameter.name())) {
                equal.put(parameter.name(), query.get(parameter.name()));
            }
        }
        Optional<String> tag = parameter("tag");
        if (tag.isPresent() && !TAG.matcher(tag.get()).matches()) {
            throw Problem.MALFORMED.at("tag", "A tag is written key:value.");
        }
        return new Query(equal, tag, page());
    }

    private Page.Request page() {
        int limit = Page.Request.DEFAULT_LIMIT;
        if (query.containsKey("limit")) {
            long asked = number("limit");
            if (asked < 1 || asked > Page.Request.MAX_LIMIT) {
                throw Problem.MALFORMED.at("limit", "limit is 1 to " + Page.Request.MAX_LIMIT + ".");
            }
            limit = (int) asked;
        }
        return new Page.Request(limit, parameter("cursor"));
    }

    /** {@code ?fields=}: the only members wanted. */
    Optional<List<String>> fields() {
        return parameter("fields").map(text -> List.of(text.split(",")));
    }

    boolean dryRun() {
        return "true".equals(query.get("dryRun"));
    }

    /** {@code Prefer: wait=N} (RFC 7240); a preference that cannot be read is ignored, as it says there. */
    public Duration patience() {
        String prefer = String.join(",", java.util.Collections.list(request.getHeaders("Prefer")));
        Matcher matcher = WAIT.matcher(prefer);
        return matcher.find()
                ? Duration.ofSeconds(Math.min(MAX_WAIT_SECONDS, Long.parseLong(matcher.group(1))))
                : Duration.ZERO;
    }

    /** {@code If-Match}: the version the change is based on. */
    public long version() {
        String header = header("If-Match")
                .orElseThrow(() -> Problem.VERSION_NEEDED.because(
                        "Send If-Match: \"<version>\" with the version you read, so that nobody's change is lost."));
        Matcher matcher = VERSION.matcher(header.trim());
        if (matcher.matches()) {
            return Long.parseLong(matcher.group(1));
        }
        if (header.trim().equals("*")) {
            throw Problem.VERSION_NEEDED.because("If-Match: * names no version; send the one you read, in quotes.");
        }
        throw Problem.STALE.because(
                "If-Match is one version in quotes, such as \"7\"; no version is written like that.");
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(request.getHeader(name));
    }

    /** Declared length of the body, -1 when it was not said. */
    public long contentLength() {
        return request.getContentLengthLong();
    }

    Optional<String> contentType() {
        return Optional.ofNullable(request.getContentType());
    }

    /** The body, or an empty object where it may be left out. */
    public JsonNode json() throws IOException {
        return bodies.read(this);
    }

    /** The members of a form. */
    public Map<String, String> form() throws IOException {
        return bodies.form(this);
    }

    /** How long reads of the body wait. */
    Patience patienceForBody() {
        return new Patience(request);
    }

    /** The body, for handlers that take bytes. */
    public InputStream body() throws IOException {
        return request.getInputStream();
    }

    /** True when the answer must have no body. */
    public boolean head() {
        return request.getMethod().equals("HEAD");
    }

    /** How the client reached us, for addresses with another scheme: {@code host:port} as it said, and whether by TLS. */
    public Optional<String> host() {
        return header("Host").filter(host -> host.matches("[A-Za-z0-9.\\[\\]:-]{1,255}"));
    }

    public boolean secure() {
        return request.isSecure();
    }
}
