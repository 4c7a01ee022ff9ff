// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.isthmus.api.status.Part;
import org.isthmus.api.status.Part.Sample;
import org.isthmus.rest.http.Counters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the parts' samples, the JVM's basics and the request counters in Prometheus' text format 0.0.4. */
final class Prometheus {
    private static final Logger LOG = LoggerFactory.getLogger(Prometheus.class);
    private static final double NANOS = 1e9;
    private static final double MILLIS = 1e3;

    private final Counters counters;

    Prometheus(Counters counters) {
        this.counters = counters;
    }

    String text(List<Part> parts) {
        List<Sample> samples = new ArrayList<>();
        for (Part part : parts) {
            try {
                part.report()
                        .forEach(one -> samples.add(gauge(
                                "isthmus_part_up",
                                "Whether a part is up.",
                                List.of("part", one.name()),
                                one.up() ? 1 : 0)));
                samples.addAll(part.samples());
            } catch (RuntimeException e) {
                LOG.warn("A part cannot give its numbers", e);
            }
        }
        samples.addAll(requests());
        samples.addAll(machine());
        return written(samples);
    }

    private List<Sample> requests() {
        List<Sample> samples = new ArrayList<>();
        counters.requests()
                .forEach((key, count) -> samples.add(new Sample(
                        "isthmus_http_requests_total",
                        "Requests answered, by route and status.",
                        true,
                        List.of("route", key.route(), "status", Integer.toString(key.status())),
                        count)));
        counters.nanos()
                .forEach((route, nanos) -> samples.add(new Sample(
                        "isthmus_http_request_seconds_total",
                        "Time spent until the answer was begun, by route.",
                        true,
                        List.of("route", route),
                        nanos / NANOS)));
        return samples;
    }

    private static List<Sample> machine() {
        List<Sample> samples = new ArrayList<>();
        memory(samples, "heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage());
        memory(samples, "nonheap", ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage());
        samples.add(gauge(
                "jvm_threads_current",
                "Live threads.",
                List.of(),
                ManagementFactory.getThreadMXBean().getThreadCount()));
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            samples.add(new Sample(
                    "jvm_gc_collection_seconds_total",
                    "Time spent collecting garbage.",
                    true,
                    List.of("gc", collector.getName()),
                    collector.getCollectionTime() / MILLIS));
        }
        samples.add(gauge(
                "process_uptime_seconds",
                "Since the JVM was started.",
                List.of(),
                ManagementFactory.getRuntimeMXBean().getUptime() / MILLIS));
        samples.add(gauge(
                "system_load_average_1m",
                "Of the machine; negative when it cannot say.",
                List.of(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
        return samples;
    }

    private static void memory(List<Sample> samples, String area, MemoryUsage usage) {
        samples.add(gauge("jvm_memory_used_bytes", "Memory in use.", List.of("area", area), (double) usage.getUsed()));
        samples.add(
                gauge("jvm_memory_max_bytes", "Most there can be.", List.of("area", area), (double) usage.getMax()));
    }

    private static Sample gauge(String name, String help, List<String> labels, double value) {
        return new Sample(name, help, false, labels, value);
    }

    /** All samples of a metric stand together, as the format wants it. */
    private static String written(List<Sample> samples) {
        Map<String, List<Sample>> byName = new LinkedHashMap<>();
        samples.stream()
                .filter(sample -> sample.name().matches("[a-zA-Z_:][a-zA-Z0-9_:]*"))
                .forEach(sample -> byName.computeIfAbsent(sample.name(), name -> new ArrayList<>())
                        .add(sample));
        StringBuilder text = new StringBuilder();
        byName.forEach((name, all) -> {
            Sample first = all.get(0);
            text.append("# HELP ").append(name).append(' ').append(escaped(first.help()));
            text.append("\n# TYPE ").append(name).append(first.counter() ? " counter\n" : " gauge\n");
            all.forEach(sample -> line(text, sample));
        });
        return text.toString();
    }

    private static void line(StringBuilder text, Sample sample) {
        text.append(sample.name());
        List<String> labels = sample.labels();
        if (labels.size() > 1) {
            text.append('{');
            for (int i = 0; i + 1 < labels.size(); i += 2) {
                text.append(i == 0 ? "" : ",").append(labels.get(i)).append("=\"");
                text.append(escaped(labels.get(i + 1)).replace("\"", "\\\"")).append('"');
            }
            text.append('}');
        }
        text.append(' ').append(sample.value()).append('\n');
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\n", "\\n");
    }
}
