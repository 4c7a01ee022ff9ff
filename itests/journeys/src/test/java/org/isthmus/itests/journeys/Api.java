// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** A client of the API with somebody's token, or nobody's. */
final class Api {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final String BASE = "/api/v1";
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration WORK = Duration.ofSeconds(60);

    private final HttpClient http;
    private final Supplier<URI> root;
    private final Optional<String> token;

    private Api(HttpClient http, Supplier<URI> root, Optional<String> token) {
        this.http = http;
        this.root = root;
        this.token = token;
    }

    /** A client without a login. */
    static Api of(URI root, HttpClient http) {
        return new Api(http, () -> root, Optional.empty());
    }

    static HttpClient plainHttp() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .build();
    }

    /** The same client with this token. */
    Api with(String bearer) {
        return new Api(http, root, Optional.of(bearer));
    }

    String token() {
        return token.orElseThrow();
    }

    static ObjectNode json() {
        return JSON.createObjectNode();
    }

    /** An object out of names and values in turn. */
    static ObjectNode json(Object... namesAndValues) {
        ObjectNode object = json();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.set((String) namesAndValues[i], JSON.valueToTree(namesAndValues[i + 1]));
        }
        return object;
    }

    static JsonNode parsed(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("Not JSON: " + text, e);
        }
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    Answer get(String path) {
        return request("GET", path).send();
    }

    Answer post(String path, Object body) {
        return request("POST", path).body(body).send();
    }

    /** A POST that waits for its operation. */
    Answer postAndWait(String path, Object body) {
        return request("POST", path).waiting().body(body).send();
    }

    /** A PATCH of what was read. */
    Answer patch(String path, Answer read, Object body) {
        return request("PATCH", path).header("If-Match", read.tag()).body(body).send();
    }

    Answer patchAndWait(String path, Answer read, Object body) {
        return request("PATCH", path)
                .header("If-Match", read.tag())
                .body(body)
                .waiting()
                .send();
    }

    Answer delete(String path) {
        return request("DELETE", path).send();
    }

    Answer deleteAndWait(String path) {
        return request("DELETE", path).waiting().send();
    }

    /** A request; a path that does not begin with a version is one of the API's own. */
    Request request(String method, String path) {
        boolean outside = path.startsWith("/readyz") || path.startsWith("/healthz") || path.startsWith("/metrics");
        return new Request(method, outside ? path : BASE + path);
    }

    /** Every item of a list, page by page. */
    List<JsonNode> all(String path) {
        List<JsonNode> items = new ArrayList<>();
        String separator = path.contains("?") ? "&" : "?";
        Optional<String> cursor = Optional.empty();
        do {
            String page = path + separator + "limit=1000"
                    + cursor.map(next -> "&cursor=" + encoded(next)).orElse("");
            Answer answer = get(page).must(200);
            items.addAll(answer.items());
            cursor = Optional.ofNullable(answer.body().get("next")).map(JsonNode::asText);
        } while (cursor.isPresent());
        return items;
    }

    /** The operation that an answer tells of, when it has ended. */
    JsonNode ended(Answer begun) {
        begun.must(200, 202);
        String id = begun.id();
        if (!id.startsWith("opr_")) {
            throw new AssertionError(begun.asked() + " was not answered with an operation: " + begun.text());
        }
        return ended(id);
    }

    /** An operation, when it has ended. */
    JsonNode ended(String operation) {
        return ended(operation, WORK);
    }

    /** The same, of one that may take this long. */
    JsonNode ended(String operation, Duration longest) {
        return Waiting.until("the end of " + operation, longest, () -> {
            JsonNode seen = get("/operations/" + operation).must(200).body();
            return switch (seen.path("state").asText()) {
                case "SUCCEEDED", "FAILED", "CANCELLED" -> Optional.of(seen);
                default -> Optional.<JsonNode>empty();
            };
        });
    }

    /** The operation, when it has succeeded. */
    JsonNode succeeded(Answer begun) {
        JsonNode operation = ended(begun);
        if (!operation.path("state").asText().equals("SUCCEEDED")) {
            throw new AssertionError(begun.asked() + " did not succeed: " + operation);
        }
        return operation;
    }

    /** One request, written down and then sent. */
    final class Request {
        private final String method;
        private final String target;
        private final Map<String, String> headers = new LinkedHashMap<>();
        private HttpRequest.BodyPublisher body = BodyPublishers.noBody();

        private Request(String method, String target) {
            this.method = method;
            this.target = target;
            token.ifPresent(bearer -> headers.put("Authorization", "Bearer " + bearer));
        }

        Request header(String name, String value) {
            headers.put(name, value);
            return this;
        }

        /** Waits for the operation as long as the client does. */
        Request waiting() {
            return header("Prefer", "wait=60");
        }

        /** JSON: a tree, or a text as it is. */
        Request body(Object json) {
            headers.putIfAbsent(
                    "Content-Type", method.equals("PATCH") ? "application/merge-patch+json" : "application/json");
            return bytes(json.toString().getBytes(StandardCharsets.UTF_8));
        }

        Request bytes(byte[] content) {
            body = BodyPublishers.ofByteArray(content);
            return this;
        }

        Answer send() {
            try {
                return received(http.send(built(), BodyHandlers.ofString(StandardCharsets.UTF_8)));
            } catch (IOException e) {
                throw new UncheckedIOException(method + " " + target + ": " + e, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("Interrupted", e);
            }
        }

        /** Sends it while others are under way. */
        java.util.concurrent.CompletableFuture<Answer> sendAsync() {
            return http.sendAsync(built(), BodyHandlers.ofString(StandardCharsets.UTF_8))
                    .thenApply(this::received);
        }

        /** The body as it comes, for streams. */
        HttpResponse<java.io.InputStream> open() throws IOException, InterruptedException {
            return http.send(built(), BodyHandlers.ofInputStream());
        }

        /** The body as bytes. */
        HttpResponse<byte[]> download() throws IOException, InterruptedException {
            return http.send(built(), BodyHandlers.ofByteArray());
        }

        private HttpRequest built() {
            HttpRequest.Builder builder = HttpRequest.newBuilder(root.get().resolve(target))
                    .timeout(PATIENCE)
                    .method(method, body);
            headers.forEach(builder::header);
            return builder.build();
        }

        private Answer received(HttpResponse<String> response) {
            HttpHeaders got = response.headers();
            String text = response.body() == null ? "" : response.body();
            boolean isJson = got.firstValue("Content-Type").orElse("").contains("json");
            JsonNode tree = isJson && !text.isEmpty() ? parsed(text) : json();
            Answer answer = new Answer(method + " " + target, response.statusCode(), got, text, tree);
            Manners.check(answer);
            return answer;
        }
    }
}
