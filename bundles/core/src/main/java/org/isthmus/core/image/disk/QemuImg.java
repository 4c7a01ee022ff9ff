// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.spi.compute.ImageContent.Format;

/**
 * Conversions by the program {@code qemu-img}. It is started directly, without a shell and with an environment of one
 * variable; both formats are given, so that it never guesses one from content a stranger wrote; and it only gets to see
 * files whose own bytes name no other.
 */
public final class QemuImg implements Conversions {
    /** Where Debian's package {@code qemu-utils} puts it. */
    public static final Path PROGRAM = Path.of("/usr/bin/qemu-img");

    private static final Pattern PERCENT = Pattern.compile("\\((\\d{1,3})(?:\\.\\d+)?/100%\\)");
    private static final long LOOK_EVERY_MILLIS = 100;
    /** What is kept of what it prints: the last words say what went wrong. */
    private static final int KEPT = 2000;

    private final Path program;
    private final Clock clock;

    public QemuImg(Path program, Clock clock) {
        this.program = program;
        this.clock = clock;
    }

    @Override
    public Optional<String> unavailable() {
        return Files.isExecutable(program)
                ? Optional.empty()
                : Optional.of("Images are converted by " + program
                        + ", which is not there: install qemu-img on the controller's machine (Debian: apt-get install"
                        + " qemu-utils).");
    }

    @Override
    public DiskFormat convert(Conversion wish, IntConsumer report) throws IOException, InterruptedException {
        unavailable().ifPresent(why -> {
            throw ImageProblem.NO_CONVERTER.because("%s", why);
        });
        DiskFormat source = checked(wish);
        Path unfinished = unfinished(wish.target());
        Files.deleteIfExists(unfinished);
        try {
            run(wish, unfinished, report);
            DiskFormat made = made(wish, source, unfinished);
            Files.move(unfinished, wish.target(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return made;
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    @Override
    public void clear(Path target) throws IOException {
        Files.deleteIfExists(unfinished(target.toAbsolutePath().normalize()));
    }

    private static Path unfinished(Path target) {
        return target.resolveSibling(target.getFileName() + ".converting");
    }

    private static DiskFormat checked(Conversion wish) throws IOException {
        // content said to be raw is bytes, whatever they look like
        DiskFormat source = wish.from() == Format.RAW ? raw(wish.source()) : look(wish.source());
        if (source.format() != wish.from()) {
            throw ImageProblem.FORMAT.because("The content is said to be %s, but is %s.", wish.from(), source.format());
        }
        if (source.virtualBytes() > wish.mostVirtualBytes()) {
            throw ImageProblem.CONVERSION.because(
                    "The disk has %d bytes, and at most %d are converted here.",
                    source.virtualBytes(), wish.mostVirtualBytes());
        }
        return source;
    }

    private static DiskFormat look(Path file) throws IOException {
        return DiskFormat.of(Files.size(file), offset -> {
            InputStream in = Files.newInputStream(file);
            in.skipNBytes(offset);
            return in;
        });
    }

    private static DiskFormat raw(Path file) throws IOException {
        return DiskFormat.raw(Files.size(file));
    }

    private static DiskFormat made(Conversion wish, DiskFormat source, Path file) throws IOException {
        DiskFormat made = wish.to() == Format.RAW ? raw(file) : look(file);
        if (made.format() != wish.to() || made.virtualBytes() != source.virtualBytes()) {
            throw ImageProblem.CONVERSION.because(
                    "qemu-img made a %s disk of %d bytes out of one of %d.",
                    made.format(), made.virtualBytes(), source.virtualBytes());
        }
        // qemu-img leaves the writing to the system
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        return made;
    }

    private List<String> command(Conversion wish, Path target) {
        List<String> words = new ArrayList<>(List.of(program.toString(), "convert", "-p"));
        words.addAll(List.of("-f", name(wish.from()), "-O", name(wish.to())));
        if (wish.to() == Format.VMDK) {
            words.addAll(List.of("-o", "subformat=streamOptimized"));
        }
        words.addAll(List.of("--", wish.source().toString(), target.toString()));
        return words;
    }

    private static String name(Format format) {
        return switch (format) {
            case QCOW2 -> "qcow2";
            case RAW -> "raw";
            case VMDK -> "vmdk";
        };
    }

    private void run(Conversion wish, Path target, IntConsumer report) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command(wish, target))
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().clear();
        builder.environment().putAll(Map.of("LC_ALL", "C"));
        Instant end = clock.instant().plus(wish.longest());
        StringBuilder words = new StringBuilder();
        Process process = builder.start();
        try (InputStream out = process.getInputStream()) {
            // waiting is what can be interrupted; reading cannot, so only what is there is read
            while (!process.waitFor(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
                listen(out, words, report);
                requireSmall(wish, target);
                if (clock.instant().isAfter(end)) {
                    throw ImageProblem.CONVERSION.because(
                            "It was not converted within %d s.", wish.longest().toSeconds());
                }
            }
            listen(out, words, report);
        } finally {
            process.destroyForcibly().waitFor();
        }
        if (process.exitValue() != 0) {
            throw failed(wish, process.exitValue(), words.toString());
        }
        requireSmall(wish, target);
        report.accept(100);
    }

    /** What is packed well says little of how much it becomes. */
    private static void requireSmall(Conversion wish, Path target) throws IOException {
        if (Files.exists(target) && Files.size(target) > wish.mostBytes()) {
            throw Problem.TOO_LARGE.because(
                    "Converted, the content of the disk has more than the %d GiB that it may have here (largest.image.gib);"
                            + " make the disk emptier, or ask the operator to raise that.",
                    wish.mostBytes() >> 30);
        }
    }

    private static void listen(InputStream out, StringBuilder words, IntConsumer report) throws IOException {
        for (int there = out.available(); there > 0; there = out.available()) {
            words.append(new String(out.readNBytes(there), StandardCharsets.UTF_8));
            words.delete(0, Math.max(0, words.length() - KEPT));
        }
        int percent = -1;
        Matcher seen = PERCENT.matcher(words);
        while (seen.find()) {
            percent = Integer.parseInt(seen.group(1));
        }
        if (percent >= 0 && percent <= 100) {
            report.accept(percent);
        }
    }

    private static ProblemException failed(Conversion wish, int status, String words) {
        // where the controller keeps its files is nobody's business
        String said = PERCENT.matcher(words)
                .replaceAll("")
                .replace(unfinished(wish.target()).toString(), "the new file")
                .replace(wish.source().toString(), "the image")
                .replaceAll("\\s+", " ")
                .strip();
        if (said.contains("No space left on device")) {
            return ImageProblem.NO_SPACE.because("There is no space for the converted image.");
        }
        return ImageProblem.CONVERSION.because("qemu-img ended with status %d: %s", status, said);
    }
}
