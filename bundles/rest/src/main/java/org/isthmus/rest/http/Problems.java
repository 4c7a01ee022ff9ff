// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.ProblemType;
import org.isthmus.api.approval.ApprovalProblem;
import org.isthmus.api.gate.LimitProblem;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.api.network.NetworkProblem;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.rest.json.Json;
import org.isthmus.rest.json.Shown;

/** Problem documents (RFC 9457) and the catalogue of their types. */
public final class Problems {
    /** Where the catalogue is; a problem's {@code type} is a place in it. */
    public static final String CATALOGUE = "/api/v1/problems/";

    private static final Duration PAUSE = Duration.ofSeconds(5);

    private Problems() {}

    /** A type as the catalogue shows it. */
    public record ProblemEntry(String type, String slug, String title, int status, String help) {}

    /** Every type there is. */
    public static List<ProblemType> types() {
        return Stream.<ProblemType[]>of(
                        Problem.values(),
                        RestProblem.values(),
                        IdentityProblem.values(),
                        LimitProblem.values(),
                        ApprovalProblem.values(),
                        LocationProblem.values(),
                        NetworkProblem.values(),
                        ImageProblem.values(),
                        ServerProblem.values())
                .flatMap(Arrays::stream)
                .toList();
    }

    public static List<ProblemEntry> catalogue() {
        return types().stream().map(Problems::entry).toList();
    }

    public static Optional<ProblemEntry> entry(String slug) {
        return types().stream()
                .filter(type -> type.slug().equals(slug))
                .findFirst()
                .map(Problems::entry);
    }

    private static ProblemEntry entry(ProblemType type) {
        return new ProblemEntry(CATALOGUE + type.slug(), type.slug(), type.title(), type.status(), type.help());
    }

    /** The answer for a problem. */
    public static Reply reply(ProblemException problem, String requestId) {
        ProblemType type = problem.type();
        ObjectNode document = Json.object()
                .put("type", CATALOGUE + type.slug())
                .put("title", type.title())
                .put("status", type.status())
                .put("detail", problem.getMessage())
                .put("instance", "urn:uuid:" + requestId)
                .put("requestId", requestId);
        if (!problem.errors().isEmpty()) {
            ArrayNode errors = document.putArray("errors");
            problem.errors().forEach(error -> errors.add(Shown.of(error)));
        }
        problem.extra().forEach((member, value) -> {
            if (!document.has(member)) {
                document.set(member, Shown.of(plain(value)));
            }
        });
        Reply reply = Reply.json(type.status(), document).as(Reply.PROBLEM);
        if (problem.retryAfter().isPresent() || type.status() == 503 || type.status() == 429) {
            long seconds = Math.max(1, problem.retryAfter().orElse(PAUSE).toSeconds());
            reply = reply.with("Retry-After", Long.toString(seconds));
        }
        if (type == RestProblem.RANGE) {
            reply = reply.with("Content-Range", "bytes */" + problem.extra().get(RestProblem.SIZE));
        }
        if (type.status() == 401) {
            reply = reply.with("WWW-Authenticate", "Bearer realm=\"isthmus\"");
        }
        if (type == ImageProblem.WRONG_OFFSET && problem.extra().get("uploadOffset") != null) {
            reply = reply.with(
                    "Upload-Offset", problem.extra().get("uploadOffset").toString());
        }
        return reply;
    }

    /** What a problem carries further is texts, numbers, lists, maps and views; anything else is shown by its own text. */
    private static Object plain(Object value) {
        if (value instanceof Collection<?> list) {
            return list.stream().map(Problems::plain).toList();
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> texts = new java.util.TreeMap<>();
            map.forEach((key, each) -> texts.put(key.toString(), plain(each)));
            return texts;
        }
        if (value instanceof String
                || value instanceof Boolean
                || value instanceof Integer
                || value instanceof Long
                || value instanceof Enum<?>
                || value instanceof Record
                || value instanceof java.time.Instant
                || value instanceof Duration) {
            return value;
        }
        return String.valueOf(value);
    }
}
