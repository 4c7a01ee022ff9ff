// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What usage and audit must look like, whatever happened before. */
final class Books {
    private static final Duration QUIET = Duration.ofSeconds(30);

    private Books() {}

    /** Of one thing and item, intervals follow each other: each is as long as something, none begins before one ends. */
    static void intervalsAreHalfOpenAndNeverOverlap(Tenant tenant) {
        Map<String, List<JsonNode>> byThing = new TreeMap<>();
        for (JsonNode line : tenant.all("/usage")) {
            String thing = line.path("subject").path("id").asText() + " "
                    + line.path("item").asText();
            byThing.computeIfAbsent(thing, key -> new ArrayList<>()).add(line);
        }
        assertFalse(byThing.isEmpty(), "something was used");
        byThing.forEach((thing, lines) -> {
            lines.sort(Comparator.comparing(line -> line.path("from").asText()));
            for (int i = 0; i < lines.size(); i++) {
                JsonNode line = lines.get(i);
                assertTrue(line.path("quantity").asLong() > 0, line::toString);
                Instant from = Instant.parse(line.path("from").asText());
                if (line.hasNonNull("until")) {
                    Instant until = Instant.parse(line.path("until").asText());
                    assertTrue(from.isBefore(until), line::toString);
                    if (i + 1 < lines.size()) {
                        Instant next =
                                Instant.parse(lines.get(i + 1).path("from").asText());
                        assertFalse(next.isBefore(until), () -> thing + " was used twice at a time: " + lines);
                    }
                } else {
                    assertEquals(lines.size() - 1, i, () -> "only the last of " + thing + " is open: " + lines);
                }
            }
        });
    }

    /** What is used now is exactly what the servers there are and have. */
    static void openIntervalsAreWhatTheServersHave(Tenant tenant) {
        Map<String, Map<String, Long>> wanted = new TreeMap<>();
        for (JsonNode server : tenant.all("/servers")) {
            Map<String, Long> uses = new TreeMap<>();
            String state = server.path("state").asText();
            if (state.equals("FAILED")) {
                continue;
            }
            long storage = 0;
            for (JsonNode disk : server.path("disks")) {
                storage += disk.path("sizeGiB").asLong();
            }
            uses.put("storageGiB", storage);
            if (state.equals("RUNNING")) {
                uses.put("cpu", server.path("cpus").asLong());
                uses.put("memoryGiB", (server.path("memoryMiB").asLong() + 1023) / 1024);
            }
            wanted.put(server.path("id").asText(), uses);
        }
        for (JsonNode network : tenant.all("/networks")) {
            wanted.put(network.path("id").asText(), Map.of("network", 1L));
        }
        Map<String, Map<String, Long>> used = new TreeMap<>();
        for (JsonNode line : tenant.all("/usage?open=true")) {
            used.computeIfAbsent(line.path("subject").path("id").asText(), key -> new TreeMap<>())
                    .merge(line.path("item").asText(), line.path("quantity").asLong(), Long::sum);
        }
        assertEquals(wanted, used);
    }

    /** One attempt, one outcome: also of what failed, and of what was killed in between. Waits for purges under way. */
    static void everyAttemptHasOneOutcome(Tenant tenant) {
        Waiting.untilTrue(
                "no operation of " + tenant.name() + " is under way", QUIET, () -> tenant.all("/operations").stream()
                        .allMatch(operation -> operation.hasNonNull("finishedAt")));
        Map<String, JsonNode> attempts = new LinkedHashMap<>();
        Map<String, Integer> outcomes = new HashMap<>();
        for (JsonNode entry : tenant.audit()) {
            switch (entry.path("kind").asText()) {
                case "ATTEMPT" -> attempts.put(entry.path("id").asText(), entry);
                case "OUTCOME" -> outcomes.merge(entry.path("attempt").asText(), 1, Integer::sum);
                default -> assertTrue(entry.hasNonNull("action"), entry::toString);
            }
        }
        assertFalse(attempts.isEmpty(), "something was attempted");
        attempts.forEach(
                (id, entry) -> assertEquals(1, outcomes.getOrDefault(id, 0), () -> "outcomes of the attempt " + entry));
        assertEquals(attempts.keySet(), outcomes.keySet(), "no outcome without its attempt");
    }

    /** The organization's entries are numbered without a gap, and each hash is that of the stored leaf. */
    static void everyEntryIsInTheTreeWithItsHash(Tenant tenant) {
        List<JsonNode> entries = new ArrayList<>(tenant.audit());
        entries.sort(Comparator.comparingLong(
                entry -> entry.path("organizationIndex").asLong()));
        long first = entries.get(0).path("organizationIndex").asLong();
        assertTrue(first == 0 || first == 1, () -> "it begins with the first: " + entries.get(0));
        for (int i = 0; i < entries.size(); i++) {
            JsonNode entry = entries.get(i);
            assertEquals(first + i, entry.path("organizationIndex").asLong(), entry::toString);
        }
        for (JsonNode entry :
                List.of(entries.get(0), entries.get(entries.size() / 2), entries.get(entries.size() - 1))) {
            assertEquals(
                    entry.path("hash").asText(),
                    leafHash(tenant, entry.path("index").asLong()),
                    entry::toString);
        }
    }

    private static String leafHash(Tenant tenant, long index) {
        byte[] leaf = Base64.getDecoder()
                .decode(tenant.admin().get("/audit/leaves/" + index).must(200).get("leaf"));
        byte[] hashed = new byte[leaf.length + 1];
        System.arraycopy(leaf, 0, hashed, 1, leaf.length);
        return Tenant.sha256(hashed);
    }
}
