// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.isthmus.api.ProblemException;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.core.image.disk.Conversions.Conversion;
import org.isthmus.spi.compute.ImageContent.Format;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a program of the test's own, and against qemu-img itself where it is installed. */
final class QemuImgTest {
    private static final long MOST = 1L << 40;
    private static final Duration LONGEST = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    private final List<Integer> told = new ArrayList<>();
    private Path source;
    private Path target;

    @BeforeEach
    void aRawDiskOfOneMebibyte() throws IOException {
        source = folder.resolve("source");
        target = folder.resolve("target");
        byte[] content = new byte[1 << 20];
        new Random(1).nextBytes(content);
        // a disk that looks like another format is still a raw disk
        content[0] = 'Q';
        content[1] = 'F';
        content[2] = 'I';
        content[3] = (byte) 0xfb;
        Files.write(source, content);
    }

    private Conversion rawTo(Format format) {
        return new Conversion(source, Format.RAW, target, format, MOST, LONGEST);
    }

    /** A program that does this; its last two arguments are source and target. */
    private QemuImg program(String script) throws IOException {
        Path program = folder.resolve("program");
        Files.writeString(program, "#!/bin/sh\nshift $(($# - 2))\n" + script + "\n");
        assertTrue(program.toFile().setExecutable(true));
        return new QemuImg(program, Clock.systemUTC());
    }

    private static QemuImg real() {
        QemuImg real = new QemuImg(QemuImg.PROGRAM, Clock.systemUTC());
        Assumptions.assumeTrue(real.unavailable().isEmpty(), "qemu-img is not installed");
        return real;
    }

