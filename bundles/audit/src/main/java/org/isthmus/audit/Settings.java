// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The configuration, checked. */
record Settings(String origin, Path keyFile, Path passwordFile, int batch, int refusalsPerMinute) {
    static final int MOST_BATCH = 1000;
    static final int MOST_REFUSALS = 100_000;

    /**
     * Reads the configuration.
     *
     * @param base what relative paths are relative to
     * @throws IllegalArgumentException with everything that is wrong with it
     */
    static Settings of(Config config, Path base) {
        List<String> errors = new ArrayList<>();
        if (!config.origin().matches("[A-Za-z0-9./_-]{1,100}")) {
            errors.add("origin is 1 to 100 letters, digits and . / _ -");
        }
        if (config.key_file().isBlank() || config.password_file().isBlank()) {
            errors.add("key.file and password.file name two files");
        } else if (config.key_file().equals(config.password_file())) {
            errors.add("key.file and password.file are different files");
        }
        if (config.batch() < 1 || config.batch() > MOST_BATCH) {
            errors.add("batch is 1 to " + MOST_BATCH);
        }
        if (config.refusals_per_minute() < 1 || config.refusals_per_minute() > MOST_REFUSALS) {
            errors.add("refusals.per.minute is 1 to " + MOST_REFUSALS);
        }
        if (!errors.isEmpty()) {
            throw new IllegalArgumentException(
                    "etc/org.isthmus.audit.cfg: " + String.join("; ", errors) + ". The audit log does not start.");
        }
        return new Settings(
                config.origin(),
                base.resolve(config.key_file()),
                base.resolve(config.password_file()),
                config.batch(),
                config.refusals_per_minute());
    }
}
