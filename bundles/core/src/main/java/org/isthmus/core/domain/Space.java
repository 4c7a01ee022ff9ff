// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.domain;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.isthmus.api.status.Part;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much space is left where the controller writes: the operator hears of it before there is none. It tells what it saw when
 * it {@link #look looked} last: a folder on a server that hangs holds up nobody who asks. Thread-safe.
 */
final class Space implements Part {
    private static final Logger LOG = LoggerFactory.getLogger(Space.class);

    /** Little is less than one part in twenty, and on large disks less than ten gibibytes. */
    private static final int LITTLE_PART = 20;

    private static final double GIBIBYTE = 1 << 30;
    private static final long LITTLE_BYTES = 10L << 30;

    private final Map<String, Path> folders;
    private final Disks disks;
    private final Map<String, Room> seen = new ConcurrentSkipListMap<>();

    /** Where a folder's bytes go. */
    interface Disks {
        Disks REAL = folder -> {
            FileStore store = Files.getFileStore(folder);
            return new Room(store.getUsableSpace(), store.getTotalSpace());
        };

        Room of(Path folder) throws IOException;
    }

    /** Bytes that are left, and that there are. */
    record Room(long free, long all) {
        boolean little() {
            return free < Math.min(all / LITTLE_PART, LITTLE_BYTES);
        }
    }

    /**
     * Of some folders, by what they are for.
     *
     * @param folders those that are not there are passed over
     */
    Space(Map<String, Path> folders, Disks disks) {
        this.folders = new TreeMap<>(folders);
        this.disks = disks;
    }

    /** May take long. Never throws. */
    void look() {
        folders.forEach((name, folder) -> {
            try {
                if (Files.isDirectory(folder)) {
                    look(name, disks.of(folder));
                }
            } catch (IOException e) {
                LOG.debug("The space in {} is not known", folder, e);
            }
        });
    }

    private void look(String name, Room now) {
        Room before = seen.put(name, now);
        boolean wasLittle = before != null && before.little();
        if (now.little() && !wasLittle) {
            LOG.warn("Space for {} runs out: {}", name, told(name, now));
        } else if (wasLittle && !now.little()) {
            LOG.info("There is space for {} again: {}", name, told(name, now));
        }
    }

    private String told(String name, Room room) {
        return String.format(
                Locale.ROOT,
                "%s%.1f of %.1f GiB are free in %s%s",
                room.little() ? "only " : "",
                room.free() / GIBIBYTE,
                room.all() / GIBIBYTE,
                folders.get(name),
                room.little() ? "; make space before it is full" : "");
    }

    @Override
    public List<Report> report() {
        List<Report> reports = new ArrayList<>();
        seen.forEach(
                (name, room) -> reports.add(new Report("space for " + name, !room.little(), false, told(name, room))));
        return reports;
    }

    @Override
    public List<Sample> samples() {
        List<Sample> samples = new ArrayList<>();
        seen.forEach((name, room) -> {
            samples.add(sample("isthmus_space_free_bytes", "Bytes that are free, by what for.", name, room.free()));
            samples.add(sample("isthmus_space_bytes", "Bytes that there are, by what for.", name, room.all()));
        });
        return samples;
    }

    private static Sample sample(String name, String help, String of, long bytes) {
        return new Sample(name, help, false, List.of("for", of), bytes);
    }
}
