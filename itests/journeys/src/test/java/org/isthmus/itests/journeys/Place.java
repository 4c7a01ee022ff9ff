// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.isthmus.driver.fake.Ledger;

/** A location with one simulator in it. */
final class Place {
    private final Platform platform;
    private final String name;
    private final Path ledger;

    Place(Platform platform, String name, Path ledger) {
        this.platform = platform;
        this.name = name;
        this.ledger = ledger;
    }

    String name() {
        return name;
    }

    /** What really happened below, read from outside. */
    Ledger.Contents ledger() {
        return Ledger.read(ledger);
    }

    /** How often a call came, questions too. */
    long calls(String verb) {
        return ledger().calls().stream()
                .filter(call -> call.verb().equals(verb))
                .count();
    }

    private String endpoint() {
        return "/locations/" + name + "/endpoints/" + name + "-sim";
    }

    void awaitUp(Duration longest) {
        Waiting.untilTrue("the simulator of " + name + " is up and has hosts", longest, () -> {
            Answer seen = platform.operator().get(endpoint()).must(200);
            return seen.body().path("health").path("state").asText().equals("UP") && !hosts().isEmpty();
        });
    }

    List<JsonNode> hosts() {
        return platform.operator().get("/locations/" + name + "/hosts").items();
    }

    JsonNode host(String host) {
        return platform.operator()
                .get("/locations/" + name + "/hosts/" + host)
                .must(200)
                .body();
    }

    /** Changes the simulator's settings; the driver is opened anew with them. */
    void set(Object... namesAndValues) {
        Answer read = platform.operator().get(endpoint()).must(200);
        platform.operator()
                .patch(endpoint(), read, Api.json("settings", Api.json(namesAndValues)))
                .must(200);
    }
}
