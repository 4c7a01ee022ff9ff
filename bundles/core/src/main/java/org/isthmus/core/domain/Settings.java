// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.domain;

import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.api.ssh.SshCertificates;
import org.isthmus.core.outward.Reach;
import org.isthmus.core.server.ServerAssembly.Certificates;
import org.isthmus.core.server.ServerAssembly.Patience;

/**
 * What can be set of the domain.
 *
 * @param images directory for the content of images; shared, where there are several controllers
 * @param keyFile the key that seals secrets in the database; the same for all controllers
 * @param cache directory for the drivers' caches
 * @param mostImageBytes largest content of one image
 * @param mostDiskBytes largest disk of an upload, as a guest sees it
 * @param fetches from where images may be fetched
 * @param watchEvery pause between two rounds of asking endpoints how they are
 * @param reconcileEvery pause between two rounds of comparing records with what is below
 * @param certificates how much root inside servers is given
 */
public record Settings(
        Path images,
        Path keyFile,
        Path cache,
        long mostImageBytes,
        long mostDiskBytes,
        Reach fetches,
        Patience patience,
        Duration watchEvery,
        Duration reconcileEvery,
        Certificates certificates) {
    private static final long MOST_GIB = 65536;
    private static final long USUAL_DISK = 2048L << 30;
    private static final long MOST_PER_HOUR = 10_000;

    /** With the disks and certificates that are usual. */
    public Settings(
            Path images,
            Path keyFile,
            Path cache,
            long mostImageBytes,
            Patience patience,
            Duration watchEvery,
            Duration reconcileEvery) {
        this(
                images,
                keyFile,
                cache,
                mostImageBytes,
                USUAL_DISK,
                Reach.DEFAULT,
                patience,
                watchEvery,
                reconcileEvery,
                Certificates.DEFAULT);
    }

    /** Defaults below a directory. */
    public static Settings in(Path directory) {
        return new Settings(
                directory.resolve("images"),
                directory.resolve("secrets.key"),
                directory.resolve("cache"),
                256L << 30,
                Patience.DEFAULT,
                Duration.ofSeconds(30),
                Duration.ofSeconds(60));
    }

    /**
     * Reads a configuration.
     *
     * @param base what relative paths start from
     * @throws IllegalArgumentException with everything that is wrong
     */
    static Settings of(Config config, Path base) {
        List<String> wrong = new ArrayList<>();
        Settings settings = new Settings(
                base.resolve(text("images", config.images(), 1000, wrong)),
                base.resolve(text("key.file", config.key_file(), 1000, wrong)),
                base.resolve(text("cache", config.cache(), 1000, wrong)),
                (long) within("largest.image.gib", config.largest_image_gib(), MOST_GIB, wrong) << 30,
                (long) within("largest.disk.gib", config.largest_disk_gib(), MOST_GIB, wrong) << 30,
                Reach.of("fetch.", config.fetch_http(), config.fetch_networks(), config.fetch_refused(), wrong),
                new Patience(
                        duration("stop.patience", config.stop_patience(), Duration.ZERO, Duration.ofHours(1), wrong),
                        duration(
                                "delete.patience", config.delete_patience(), Duration.ZERO, Duration.ofHours(1), wrong),
                        duration(
                                "verify.patience",
                                config.verify_patience(),
                                Duration.ofSeconds(1),
                                Duration.ofMinutes(25),
                                wrong),
                        Patience.DEFAULT.purgeAgain()),
                duration("watch.interval", config.watch_interval(), Duration.ofSeconds(1), Duration.ofHours(1), wrong),
                duration(
                        "reconcile.interval",
                        config.reconcile_interval(),
                        Duration.ofSeconds(1),
                        Duration.ofHours(24),
                        wrong),
                new Certificates(
                        duration(
                                "certificate.validity",
                                config.certificate_validity(),
                                SshCertificates.SHORTEST,
                                Duration.ofHours(12),
                                wrong),
                        within("certificates.per.hour", config.certificates_per_hour(), MOST_PER_HOUR, wrong)));
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("etc/org.isthmus.core.domain.cfg: " + String.join(" ", wrong));
        }
        return settings;
    }

    private static String text(String name, String value, int most, List<String> wrong) {
        if (value.isBlank() || value.length() > most) {
            wrong.add(name + " is 1 to " + most + " characters.");
            return "x";
        }
        return value;
    }

    private static int within(String name, int value, long most, List<String> wrong) {
        if (value < 1 || value > most) {
            wrong.add(name + " is 1 to " + most + ".");
            return 1;
        }
        return value;
    }

    private static Duration duration(String name, String value, Duration least, Duration most, List<String> wrong) {
        try {
            Duration duration = Duration.parse(value);
            if (duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0) {
                return duration;
            }
        } catch (DateTimeParseException e) {
            // said below, as for one out of range
        }
        wrong.add(name + " is an ISO 8601 duration, " + least + " to " + most + ".");
        return least;
    }
}
