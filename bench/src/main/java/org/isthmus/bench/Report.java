// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What came out, as a table in Markdown and as JSON. */
final class Report {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Instant at;
    private final String revision;
    private final List<Result> results;
    private final Map<Figure, String> leftOut;

    /**
     * A report.
     *
     * @param leftOut figures that were wanted and could not be measured here, and why
     */
    Report(Instant at, String revision, List<Result> results, Map<Figure, String> leftOut) {
        this.at = at;
        this.revision = revision;
        this.results = List.copyOf(results);
        this.leftOut = new EnumMap<>(Figure.class);
        this.leftOut.putAll(leftOut);
    }

    /** One line for each figure, the databases beside each other; below it what was left out. */
    String table() {
        Map<String, Map<Database.Kind, Result>> lines = new LinkedHashMap<>();
        results.stream()
                .sorted(java.util.Comparator.comparing(Result::figure)
                        .thenComparing(result -> result.servers().orElse(-1)))
                .forEach(result -> lines.computeIfAbsent(result.key(), any -> new EnumMap<>(Database.Kind.class))
                        .put(result.database(), result));
        StringBuilder text = new StringBuilder();
        text.append("| figure | target | Derby | p95 | PostgreSQL | p95 | client CPU | met |\n");
        text.append("|---|---|---|---|---|---|---|---|\n");
        lines.forEach((key, by) -> {
            Result any = by.values().iterator().next();
            text.append("| ").append(any.figure().meaning());
            any.servers().ifPresent(count -> text.append(String.format(Locale.ROOT, ", at %,d servers", count)));
            text.append(" | ").append(target(any.figure()));
            for (Database.Kind kind : Database.Kind.values()) {
                Optional<Result> one = Optional.ofNullable(by.get(kind));
                text.append(" | ").append(one.map(Report::value).orElse("–"));
                text.append(" | ").append(one.map(Report::p95).orElse("–"));
            }
            text.append(" | ").append(client(by)).append(" | ").append(met(by)).append(" |\n");
        });
        leftOut.forEach((figure, why) -> text.append("\nLeft out: ")
                .append(figure.meaning())
                .append(". ")
                .append(why)
                .append('\n'));
        return text.toString();
    }

    private static String target(Figure figure) {
        java.util.OptionalDouble derby = figure.target(Database.Kind.DERBY);
        java.util.OptionalDouble postgresql = figure.target(Database.Kind.POSTGRESQL);
        if (derby.isEmpty()) {
            return "";
        }
        String sign = figure.unit().lessIsBetter() ? "≤ " : "≥ ";
        String both = derby.equals(postgresql)
                ? number(derby.getAsDouble())
                : number(derby.getAsDouble()) + ", PostgreSQL " + number(postgresql.getAsDouble());
        return sign + both + " " + figure.unit().text();
    }

    private static String value(Result result) {
        return number(result.median()) + " " + result.figure().unit().text();
    }

    private static String p95(Result result) {
        return number(result.p95()) + (result.figure().unit() == Figure.Unit.PER_SECOND ? " ms" : "");
    }

    private static String client(Map<Database.Kind, Result> by) {
        return by.values().stream()
                .filter(result -> result.clientMicros() > 0)
                .map(result -> number(result.clientMicros()) + " µs")
                .findFirst()
                .orElse("");
    }

    private static String met(Map<Database.Kind, Result> by) {
        List<String> words = new ArrayList<>();
        by.values().forEach(result -> result.met().ifPresent(yes -> words.add(yes ? "yes" : "**no**")));
        return String.join(", ", words);
    }

    private static String number(double value) {
        return value >= 100
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
    }

    /** How this compares with an earlier run: above 1 is better now. */
    String compared(Path earlier) throws IOException {
        Map<String, Double> before = new LinkedHashMap<>();
        for (JsonNode each : JSON.readTree(earlier.toFile()).path("results")) {
            before.put(
                    each.path("figure").asText()
                            + (each.has("servers") ? "@" + each.path("servers").asInt() : "") + " "
                            + each.path("database").asText(),
                    each.path("median").asDouble());
        }
        StringBuilder text =
                new StringBuilder("| figure | database | before | now | times better |\n|---|---|---|---|---|\n");
        for (Result now : results) {
            Double then = before.get(now.key() + " " + now.database().key());
            if (then != null && then > 0 && now.median() > 0) {
                double ratio = now.figure().unit().lessIsBetter() ? then / now.median() : now.median() / then;
                text.append(String.format(
                        Locale.ROOT,
                        "| %s | %s | %s | %s | %.2f |%n",
                        now.key(),
                        now.database().key(),
                        number(then),
                        value(now),
                        ratio));
            }
        }
        return text.toString();
    }

    /** Everything, and on what it was measured. */
    void write(Path file) throws IOException {
        ObjectNode all = JSON.createObjectNode();
        all.put("at", at.toString());
        all.put("revision", revision);
        all.set("machine", machine());
        ArrayNode list = all.putArray("results");
        results.forEach(result -> result.json(list.addObject()));
        if (!leftOut.isEmpty()) {
            ObjectNode whys = all.putObject("leftOut");
            leftOut.forEach((figure, why) -> whys.put(figure.key(), why));
        }
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, JSON.writeValueAsString(all) + "\n");
    }

    private static ObjectNode machine() throws IOException {
        ObjectNode machine = JSON.createObjectNode();
        machine.put("cores", Runtime.getRuntime().availableProcessors());
        machine.put("cpu", line("/proc/cpuinfo", "model name"));
        machine.put("memory", line("/proc/meminfo", "MemTotal"));
        machine.put("load", Files.readString(Path.of("/proc/loadavg")).strip());
        machine.put("kernel", System.getProperty("os.version"));
        machine.put("jdk", System.getProperty("java.vm.version"));
        // what is set by -D is of this machine and this program, not of the JVM
        machine.put(
                "flags",
                ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                        .filter(flag -> !flag.startsWith("-D"))
                        .collect(Collectors.joining(" ")));
        return machine;
    }

    private static String line(String file, String key) throws IOException {
        return Files.readAllLines(Path.of(file)).stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }
}
