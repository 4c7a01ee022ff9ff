// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.password;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.model.Secret;

/**
 * How good a password must be: long, and none of those that are tried first. No rules about kinds of characters, which
 * only make passwords worse (NIST SP 800-63B).
 */
public final class PasswordRules {
    public static final int SHORTEST = 12;
    public static final int LONGEST = 256;

    private static final Set<String> COMMON = common();

    private PasswordRules() {}

    /** WEAK_PASSWORD, saying why, unless it is good enough. */
    public static void check(String username, Secret password) {
        weakness(username, password.reveal()).ifPresent(why -> {
            throw IdentityProblem.WEAK_PASSWORD.because(
                    "%s Choose at least %d characters that nobody guesses, such as five random words.", why, SHORTEST);
        });
    }

    private static Optional<String> weakness(String username, String password) {
        String plain = password.toLowerCase(Locale.ROOT);
        if (password.codePointCount(0, password.length()) < SHORTEST) {
            return Optional.of("The password is shorter than " + SHORTEST + " characters.");
        }
        if (password.length() > LONGEST) {
            return Optional.of("The password is longer than " + LONGEST + " characters.");
        }
        if (password.chars().anyMatch(Character::isISOControl)) {
            return Optional.of("The password has control characters.");
        }
        if ((username.length() >= 3 && letters(plain).equals(letters(username)))
                || (username.length() >= 5 && plain.contains(username))) {
            return Optional.of("The password contains the username.");
        }
        if (plain.codePoints().distinct().count() < 5 || repeats(plain) || runs(plain)) {
            return Optional.of("The password is a simple pattern.");
        }
        if (COMMON.contains(plain)
                || COMMON.contains(letters(plain))
                || COMMON.contains(unmasked(letters(plain)))
                || COMMON.contains(letters(unmasked(plain)))) {
            return Optional.of("The password is a common one.");
        }
        return Optional.empty();
    }

    /** Without the digits and signs that people put before and after. */
    private static String letters(String text) {
        return text.replaceAll("^[^\\p{L}]+|[^\\p{L}]+$", "");
    }

    /** With the usual disguises taken off: p4ssw0rd. */
    private static String unmasked(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            plain.append(
                    switch (c) {
                        case '0' -> 'o';
                        case '1', '!' -> 'i';
                        case '3' -> 'e';
                        case '4', '@' -> 'a';
                        case '5', '$' -> 's';
                        case '7' -> 't';
                        default -> c;
                    });
        }
        return plain.toString();
    }

    /** One short or common piece, over and over. */
    private static boolean repeats(String text) {
        for (int length = 1; length <= text.length() / 2; length++) {
            String piece = text.substring(0, length);
            if ((length <= 6 || COMMON.contains(piece))
                    && piece.repeat(text.length() / length + 1).startsWith(text)) {
                return true;
            }
        }
        return false;
    }

    /** Each character next to the one before: abcdefghijkl. */
    private static boolean runs(String text) {
        int steps = 0;
        for (int i = 1; i < text.length(); i++) {
            if (Math.abs(text.charAt(i) - text.charAt(i - 1)) <= 1) {
                steps++;
            }
        }
        return steps >= text.length() - 3;
    }

    private static Set<String> common() {
        try (InputStream file = PasswordRules.class.getResourceAsStream("common-passwords.txt");
                BufferedReader lines = new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
            return lines.lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException("The list of common passwords cannot be read", e);
        }
    }
}
