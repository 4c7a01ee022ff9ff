// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi;

import java.util.List;
import java.util.Optional;

/**
 * One setting of an endpoint, as data: REST, shell and console show and check settings from this alone.
 *
 * @param name camelCase
 * @param type how the value is checked
 * @param required refused when absent and without a default
 * @param secret kept encrypted, never shown again
 * @param defaultValue what holds when absent
 * @param allowed the values of a CHOICE, else empty
 * @param description one sentence for the operator, with unit and range
 */
public record Setting(
        String name,
        Type type,
        boolean required,
        boolean secret,
        Optional<String> defaultValue,
        List<String> allowed,
        String description) {
    /** How a value is checked. JSON is any JSON value, checked by the driver. */
    public enum Type {
        TEXT,
        INTEGER,
        BOOLEAN,
        /** ISO 8601. */
        DURATION,
        CHOICE,
        JSON
    }

    public Setting {
        allowed = List.copyOf(allowed);
    }

    public static Setting required(String name, Type type, String description) {
        return new Setting(name, type, true, false, Optional.empty(), List.of(), description);
    }

    public static Setting optional(String name, Type type, String defaultValue, String description) {
        return new Setting(name, type, false, false, Optional.ofNullable(defaultValue), List.of(), description);
    }

    public static Setting choice(String name, String defaultValue, List<String> allowed, String description) {
        return new Setting(name, Type.CHOICE, false, false, Optional.of(defaultValue), allowed, description);
    }

    public static Setting secret(String name, boolean required, String description) {
        return new Setting(name, Type.TEXT, required, true, Optional.empty(), List.of(), description);
    }
}
