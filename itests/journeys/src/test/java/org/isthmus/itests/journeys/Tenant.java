// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** An organization, as its administrator {@code ann} sees it. */
final class Tenant {
    /** A blank disk of one MiB: enough of an image for the simulator. */
    static final byte[] IMAGE = new byte[1024 * 1024];

    private static final Duration SOON = Duration.ofSeconds(30);

    private final Platform platform;
    private final String name;
    private final String id;
    private final Api admin;

    Tenant(Platform platform, String name, String id, Api admin) {
        this.platform = platform;
        this.name = name;
        this.id = id;
        this.admin = admin;
    }

    String name() {
        return name;
    }

    String id() {
        return id;
    }

    Api admin() {
        return admin;
    }

    /** A path of this organization. */
    String path(String rest) {
        return "/organizations/" + name + rest;
    }

    Answer get(String rest) {
        return admin.get(path(rest));
    }

    Answer post(String rest, Object body) {
        return admin.post(path(rest), body);
    }

    Answer postAndWait(String rest, Object body) {
        return admin.postAndWait(path(rest), body);
    }

    /** A PATCH of what was read. */
    Answer patch(String rest, Answer read, Object body) {
        return admin.patch(path(rest), read, body);
    }

    /** The same, where it takes time. */
    Answer patchAndWait(String rest, Answer read, Object body) {
        return admin.patchAndWait(path(rest), read, body);
    }

    Answer delete(String rest) {
        return admin.delete(path(rest));
    }

    Answer deleteAndWait(String rest) {
        return admin.deleteAndWait(path(rest));
    }

    List<JsonNode> all(String rest) {
        return admin.all(path(rest));
    }

    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every JVM has SHA-256", e);
        }
    }

    /** One part of an image's content. */
    Answer upload(String image, int first, byte[] part, int total) {
        return admin.request("PUT", path("/images/" + image + "/content"))
                .header("Content-Type", "application/octet-stream")
                .header("Content-Range", "bytes " + first + "-" + (first + part.length - 1) + "/" + total)
                .waiting()
                .bytes(part)
                .send();
    }

    /** A ready image of this name. */
    String image(String image) {
        post(
                        "/images",
                        Api.json(
                                "name",
                                image,
                                "os",
                                "linux",
                                "sha256",
                                sha256(IMAGE),
                                "source",
                                Map.of("upload", true)))
                .must(201);
        admin.succeeded(upload(image, 0, IMAGE, IMAGE.length));
        return image;
    }

    /** An active network. */
    String network(String network, Place place, String cidr) {
        admin.succeeded(postAndWait("/networks", Api.json("name", network, "location", place.name(), "cidr", cidr)));
        return network;
    }

    /** A network and an image, and what else a small server needs. */
    Tenant furnished(Place place) {
        image("tiny");
        network("private", place, "10.1.0.0/24");
        return this;
    }

    /** The wish for a small server on {@link #furnished}. */
    static ObjectNode server(String server) {
        ObjectNode wish = Api.json("name", server, "network", "private", "image", "tiny", "cpus", 1, "memoryMiB", 128);
        wish.putArray("disks").addObject().put("sizeGiB", 1);
        return wish;
    }

    /** A running server. */
    Answer deploy(ObjectNode wish) {
        admin.succeeded(postAndWait("/servers", wish));
        Answer made = get("/servers/" + wish.get("name").asText()).must(200);
        state(made, "RUNNING");
        return made;
    }

    Answer deploy(String server) {
        return deploy(server(server));
    }

    static void state(Answer thing, String wanted) {
        if (!thing.get("state").equals(wanted)) {
            throw new AssertionError(thing.asked() + " is not " + wanted + ": " + thing.text());
        }
    }

    /** What is being used now by one thing: item to quantity. */
    Map<String, Long> using(String subject) {
        return all("/usage?open=true&subject=" + subject).stream()
                .collect(Collectors.toMap(
                        line -> line.path("item").asText(),
                        line -> line.path("quantity").asLong(),
                        Long::sum,
                        TreeMap::new));
    }

    /** Every entry of the audit log so far, each with its place in the tree. Reading writes entries too: those not. */
    List<JsonNode> audit() {
        Set<String> soFar = new LinkedHashSet<>();
        all("/audit/entries").forEach(entry -> soFar.add(entry.path("id").asText()));
        return Waiting.until("every entry of " + name + " has its place", SOON, () -> {
            List<JsonNode> entries = all("/audit/entries").stream()
                    .filter(entry -> soFar.contains(entry.path("id").asText()))
                    .toList();
            return entries.stream().allMatch(entry -> entry.hasNonNull("index"))
                    ? Optional.of(entries)
                    : Optional.empty();
        });
    }

    /** Everything the organization has and could lose, as one text to compare. */
    String everything() {
        List<String> lists = List.of(
                "/departments",
                "/users",
                "/grants",
                "/tokens",
                "/limits",
                "/networks",
                "/images",
                "/servers",
                "/operations",
                "/usage");
        List<String> parts = new ArrayList<>();
        for (String one : List.of("", "/policy", "/roles")) {
            parts.add(one + " " + get(one).must(200).text());
        }
        lists.forEach(list -> parts.add(list + " " + all(list)));
        for (JsonNode server : all("/servers")) {
            parts.add(get("/servers/" + server.path("id").asText() + "/snapshots")
                    .must(200)
                    .text());
        }
        return String.join("\n", parts);
    }

    Platform platform() {
        return platform;
    }
}
