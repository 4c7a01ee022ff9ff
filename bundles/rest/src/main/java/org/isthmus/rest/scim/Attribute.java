// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One attribute of a schema (RFC 7643, 7).
 *
 * @param words the canonical values of a text, the types a reference may lead to
 * @param parts the sub-attributes of a complex one
 */
record Attribute(String name, Type type, Set<Trait> traits, List<String> words, List<Attribute> parts, String about) {
    Attribute {
        traits = Set.copyOf(traits);
        words = List.copyOf(words);
        parts = List.copyOf(parts);
    }

    enum Type {
        STRING("string"),
        BOOLEAN("boolean"),
        DATE_TIME("dateTime"),
        REFERENCE("reference"),
        COMPLEX("complex");

        private final String word;

        Type(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    /** What else goes for it; without any it is single, optional, writable, and compared without regard to case. */
    enum Trait {
        MANY,
        REQUIRED,
        CASE_EXACT,
        READ_ONLY,
        IMMUTABLE,
        /** Answered whatever {@code attributes} asks for. */
        ALWAYS,
        /** No two resources of a directory have the same. */
        UNIQUE
    }

    static Attribute text(String name, String about, Trait... traits) {
        return new Attribute(name, Type.STRING, set(traits), List.of(), List.of(), about);
    }

    /** A text that should be one of these. */
    static Attribute choice(String name, String about, List<String> words, Trait... traits) {
        return new Attribute(name, Type.STRING, set(traits), words, List.of(), about);
    }

    static Attribute flag(String name, String about, Trait... traits) {
        return new Attribute(name, Type.BOOLEAN, set(traits), List.of(), List.of(), about);
    }

    static Attribute time(String name, String about, Trait... traits) {
        return new Attribute(name, Type.DATE_TIME, set(traits), List.of(), List.of(), about);
    }

    /** An address, of a resource of that type or of anything ({@code uri}). */
    static Attribute reference(String name, String about, String type, Trait... traits) {
        Set<Trait> all = set(traits);
        all.add(Trait.CASE_EXACT);
        return new Attribute(name, Type.REFERENCE, all, List.of(type), List.of(), about);
    }

    static Attribute complex(String name, String about, List<Attribute> parts, Trait... traits) {
        return new Attribute(name, Type.COMPLEX, set(traits), List.of(), parts, about);
    }

    private static Set<Trait> set(Trait... traits) {
        Set<Trait> all = EnumSet.noneOf(Trait.class);
        all.addAll(List.of(traits));
        return all;
    }

    boolean has(Trait trait) {
        return traits.contains(trait);
    }

    boolean many() {
        return has(Trait.MANY);
    }

    boolean complex() {
        return type == Type.COMPLEX;
    }

    boolean readOnly() {
        return has(Trait.READ_ONLY);
    }

    Optional<Attribute> part(String called) {
        return named(parts, called);
    }

    /** The one that is called so, in whatever case. */
    static Optional<Attribute> named(List<Attribute> attributes, String called) {
        return attributes.stream()
                .filter(attribute -> attribute.name.equalsIgnoreCase(called))
                .findFirst();
    }
}
