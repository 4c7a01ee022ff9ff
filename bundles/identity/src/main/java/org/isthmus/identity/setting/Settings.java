// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.setting;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

/**
 * The settings, checked.
 *
 * @param sessionLength how long a login lasts
 * @param passwordFile where the first start leaves the administrator's password
 * @param argon2 the cost of a new hash
 * @param parallelLogins passwords hashed at a time
 * @param loginWait how long a login waits for its turn
 * @param rightsRecheck the age at which rights in memory are compared with the database
 * @param tokenRecheck the age at which a known bearer token is looked up again
 * @param directoriesOnLoopback whether directories of organizations may be on this machine
 * @param keysApart how long keys of another count
 * @param breakGlassLongest how long somebody holds a role by break-glass at most
 */
public record Settings(
        Duration sessionLength,
        Path passwordFile,
        Argon2 argon2,
        int parallelLogins,
        Duration loginWait,
        Duration rightsRecheck,
        Duration tokenRecheck,
        boolean directoriesOnLoopback,
        Duration keysApart,
        Duration breakGlassLongest) {
    private static final Duration APART = Duration.ofDays(3);
    private static final Duration LONGEST = Duration.ofHours(4);

    /** With no directory on this machine; keys count as long as they do when it ships. */
    public Settings(
            Duration sessionLength,
            Path passwordFile,
            Argon2 argon2,
            int parallelLogins,
            Duration loginWait,
            Duration rightsRecheck,
            Duration tokenRecheck) {
        this(
                sessionLength,
                passwordFile,
                argon2,
                parallelLogins,
                loginWait,
                rightsRecheck,
                tokenRecheck,
                false,
                APART,
                LONGEST);
    }

    /**
     * The cost of a hash (RFC 9106).
     *
     * @param memory KiB
     */
    public record Argon2(int memory, int iterations, int parallelism) {}

    /**
     * Reads the settings.
     *
     * @param base what a relative file is relative to
     * @throws IllegalArgumentException naming everything that is wrong, not only the first
     */
    public static Settings of(Config config, Path base) {
        List<String> errors = new ArrayList<>();
        Settings settings = new Settings(
                duration(errors, "session.length", config.session_length(), Duration.ofMinutes(1), Duration.ofDays(30)),
                file(errors, config.password_file(), base),
                new Argon2(
                        within(errors, "argon2.memory", config.argon2_memory(), 8192, 1_048_576),
                        within(errors, "argon2.iterations", config.argon2_iterations(), 1, 20),
                        within(errors, "argon2.parallelism", config.argon2_parallelism(), 1, 16)),
                within(errors, "parallel.logins", config.parallel_logins(), 1, 64),
                duration(errors, "login.wait", config.login_wait(), Duration.ZERO, Duration.ofSeconds(30)),
                duration(errors, "rights.recheck", config.rights_recheck(), Duration.ZERO, Duration.ofSeconds(1)),
                duration(errors, "token.recheck", config.token_recheck(), Duration.ZERO, Duration.ofSeconds(5)),
                yes(errors, "directories.loopback", config.directories_loopback()),
                duration(errors, "keys.apart", config.keys_apart(), Duration.ZERO, Duration.ofDays(31)),
                duration(
                        errors,
                        "break.glass.longest",
                        config.break_glass_longest(),
                        Duration.ofMinutes(5),
                        Duration.ofHours(4)));
        if (!errors.isEmpty()) {
            throw new IllegalArgumentException(
                    "etc/org.isthmus.identity.cfg cannot be used: " + String.join(" ", errors));
        }
        return settings;
    }

    private static int within(List<String> errors, String name, int value, int least, int most) {
        if (value < least || value > most) {
            errors.add(name + " is " + least + " to " + most + ", not " + value + ".");
        }
        return value;
    }

    private static boolean yes(List<String> errors, String name, String text) {
        if (!text.equals("true") && !text.equals("false")) {
            errors.add(name + " is true or false, not " + text + ".");
        }
        return text.equals("true");
    }

    private static Duration duration(List<String> errors, String name, String text, Duration least, Duration most) {
        try {
            Duration value = Duration.parse(text);
            if (value.compareTo(least) >= 0 && value.compareTo(most) <= 0) {
                return value;
            }
            errors.add(name + " is " + least + " to " + most + ", not " + text + ".");
        } catch (DateTimeParseException e) {
            errors.add(name + " is an ISO 8601 duration such as " + least + ", not " + text + ".");
        }
        return least;
    }

    private static Path file(List<String> errors, String text, Path base) {
        try {
            if (!text.isBlank()) {
                return base.resolve(text).toAbsolutePath().normalize();
            }
        } catch (InvalidPathException e) {
            // told below
        }
        errors.add("password.file is the path of a file, not \"" + text + "\".");
        return base;
    }
}
