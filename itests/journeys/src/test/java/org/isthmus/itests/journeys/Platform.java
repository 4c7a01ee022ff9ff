// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A controller whose operator has logged in: what the stories begin with. */
final class Platform {
    /** What the operator changes the first password to. */
    static final String PASSWORD = "seven-herons-over-the-canal";

    private static final Duration UP = Duration.ofSeconds(60);

    private final Controller controller;
    private final Api anonymous;
    private final Api operator;

    private Platform(Controller controller, Api anonymous, Api operator) {
        this.controller = controller;
        this.anonymous = anonymous;
        this.operator = operator;
    }

    /** Logs in with the password of the first start, and changes it. */
    static Platform firstStart(Controller controller) {
        return firstStart(controller, Api.of(controller.http("/"), Api.plainHttp()));
    }

    /** The same, with somebody who comes in by another way. */
    static Platform firstStart(Controller controller, Api anonymous) {
        Api operator = changed(anonymous, "admin@platform", firstPassword(controller), PASSWORD);
        return new Platform(controller, anonymous, operator);
    }

    /** One on which somebody logged in before. */
    static Platform of(Controller controller, String operatorToken) {
        Api anonymous = Api.of(controller.http("/"), Api.plainHttp());
        return new Platform(controller, anonymous, anonymous.with(operatorToken));
    }

    static Path passwordFile(Controller controller) {
        return controller.file("etc/isthmus-admin-password");
    }

    static String firstPassword(Controller controller) {
        try {
            return Files.readString(passwordFile(controller)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Answer session(Api anonymous, String username, String password) {
        return anonymous.post("/sessions", Api.json("username", username, "password", password));
    }

    /** Logs in with a password that must be changed, and changes it. */
    static Api changed(Api anonymous, String username, String first, String next) {
        Answer session = session(anonymous, username, first).must(201);
        Api api = anonymous.with(session.get("token"));
        change(api, session.body().path("user"), first, next).must(200, 204);
        return api;
    }

    static Answer change(Api api, JsonNode user, String current, String next) {
        return api.request(
                        "PUT",
                        "/organizations/" + user.path("organization").asText() + "/users/"
                                + user.path("id").asText() + "/password")
                .body(Api.json("current", current, "password", next))
                .send();
    }

    Controller controller() {
        return controller;
    }

    /** Nobody. */
    Api anonymous() {
        return anonymous;
    }

    /** {@code admin@platform}. */
    Api operator() {
        return operator;
    }

    /** A session of somebody whose password is known and need not be changed. */
    Api login(String username, String password) {
        return anonymous.with(session(anonymous, username, password).must(201).get("token"));
    }

    /** A ledger outside of everything that a controller keeps. */
    static Path ledger(String place) {
        return Assembly.work().resolve("ledgers").resolve(place + ".jsonl");
    }

    /** A location with one simulator, up, with its ledger at {@link #ledger}. */
    Place place(String name, ObjectNode settings) {
        Path ledger = ledger(controller.file("").getFileName() + "-" + name);
        forget(ledger);
        settings.put("ledger", ledger.toString());
        operator.post("/locations", Api.json("name", name, "kind", "cloud")).must(201);
        operator.post(
                        "/locations/" + name + "/endpoints",
                        Api.json("name", name + "-sim", "driver", "fake", "settings", settings))
                .must(201);
        Place place = new Place(this, name, ledger);
        place.awaitUp(UP);
        return place;
    }

    Place place(String name) {
        return place(name, Api.json());
    }

    private static void forget(Path ledger) {
        try {
            Files.createDirectories(ledger.getParent());
            Files.deleteIfExists(ledger);
            Files.deleteIfExists(ledger.resolveSibling(ledger.getFileName() + ".lock"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An organization whose administrator has logged in and changed the one-time password. */
    Tenant tenant(String name, Optional<ObjectNode> policy) {
        ObjectNode wish = Api.json("name", name, "displayName", "The " + name + " company");
        wish.set("administrator", Api.json("username", "ann", "email", "ann@" + name + ".example"));
        policy.ifPresent(rules -> wish.set("policy", rules));
        Answer made = operator.post("/organizations", wish).must(201);
        String once = made.body().path("administrator").path("oneTimePassword").asText();
        if (once.isEmpty()) {
            throw new AssertionError("A new organization's administrator has a one-time password: " + made.text());
        }
        Api admin = changed(anonymous, "ann@" + name, once, PASSWORD);
        return new Tenant(this, name, made.id(), admin);
    }

    Tenant tenant(String name) {
        return tenant(name, Optional.empty());
    }
}