    private void assertNothingLeft() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(
                    List.of(),
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.startsWith("target"))
                            .toList());
        }
    }

    private ProblemException refusal(QemuImg program, Conversion wish) throws IOException {
        ProblemException problem = assertThrows(ProblemException.class, () -> program.convert(wish, told::add));
        assertNothingLeft();
        assertFalse(problem.getMessage().contains(folder.toString()), problem.getMessage());
        return problem;
    }

    @Test
    void whereTheProgramIsAbsentItSaysWhatToInstall() throws IOException {
        Path nowhere = Path.of("/nonexistent/qemu-img");
        QemuImg absent = new QemuImg(nowhere, Clock.systemUTC());

        ProblemException problem = refusal(absent, rawTo(Format.QCOW2));

        assertEquals(ImageProblem.NO_CONVERTER, problem.type());
        assertTrue(problem.getMessage().contains("qemu-utils"), problem.getMessage());
    }

    @Test
    void theTargetAppearsWhenItIsWholeAndProgressIsTold() throws Exception {
        QemuImg program = program("printf '    (12.50/100%%)\\r    (50.00/100%%)\\r'; cp \"$1\" \"$2\"");

        DiskFormat made = program.convert(rawTo(Format.RAW), told::add);

        assertEquals(new DiskFormat(Format.RAW, 1 << 20), made);
        assertArrayEquals(Files.readAllBytes(source), Files.readAllBytes(target));
        assertEquals(100, told.get(told.size() - 1));
        assertTrue(told.contains(50), told::toString);
    }

    @Test
    void itsEnvironmentIsEmptyAndItsInputToo() throws Exception {
        QemuImg program = program("/usr/bin/env > " + folder + "/seen; cat >> " + folder + "/seen; cp \"$1\" \"$2\"");

        program.convert(rawTo(Format.RAW), told::add);

        List<String> seen = Files.readAllLines(folder.resolve("seen"));
        seen.removeIf(line -> line.startsWith("PWD=") || line.startsWith("_=") || line.startsWith("SHLVL="));
        assertEquals(List.of("LC_ALL=C"), seen);
    }

    @Test
    void aFailureSaysWhyAndNotWhereFilesAre() throws IOException {
        QemuImg program = program("echo x > \"$2\"; echo \"qemu-img: $2: error while writing\" >&2; exit 1");

        ProblemException problem = refusal(program, rawTo(Format.QCOW2));

        assertEquals(ImageProblem.CONVERSION, problem.type());
        assertTrue(problem.getMessage().contains("the new file: error while writing"), problem.getMessage());
    }

    @Test
    void aFullDiskIsCalledThat() throws IOException {
        QemuImg program = program("echo 'qemu-img: error while writing: No space left on device' >&2; exit 1");

        assertEquals(
                ImageProblem.NO_SPACE, refusal(program, rawTo(Format.QCOW2)).type());
    }

    @Test
    void whatIsMadeIsLookedAt() throws IOException {
        QemuImg program = program("head -c 4096 \"$1\" > \"$2\"");

        assertEquals(
                ImageProblem.CONVERSION, refusal(program, rawTo(Format.RAW)).type());
    }

    @Test
    void aThreadThatIsInterruptedEndsTheProgramAndLeavesNothing() throws Exception {
        QemuImg program =
                program("echo $$ > " + folder + "/pid; echo x > \"$2\"; printf '(1.00/100%%)'; exec sleep 600");
        Thread self = Thread.currentThread();

        assertThrows(InterruptedException.class, () -> program.convert(rawTo(Format.RAW), percent -> self.interrupt()));

        assertNothingLeft();
        long pid = Long.parseLong(Files.readString(folder.resolve("pid")).strip());
        assertFalse(ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent(), "it goes on");
    }

    @Test
    void whatTakesTooLongIsEnded() throws IOException {
        program("echo x > \"$2\"; exec sleep 600");
        Instant[] now = {Instant.EPOCH};
        Clock hurrying = new Clock() {
            @Override
            public java.time.ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                now[0] = now[0].plusSeconds(40);
                return now[0];
            }
        };

        ProblemException problem = refusal(new QemuImg(folder.resolve("program"), hurrying), rawTo(Format.RAW));

        assertTrue(problem.getMessage().contains("60 s"), problem.getMessage());
    }

    @Test
    void aLargerDiskThanIsAllowedIsRefusedBeforeAnythingRuns() throws IOException {
        QemuImg program = program("touch " + folder + "/ran; cp \"$1\" \"$2\"");

        refusal(program, new Conversion(source, Format.RAW, target, Format.QCOW2, (1 << 20) - 1, LONGEST));

        assertFalse(Files.exists(folder.resolve("ran")));
    }

    @Test
    void whatAKilledProcessLeftIsClearedAway() throws Exception {
        Files.writeString(folder.resolve("target.converting"), "half");
        QemuImg program = program("cp \"$1\" \"$2\"");

        program.clear(target);
        program.clear(target);

        assertNothingLeft();
    }

    @Test
    void sourcesThatNameOtherFilesAreNotShownToIt() throws IOException {
        QemuImg program = program("touch " + folder + "/ran; cp \"$1\" \"$2\"");
        Files.write(
                source,
                new VmdkFile()
                        .saying("SPARSE \"disk1.vmdk\"", "FLAT \"/etc/shadow\" 0")
                        .bytes());

        ProblemException problem =
                refusal(program, new Conversion(source, Format.VMDK, target, Format.QCOW2, MOST, LONGEST));
        ProblemException another =
                refusal(program, new Conversion(source, Format.QCOW2, target, Format.RAW, MOST, LONGEST));

        assertEquals(ImageProblem.FORMAT, problem.type());
        assertEquals(ImageProblem.FORMAT, another.type());
        assertFalse(Files.exists(folder.resolve("ran")));
    }

    @Test
    void aDiskIsTheSameThereAndBackThroughEveryFormat() throws Exception {
        QemuImg real = real();
        try (RandomAccessFile disk = new RandomAccessFile(source.toFile(), "rw")) {
            // a hole, as most disks have
            disk.seek((5 << 20) - 3);
            disk.write(new byte[] {1, 2, 3});
        }
        byte[] before = Files.readAllBytes(source);
        Path at = source;
        Format format = Format.RAW;
        int step = 0;
        for (Format next : List.of(Format.QCOW2, Format.VMDK, Format.QCOW2, Format.RAW, Format.VMDK, Format.RAW)) {
            Path to = folder.resolve("step" + step++);

            DiskFormat made = real.convert(new Conversion(at, format, to, next, MOST, LONGEST), told::add);

            assertEquals(new DiskFormat(next, 5 << 20), made);
            at = to;
            format = next;
        }
        assertArrayEquals(before, Files.readAllBytes(at));
    }

    @Test
    void aQcow2WithABackingFileIsNotFollowed() throws Exception {
        QemuImg real = real();
        Path secret = folder.resolve("secret");
        Files.write(secret, new byte[1 << 20]);
        Path overlay = folder.resolve("overlay");
        Process made = new ProcessBuilder(
                        QemuImg.PROGRAM.toString(),
                        "create",
                        "-q",
                        "-f",
                        "qcow2",
                        "-F",
                        "raw",
                        "-b",
                        secret.toString(),
                        overlay.toString())
                .inheritIO()
                .start();
        assertEquals(0, made.waitFor());

        ProblemException problem =
                refusal(real, new Conversion(overlay, Format.QCOW2, target, Format.RAW, MOST, LONGEST));

        assertTrue(problem.getMessage().contains("backing file"), problem.getMessage());
    }
}
