// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.leaf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog.Fact;
import org.isthmus.api.audit.AuditLog.Kind;
import org.isthmus.api.audit.AuditLog.Result;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.OrganizationId;

/**
 * An entry as it waits for its place in the log: harmless texts within limits, personal data in clear.
 *
 * @param actorId the user's id; absent for root and the system
 * @param username personal
 * @param address personal
 * @param subjectId present when the subject is a thing of ours
 * @param subjectText the text somebody used instead (a mistyped user name …): personal
 */
public record Entry(
        AuditEntryId id,
        Instant at,
        Kind kind,
        Caller.Kind actorKind,
        Optional<String> actorId,
        OrganizationId actorOrganization,
        Caller.Door door,
        String username,
        String address,
        String requestId,
        String action,
        OrganizationId organization,
        String subjectKind,
        Optional<String> subjectId,
        Optional<String> subjectText,
        Result outcome,
        Optional<AuditEntryId> attempt,
        String because,
        Map<String, String> data) {
    public static final int MOST_USERNAME = 300;
    public static final int MOST_ADDRESS = 100;
    public static final int MOST_ACTION = 100;
    public static final int MOST_SUBJECT = 300;
    private static final int MOST_SHORT = 100;
    private static final int MOST_BECAUSE = 2000;
    private static final int MOST_DATA = 50;
    private static final int MOST_DATA_KEY = 60;
    private static final int MOST_DATA_CHARACTERS = 8000;

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The entry for a fact; what is too long is cut, what does not print is escaped. */
    public static Entry of(AuditEntryId id, Instant at, Fact fact) {
        Caller caller = fact.caller();
        Subject subject = fact.subject();
        boolean ours = Id.FORM.matcher(subject.id()).matches();
        return new Entry(
                id,
                at.truncatedTo(ChronoUnit.MICROS),
                fact.kind(),
                caller.kind(),
                caller.user().<Id>map(user -> user).or(caller::directory).map(Id::value),
                caller.organization(),
                caller.door(),
                PlainText.of(caller.username(), MOST_USERNAME),
                PlainText.of(caller.address(), MOST_ADDRESS),
                PlainText.of(caller.requestId(), MOST_SHORT),
                PlainText.of(fact.action(), MOST_ACTION),
                fact.organization(),
                PlainText.of(subject.kind(), MOST_SHORT),
                ours ? Optional.of(subject.id()) : Optional.empty(),
                ours ? Optional.empty() : Optional.of(PlainText.of(subject.id(), MOST_SUBJECT)),
                fact.result(),
                fact.attempt(),
                PlainText.of(fact.because(), MOST_BECAUSE),
                limited(fact.data()));
    }

    /** The data in the order of its keys, until it is too much; then it says that something is missing. */
    private static Map<String, String> limited(Map<String, String> data) {
        TreeMap<String, String> limited = new TreeMap<>();
        int characters = 0;
        for (Map.Entry<String, String> each : new TreeMap<>(data).entrySet()) {
            String key = PlainText.of(each.getKey(), MOST_DATA_KEY);
            String value = PlainText.of(each.getValue(), Math.max(1, MOST_DATA_CHARACTERS - characters));
            characters += key.length() + value.length();
            if (limited.size() >= MOST_DATA || characters > MOST_DATA_CHARACTERS + MOST_DATA_KEY) {
                limited.put("…", "more than an entry holds");
                break;
            }
            limited.put(key, value);
        }
        return limited;
    }

    /** What it is about, to be looked for: the id, or the text that was used instead; empty when that was erased. */
    public String subject() {
        return subjectId.or(() -> subjectText).orElse("");
    }

    /** The time as entries write it: RFC 3339 in UTC, always six digits of a second. */
    static String time(Instant at) {
        return TIME.format(at);
    }

    /** As it waits. */
    public String body() {
        Map<String, Object> body = members();
        put(body, "username", username);
        put(body, "address", address);
        subjectText.ifPresent(text -> put(body, "subjectText", text));
        return CanonicalJson.text(body);
    }

    /** What a leaf has in clear. */
    Map<String, Object> members() {
        Map<String, Object> actor = new TreeMap<>();
        put(actor, "kind", actorKind.name());
        actorId.ifPresent(value -> put(actor, "id", value));
        put(actor, "organization", actorOrganization.value());
        put(actor, "door", door.name());
        put(actor, "requestId", requestId);
        Map<String, Object> subject = new TreeMap<>();
        put(subject, "kind", subjectKind);
        subjectId.ifPresent(value -> put(subject, "id", value));
        Map<String, Object> members = new TreeMap<>();
        put(members, "id", id.value());
        put(members, "time", time(at));
        put(members, "kind", kind.name());
        put(members, "actor", actor);
        put(members, "action", action);
        put(members, "organization", organization.value());
        put(members, "subject", subject);
        put(members, "outcome", outcome.name());
        attempt.ifPresent(value -> put(members, "attempt", value.value()));
        put(members, "because", because);
        put(members, "data", data);
        return members;
    }

    private static void put(Map<String, Object> object, String name, Object value) {
        object.put(name, value);
    }

    /** The entry out of what {@link #body} wrote. */
    public static Entry fromBody(String body) {
        JsonNode read = parsed(body);
        return from(read, read.path("username").asText(), read.path("address").asText(), optional(read, "subjectText"));
    }

    /** The entry out of a leaf's members and what is known of its personal data. */
    static Entry from(JsonNode read, String username, String address, Optional<String> subjectText) {
        JsonNode actor = read.path("actor");
        Optional<String> subjectId = optional(read.path("subject"), "id");
        Map<String, String> data = new TreeMap<>();
        read.path("data")
                .properties()
                .forEach(each -> data.put(each.getKey(), each.getValue().asText()));
        return new Entry(
                new AuditEntryId(read.path("id").asText()),
                Instant.parse(read.path("time").asText()),
                Kind.valueOf(read.path("kind").asText()),
                Caller.Kind.valueOf(actor.path("kind").asText()),
                optional(actor, "id"),
                new OrganizationId(actor.path("organization").asText()),
                Caller.Door.valueOf(actor.path("door").asText()),
                username,
                address,
                actor.path("requestId").asText(),
                read.path("action").asText(),
                new OrganizationId(read.path("organization").asText()),
                read.path("subject").path("kind").asText(),
                subjectId,
                subjectId.isPresent() ? Optional.empty() : subjectText,
                Result.valueOf(read.path("outcome").asText()),
                optional(read, "attempt").map(AuditEntryId::new),
                read.path("because").asText(),
                data);
    }

    static JsonNode parsed(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("An entry of the audit log is not JSON: the database was changed.", e);
        }
    }

    private static Optional<String> optional(JsonNode object, String name) {
        return object.has(name) ? Optional.of(object.path(name).asText()) : Optional.empty();
    }
}
