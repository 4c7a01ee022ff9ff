// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.copy;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The program behind {@code bin/copy-database}. Arguments: the folder of the Derby database, and the file with the three lines
 * of the PostgreSQL. Ends with 0 when the copy is whole, with 1 when it failed, with 2 when it was refused.
 */
public final class CopyDatabase {
    private static final String PASSWORD = "ISTHMUS_DATABASE_PASSWORD";
    private static final long MANY = 100_000;

    private final PrintStream out;
    private long rows;
    private long said;

    private CopyDatabase(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) {
        System.exit(run(Path.of(arguments[0]), Path.of(arguments[1]), System.out));
    }

    static int run(Path derby, Path file, PrintStream out) {
        return new CopyDatabase(out).copy(derby, file);
    }

    private int copy(Path derby, Path file) {
        long begun = System.nanoTime();
        try {
            Target target = Target.read(file, CopyDatabase::password);
            out.println("Copying " + derby + " to " + target + "; interrupted, it goes on when run again.");
            List<String> differences;
            try (Copy copy = new Copy(derby, target, progress())) {
                differences = copy.run();
            }
            if (!differences.isEmpty()) {
                differences.forEach(out::println);
                out.println(
                        "The target is not equal to the source (at most ten rows are shown). If a controller has used"
                                + " it since it was copied, that is as it must be; else copy again into an empty database.");
                return 1;
            }
            out.printf(
                    "%,d rows are there, equal in every value, after %d s.%n",
                    rows, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun));
            out.println("With the controller still stopped, let etc/org.isthmus.store.cfg have the three lines of "
                    + file + ", then start it. Keep the folder " + derby + " until you have seen it work.");
            return 0;
        } catch (Refusal e) {
            out.println("Refused. " + e.getMessage());
            return 2;
        } catch (Exception e) { // the edge of the program: whatever it is, the operator is told and may run it again
            out.println("Failed: " + e.getMessage() + ". Nothing of the source was changed; run this again to go on.");
            return 1;
        }
    }

    private Copy.Progress progress() {
        return new Copy.Progress() {
            @Override
            public void copied(Table table, long done) {
                said = Math.min(said, done); // of the table before
                if (done >= said + MANY) {
                    said = done;
                    out.printf("  %s: %,d rows so far%n", table.name(), done);
                }
            }

            @Override
            public void compared(Table table, long count) {
                rows += count;
                out.printf("  %s: %,d rows compared%n", table.name(), count);
            }
        };
    }

    /** Never from the command line, which others on this machine see. */
    private static String password() {
        String given = System.getenv(PASSWORD);
        if (given != null) {
            return given;
        }
        throw new Refusal("There is no password: write it into the file, or into the environment as " + PASSWORD);
    }
}
