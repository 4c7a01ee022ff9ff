// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Secret;

/**
 * One configured endpoint: what a driver instance is opened with. Settings hold text in the form their {@link
 * Setting.Type} says, defaults filled in and checked by the host; JSON settings hold JSON text.
 */
public record EndpointConfig(EndpointId id, String name, Map<String, String> settings, Map<String, Secret> secrets) {
    public EndpointConfig {
        settings = Map.copyOf(settings);
        secrets = Map.copyOf(secrets);
    }

    public Optional<String> text(String setting) {
        return Optional.ofNullable(settings.get(setting)).filter(value -> !value.isBlank());
    }

    /** A setting that is required or has a default. */
    public String must(String setting) {
        return text(setting)
                .orElseThrow(() -> new DriverException(
                        DriverException.Kind.INVALID,
                        "Endpoint " + name + " lacks the setting " + setting + "; set it and try again."));
    }

    public int integer(String setting) {
        return Integer.parseInt(must(setting));
    }

    public boolean flag(String setting) {
        return Boolean.parseBoolean(must(setting));
    }

    public Duration duration(String setting) {
        return Duration.parse(must(setting));
    }

    public Optional<Secret> secret(String setting) {
        return Optional.ofNullable(secrets.get(setting));
    }
}
