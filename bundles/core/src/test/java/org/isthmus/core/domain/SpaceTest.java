// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.isthmus.api.status.Part.Report;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SpaceTest {
    private static final long GIBIBYTE = 1L << 30;

    @TempDir
    Path folder;

    private Space.Room room = new Space.Room(GIBIBYTE, GIBIBYTE);

    private Report told(long free, long all) {
        Space space = new Space(Map.of("images", folder), of -> new Space.Room(free, all));
        space.look();
        return space.report().get(0);
    }

    @Test
    void littleIsOnePartInTwentyButNotMoreThanTenGibibytes() {
        assertTrue(told(GIBIBYTE, 20 * GIBIBYTE).up());
        assertEquals(
                new Report(
                        "space for images",
                        false,
                        false,
                        "only 0.9 of 20.0 GiB are free in " + folder + "; make space before it is full"),
                told(GIBIBYTE - (GIBIBYTE >> 4), 20 * GIBIBYTE));
        assertTrue(told(10 * GIBIBYTE, 4096 * GIBIBYTE).up());
    }

    @Test
    void itTellsWhatItSawLastAlsoWhenItCannotLook() {
        Space space = new Space(Map.of("images", folder, "the database", folder.resolve("elsewhere")), of -> {
            if (room.all() == 0) {
                throw new IOException("Stale file handle");
            }
            return room;
        });
        assertEquals(List.of(), space.report(), "nothing is known before the first look");
        space.look();
        room = new Space.Room(0, GIBIBYTE);
        space.look();
        room = new Space.Room(0, 0);
        space.look();

        assertEquals(List.of(false), space.report().stream().map(Report::up).toList());
        assertEquals(
                List.of(0.0, (double) GIBIBYTE),
                space.samples().stream().map(sample -> sample.value()).toList());
    }

    @Test
    void aRealFolderHasRoom() throws IOException {
        Space.Room real = Space.Disks.REAL.of(folder);

        assertTrue(real.free() > 0 && real.free() <= real.all(), real::toString);
    }
}
