// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.isthmus.api.ProblemException.FieldError;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.model.Secret;
import org.isthmus.spi.DriverFactory;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;

/** An endpoint's settings and secrets against its driver's own list of them. */
final class Settings {
    private static final int MOST_CHARACTERS = 64 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final DriverFactory driver;
    private final Map<String, Setting> known;

    Settings(DriverFactory driver) {
        this.driver = driver;
        this.known = driver.settings().stream().collect(Collectors.toMap(Setting::name, Function.identity()));
    }

    /** Refuses what is unknown, missing or malformed: SETTING_WRONG with all that is wrong at once. */
    void check(Map<String, String> settings, Map<String, Secret> secrets) {
        List<FieldError> errors = new ArrayList<>();
        settings.forEach(
                (name, value) -> setting(name, value).ifPresent(wrong -> errors.add(at("settings", name, wrong))));
        secrets.forEach((name, value) ->
                secret(name, value.reveal()).ifPresent(wrong -> errors.add(at("secrets", name, wrong))));
        for (Setting each : driver.settings()) {
            boolean given = each.secret() ? secrets.containsKey(each.name()) : settings.containsKey(each.name());
            if (each.required() && !given && each.defaultValue().isEmpty()) {
                errors.add(at(
                        each.secret() ? "secrets" : "settings", each.name(), "It is required: " + each.description()));
            }
        }
        if (!errors.isEmpty()) {
            throw LocationProblem.SETTING_WRONG
                    .because("The driver %s takes no such settings; each error says why.", driver.type())
                    .with(errors);
        }
    }

    private static FieldError at(String where, String name, String wrong) {
        return new FieldError("/" + where + "/" + name.replace("~", "~0").replace("/", "~1"), wrong);
    }

    private Optional<String> setting(String name, String value) {
        Setting setting = known.get(name);
        if (setting == null) {
            return Optional.of("The driver has no setting of this name; it has: " + names(false) + ".");
        }
        if (setting.secret()) {
            return Optional.of("This one is a secret: give it in secrets, where it is kept encrypted.");
        }
        return malformed(setting, value);
    }

    private Optional<String> secret(String name, String value) {
        Setting setting = known.get(name);
        if (setting == null) {
            return Optional.of("The driver has no secret of this name; it has: " + names(true) + ".");
        }
        if (!setting.secret()) {
            return Optional.of("This one is no secret: give it in settings.");
        }
        return malformed(setting, value);
    }

    private String names(boolean secret) {
        String names = driver.settings().stream()
                .filter(each -> each.secret() == secret)
                .map(Setting::name)
                .sorted()
                .collect(Collectors.joining(", "));
        return names.isEmpty() ? "none" : names;
    }

    private static Optional<String> malformed(Setting setting, String value) {
        if (value.length() > MOST_CHARACTERS) {
            return Optional.of("A setting has at most " + MOST_CHARACTERS + " characters.");
        }
        try {
            switch (setting.type()) {
                case TEXT -> {}
                case INTEGER -> Integer.parseInt(value);
                case BOOLEAN -> {
                    if (!value.equals("true") && !value.equals("false")) {
                        return Optional.of("It is true or false.");
                    }
                }
                case DURATION -> Duration.parse(value);
                case CHOICE -> {
                    if (!setting.allowed().contains(value)) {
                        return Optional.of("It is one of " + String.join(", ", setting.allowed()) + ".");
                    }
                }
                case JSON -> JSON.readTree(value);
            }
            return Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.of("It is a whole number.");
        } catch (DateTimeParseException e) {
            return Optional.of("It is a duration as ISO 8601 writes it, such as PT30S.");
        } catch (JsonProcessingException e) {
            return Optional.of("It is no JSON" + (setting.secret() ? "." : ": " + e.getOriginalMessage()));
        }
    }

    /** What the driver is opened with: what was given, and defaults for the rest. */
    static EndpointConfig complete(Endpoint endpoint, DriverFactory driver) {
        Map<String, String> settings = new HashMap<>();
        for (Setting each : driver.settings()) {
            if (!each.secret()) {
                each.defaultValue().ifPresent(value -> settings.put(each.name(), value));
            }
        }
        settings.putAll(endpoint.settings());
        return new EndpointConfig(endpoint.id(), endpoint.name().value(), settings, endpoint.secrets());
    }
}
