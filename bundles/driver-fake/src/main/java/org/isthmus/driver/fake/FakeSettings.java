// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;
import org.isthmus.spi.compute.ImageContent;

/** The settings of one fake endpoint, read once; everything wrong with them is said at once. */
record FakeSettings(
        String endpoint,
        List<Host> hosts,
        Path ledger,
        boolean durable,
        List<Fault> faults,
        int pendingSteps,
        Duration askAgainAfter,
        Set<String> facets,
        List<ImageContent.Format> formats) {
    static final List<String> ALL_FACETS = List.of(
            "Adoptable", "Attachable", "Console", "ImageExport", "ImageImport", "Metered", "Resizable", "Snapshots");

    static final List<Setting> SCHEMA = List.of(
            Setting.optional(
                    "hosts",
                    Setting.Type.JSON,
                    "[{\"name\":\"fake-1\"},{\"name\":\"fake-2\"}]",
                    "The hosts: a list of {name, cpus (64), memoryMiB (262144), diskGiB (4096)}, 1 to 1000 of them."),
            Setting.optional(
                    "ledger",
                    Setting.Type.TEXT,
                    null,
                    "Path of the ledger file, the simulated far end; relative to the endpoint's cache, where it is"
                            + " ledger.jsonl by default. Endpoints with one ledger share one far end."),
            Setting.optional(
                    "durable",
                    Setting.Type.BOOLEAN,
                    "false",
                    "Whether the ledger survives the loss of power too; it survives kill -9 in any case."),
            Setting.optional(
                    "faults",
                    Setting.Type.JSON,
                    "[]",
                    "What fails: a list of {on, kind, times, delay, afterEffect, pending, host}, at most 100."),
            Setting.optional(
                    "pendingSteps",
                    Setting.Type.INTEGER,
                    "0",
                    "How often each change is answered Pending before it is Done, 0 to 1000."),
            Setting.optional(
                    "askAgainAfter",
                    Setting.Type.DURATION,
                    "PT1S",
                    "When a Pending answer says to ask again, 0 to 60 s; nothing waits for it in the simulator."),
            Setting.optional(
                    "facets",
                    Setting.Type.TEXT,
                    "all",
                    "The facets offered: all, none, or a list such as Resizable,Snapshots."),
            Setting.optional(
                    "formats",
                    Setting.Type.TEXT,
                    "QCOW2,RAW",
                    "The formats of image content taken, the best first: QCOW2, RAW, VMDK; none for templates only."));

    private static final Duration MAX_DELAY = Duration.ofSeconds(10);
    private static final Set<String> HOST_FIELDS = Set.of("name", "cpus", "memoryMiB", "diskGiB");
    private static final Set<String> FAULT_FIELDS =
            Set.of("on", "kind", "times", "delay", "afterEffect", "pending", "host");

    /** A simulated host. */
    record Host(String name, int cpus, long memoryMiB, long diskGiB) {}

    static FakeSettings read(EndpointConfig endpoint, Path cache) {
        Reader reader = new Reader(endpoint);
        List<Host> hosts = reader.hosts();
        FakeSettings settings = new FakeSettings(
                endpoint.id().value(),
                hosts,
                reader.ledger(cache),
                Boolean.parseBoolean(reader.text("durable")),
                reader.faults(hosts),
                reader.integer("pendingSteps", 0, 1000),
                reader.duration("askAgainAfter", reader.text("askAgainAfter"), Duration.ofSeconds(60)),
                reader.facets(),
                reader.formats());
        if (!reader.problems.isEmpty()) {
            throw new DriverException(
                    DriverException.Kind.INVALID,
                    "The settings of endpoint " + endpoint.name() + " do not work: "
                            + String.join(" ", reader.problems));
        }
        return settings;
    }

    /** Hosts that a fault has taken away. */
    Set<String> lostHosts() {
        return faults.stream()
                .filter(fault -> fault.kind().equals(Optional.of(Fault.Kind.LOST_HOST)))
                .map(Fault::host)
                .collect(Collectors.toSet());
    }

    boolean deafGuests() {
        return faults.stream().anyMatch(fault -> fault.kind().equals(Optional.of(Fault.Kind.DEAF_GUEST)));
    }

    /** How often this wish is answered Pending before Done. */
    int pendingFor(Verb verb) {
        return faults.stream()
                .filter(fault -> fault.strikes(verb))
                .mapToInt(Fault::pending)
                .reduce(pendingSteps, Math::max);
    }

    private static final class Reader {
        private final EndpointConfig endpoint;
        private final List<String> problems = new ArrayList<>();

        private Reader(EndpointConfig endpoint) {
            this.endpoint = endpoint;
        }

        private String text(String name) {
            return endpoint.text(name)
                    .or(() -> SCHEMA.stream()
                            .filter(setting -> setting.name().equals(name))
                            .findFirst()
                            .flatMap(Setting::defaultValue))
                    .orElse("");
        }

        private int integer(String name, int least, int most) {
            try {
                int value = Integer.parseInt(text(name));
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // said below, as for a number out of range
            }
            problems.add(name + " is a number from " + least + " to " + most + ".");
            return least;
        }

        private Duration duration(String name, String text, Duration most) {
            try {
                Duration value = Duration.parse(text);
                if (!value.isNegative() && value.compareTo(most) <= 0) {
                    return value;
                }
            } catch (DateTimeParseException e) {
                // said below, as for a duration out of range
            }
            problems.add(name + " is a duration such as PT2S, at most " + most + ".");
            return Duration.ZERO;
        }

        private Path ledger(Path cache) {
            String text = text("ledger");
            try {
                return cache.resolve(text.isEmpty() ? "ledger.jsonl" : text);
            } catch (InvalidPathException e) {
                problems.add("ledger is the path of a file.");
                return cache.resolve("ledger.jsonl");
            }
        }

        private List<JsonNode> list(String name, int most) {
            try {
                JsonNode tree = Ledger.JSON.readTree(text(name));
                if (tree != null && tree.isArray() && tree.size() <= most) {
                    List<JsonNode> items = new ArrayList<>();
                    tree.forEach(items::add);
                    return items;
                }
            } catch (JsonProcessingException e) {
                // said below, as for JSON of another form
            }
            problems.add(name + " is a JSON list of at most " + most + " objects.");
            return List.of();
        }

        private void onlyFields(String what, JsonNode node, Set<String> known) {
            Set<String> unknown = new TreeSet<>();
            for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
                String name = names.next();
                if (!known.contains(name)) {
                    unknown.add(name);
                }
            }
            if (!node.isObject() || !unknown.isEmpty()) {
                problems.add(what + " has the fields " + new TreeSet<>(known) + ", not " + unknown + ".");
            }
        }

        private List<Host> hosts() {
            Map<String, Host> hosts = new LinkedHashMap<>();
            for (JsonNode node : list("hosts", 1000)) {
                onlyFields("A host", node, HOST_FIELDS);
                String name = node.path("name").asText();
                int cpus = node.path("cpus").asInt(64);
                long memory = node.path("memoryMiB").asLong(262_144);
                long disk = node.path("diskGiB").asLong(4096);
                if (name.isBlank() || name.length() > 100 || cpus < 1 || memory < 1 || disk < 0) {
                    problems.add("A host has a name of at most 100 characters, cpus, memoryMiB and diskGiB.");
                } else if (hosts.put(name, new Host(name, cpus, memory, disk)) != null) {
                    problems.add("The host " + name + " is named twice.");
                }
            }
            if (hosts.isEmpty()) {
                problems.add("hosts names at least one host.");
            }
            return List.copyOf(hosts.values());
        }

        private List<Fault> faults(List<Host> hosts) {
            Map<String, Integer> equal = new HashMap<>();
            List<Fault> faults = new ArrayList<>();
            for (JsonNode node : list("faults", 100)) {
                onlyFields("A fault", node, FAULT_FIELDS);
                String key = endpoint.id() + " " + node + "#" + equal.merge(node.toString(), 1, Integer::sum);
                String on = node.path("on").asText("*");
                Optional<Verb> verb = Verb.of(on);
                if (verb.isEmpty() && !on.equals("*")) {
                    problems.add("A fault is on a call such as create or ensurePort, or on *, not on " + on + ".");
                }
                Optional<Fault.Kind> kind = kind(node);
                String host = node.path("host").asText("");
                if (kind.equals(Optional.of(Fault.Kind.LOST_HOST))
                        && hosts.stream().noneMatch(known -> known.name().equals(host))) {
                    problems.add("A fault of kind LOST_HOST names one of the hosts.");
                }
                int times = node.path("times").asInt(1);
                int pending = node.path("pending").asInt(0);
                if (times < 1 || pending < 0 || pending > 1000) {
                    problems.add("A fault's times is 1 or more, or left out for always; its pending is 0 to 1000.");
                }
                faults.add(new Fault(
                        key,
                        verb,
                        kind,
                        host,
                        node.has("times") ? OptionalInt.of(times) : OptionalInt.empty(),
                        duration("A fault's delay", node.path("delay").asText("PT0S"), MAX_DELAY),
                        pending,
                        node.path("afterEffect").asBoolean(false)));
            }
            return List.copyOf(faults);
        }

        private Optional<Fault.Kind> kind(JsonNode node) {
            String text = node.path("kind").asText("");
            if (text.isEmpty()) {
                if (!node.has("delay") && !node.has("pending")) {
                    problems.add("A fault has a kind, a delay or a number of pending answers.");
                }
                return Optional.empty();
            }
            for (Fault.Kind kind : Fault.Kind.values()) {
                if (kind.name().equals(text)) {
                    return Optional.of(kind);
                }
            }
            problems.add("A fault's kind is one of " + List.of(Fault.Kind.values()) + ", not " + text + ".");
            return Optional.empty();
        }

        private List<ImageContent.Format> formats() {
            String text = text("formats");
            if (text.equals("none")) {
                return List.of();
            }
            Set<ImageContent.Format> formats = new LinkedHashSet<>();
            for (String name : text.split("\\s*,\\s*", -1)) {
                if (Stream.of(ImageContent.Format.values())
                        .noneMatch(known -> known.name().equals(name))) {
                    problems.add("formats is none, or some of " + List.of(ImageContent.Format.values()) + ".");
                    return List.of();
                }
                formats.add(ImageContent.Format.valueOf(name));
            }
            return List.copyOf(formats);
        }

        private Set<String> facets() {
            String text = text("facets");
            if (text.equals("all")) {
                return Set.copyOf(ALL_FACETS);
            }
            if (text.equals("none")) {
                return Set.of();
            }
            Set<String> facets = new TreeSet<>(List.of(text.split("\\s*,\\s*", -1)));
            if (!ALL_FACETS.containsAll(facets)) {
                problems.add("facets is all, none, or some of " + ALL_FACETS + ".");
            }
            return Set.copyOf(facets);
        }
    }
}
