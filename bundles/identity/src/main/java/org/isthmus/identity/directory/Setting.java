// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.directory;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One thing that a kind of directory is set up with.
 *
 * @param description for people, a whole sentence
 * @param secret sealed at rest and never shown
 * @param form what it looks like; a value that does not is refused with the description
 * @param fallback what holds when it is not given
 */
public record Setting(
        String name, String description, boolean required, boolean secret, Pattern form, Optional<String> fallback) {
    /** One that may be absent. */
    public static Setting optional(String name, String form, String fallback, String description) {
        return new Setting(
                name,
                description,
                false,
                false,
                Pattern.compile(form),
                Optional.of(fallback).filter(text -> !text.isEmpty()));
    }

    /** One that must be there. */
    public static Setting required(String name, String form, String description) {
        return new Setting(name, description, true, false, Pattern.compile(form), Optional.empty());
    }

    /** A secret, of any form. */
    public static Setting secret(String name, boolean required, String description) {
        return new Setting(name, description, required, true, Pattern.compile("(?s).{1,8000}"), Optional.empty());
    }
}
