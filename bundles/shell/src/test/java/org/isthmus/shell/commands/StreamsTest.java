// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.event.Event;
import org.isthmus.api.event.Events;
import org.isthmus.api.gate.Gate.Outcome;
import org.isthmus.api.image.Images;
import org.isthmus.api.location.DriverUpdates;
import org.isthmus.api.location.DriverUpdates.UpdateDriver;
import org.isthmus.api.location.DriverUpdates.UpdateState;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.shell.fake.FakeCloud;
import org.isthmus.shell.fake.Typist;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What does not end at once: events, and content on its way in. */
final class StreamsTest {
    private final FakeCloud cloud = new FakeCloud();

    @TempDir
    private Path folder;

    @Test
    void eventsArePrintedOnALineEachUntilThereWereEnough() throws Exception {
        FakeEvents events = new FakeEvents();
        Typist typist = new Typist(cloud.services().with(Events.class, events));

        String all = typist.type(LogCommands.Tail.class, "--json", "--after", "0", "--count", "3");
        String fromNow = typist.type(LogCommands.Tail.class, "--count", "1");

        assertEquals(3, all.lines().count(), all);
        assertTrue(all.lines().allMatch(line -> line.startsWith("{") && line.endsWith("}")), all);
        assertEquals(1, fromNow.lines().count(), fromNow);
        assertTrue(fromNow.startsWith("11  "), fromNow);
    }

    @Test
    void eventsEndAfterTheTimeGivenWhenThereAreNone() throws Exception {
        FakeEvents events = new FakeEvents();
        Typist typist = new Typist(cloud.services().with(Events.class, events));

        String none = typist.type(LogCommands.Tail.class, "--after", "1000", "--for", "PT5S");

        assertEquals("", none);
        assertEquals(Duration.ofSeconds(5), events.waited);
    }

    @Test
    void anUploadGoesOnWhereItWasBrokenOffInParts() throws Exception {
        byte[] content = new byte[20 * 1024 * 1024];
        new Random(7).nextBytes(content);
        Path file = Files.write(folder.resolve("disk.qcow2"), content);
        FakeImages images = new FakeImages();
        images.arrived.write(content, 0, 1000);
        Typist typist = new Typist(cloud.services().with(Images.class, images));

        String words = typist.type(ImageUpload.class, "debian", file.toString());

        assertArrayEquals(content, images.arrived.toByteArray());
        assertEquals(List.of(1000L, 1000L + 16 * 1024 * 1024), images.begins);
        assertTrue(words.contains("Uploaded 100 %"), words);
        assertTrue(words.contains("isthmus:operation-wait"), words);
    }

    @Test
    void anUploadOfWhatCannotBeReadSaysSo() throws Exception {
        Typist typist = new Typist(cloud.services().with(Images.class, new FakeImages()));

        assertTrue(typist.fail(
                        ImageUpload.class, "debian", folder.resolve("nothing").toString())
                .contains("There is no file"));
    }

    @Test
    void anUpdateOfADriverTellsEachStepAsItHappens() throws Exception {
        FakeUpdates updates = new FakeUpdates(UpdateState.UPDATED);
        Typist typist = new Typist(cloud.services().with(DriverUpdates.class, updates));
        updates.watches(typist);
        cloud.gate.answer(UpdateDriver.class, new Outcome.Accepted<>(updates.view(0), Optional.empty()));

        String end = typist.type(LocationCommands.UpdateADriver.class, "fake", "file:/new.jar");

        assertEquals(List.of("begun", "one", "two", "", "three"), updates.heard);
        assertTrue(end.contains("UPDATED"), end);
    }

    @Test
    void anUpdateThatWentBackFailsWithItsReason() throws Exception {
        FakeUpdates updates = new FakeUpdates(UpdateState.ROLLED_BACK);
        Typist typist = new Typist(cloud.services().with(DriverUpdates.class, updates));
        updates.watches(typist);
        cloud.gate.answer(UpdateDriver.class, new Outcome.Accepted<>(updates.view(0), Optional.empty()));

        String refused = typist.fail(LocationCommands.UpdateADriver.class, "fake", "file:/new.jar");

        assertTrue(refused.contains("Driver fake was not updated: four"), refused);
    }

    /** Does a step each time it is asked, sees what was printed by then, and once has nothing new. */
    private static final class FakeUpdates implements DriverUpdates {
        private static final List<String> STEPS = List.of("one", "two", "three", "four");
        private final UpdateState end;
        private final List<String> heard = new ArrayList<>();
        private Typist typist;
        private boolean slow = true;

        FakeUpdates(UpdateState end) {
            this.end = end;
        }

        void watches(Typist whose) {
            typist = whose;
        }

        UpdateView view(int lines) {
            return new UpdateView(
                    "fake",
                    "file:/new.jar",
                    lines == STEPS.size() ? end : UpdateState.RUNNING,
                    "1.0",
                    Optional.of("2.0"),
                    STEPS.subList(0, lines),
                    FakeCloud.NOW);
        }

        @Override
        public UpdateView get(Caller caller, String driver) {
            return view(STEPS.size());
        }

        @Override
        public UpdateView await(Caller caller, String driver, int lines, Duration longest) {
            String printed = typist.session.printed().strip();
            heard.add(printed.startsWith("Driver fake 1.0 is being updated") ? "begun" : printed);
            if (lines == 2 && slow) {
                slow = false;
                return view(2);
            }
            return view(lines + 1);
        }
    }

    private final class FakeEvents implements Events {
        private Duration waited = Duration.ZERO;

        @Override
        public List<Event> after(Caller caller, long sequence, int max, Duration longest) {
            List<Event> found = new ArrayList<>();
            for (long next = sequence + 1; next <= 12 && found.size() < Math.min(2, max); next++) {
                found.add(new Event(
                        cloud.ids.event(),
                        next,
                        cloud.platform.id(),
                        "server.started",
                        new Subject("server", "s"),
                        FakeCloud.NOW,
                        Map.of()));
            }
            if (found.isEmpty()) {
                waited = waited.plus(longest);
            }
            return found;
        }

        @Override
        public long newest() {
            return 10;
        }
    }

    private final class FakeImages implements Images {
        private final ByteArrayOutputStream arrived = new ByteArrayOutputStream();
        private final List<Long> begins = new ArrayList<>();

        @Override
        public Uploaded upload(
                Caller caller, Ref organization, Ref image, long first, long length, long total, InputStream part)
                throws IOException {
            begins.add(first);
            arrived.writeBytes(part.readNBytes((int) length));
            Optional<OperationView> checking = arrived.size() == total
                    ? Optional.of(cloud.operation(OperationState.PENDING, 0))
                    : Optional.empty();
            return new Uploaded(arrived.size(), checking);
        }

        @Override
        public ImageView get(Caller caller, Ref organization, Ref ref) {
            return new ImageView(
                    cloud.ids.image(),
                    new Name("debian"),
                    cloud.platform.id(),
                    Optional.empty(),
                    Optional.empty(),
                    ImageState.UPLOADING,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    arrived.size(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Optional.empty(),
                    List.of(),
                    Map.of(),
                    FakeCloud.NOW,
                    "olga@platform",
                    1);
        }

        @Override
        public Content content(Caller caller, Ref organization, Ref image, int disk) {
            throw new IllegalStateException("The shell reads no content");
        }

        @Override
        public Content export(Caller caller, Ref organization, Ref image, ExportFormat format) {
            throw new IllegalStateException("The shell reads no content");
        }

        @Override
        public Page<ImageView> list(Caller caller, Ref organization, Query query) {
            return Page.last(List.of());
        }
    }
}
