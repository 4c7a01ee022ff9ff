// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.TypeFactory;
import com.fasterxml.jackson.databind.util.LRUMap;
import com.fasterxml.jackson.databind.util.LookupCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * The fake's far end on disk: one JSON object a line, appended and never changed. Every call is a line before anything
 * comes of it, every effect is a line with what it leaves; the state is what the lines add up to.
 *
 * <p>A line is handed to the operating system before the call returns: it survives kill -9 of the process. Only with
 * {@code durable} is it on the disk as well and survives the loss of power. A last line torn by a death is no line: it is
 * passed over, and cut off before the next is written. Several processes may have one ledger open; they take turns.
 */
public final class Ledger implements AutoCloseable {
    /** Of its own: the cache that all mappers share would keep our classes when this bundle is replaced. */
    private static final LookupCache<Object, JavaType> TYPES = new LRUMap<>(16, 100);

    static final ObjectMapper JSON = JsonMapper.builder()
            .typeFactory(TypeFactory.defaultInstance().withCache(TYPES))
            .build();

    private static final int MAX_LINE = 1 << 20;
    private static final String BEGIN = "{\"entry\":\"LEDGER\"";

    /** File locks are the process's own: within it, threads and open ledgers of one file take turns here. */
    private static final Map<Path, ReentrantLock> TURNS = new ConcurrentHashMap<>();

    private final Path path;
    private final boolean durable;
    private final Consumer<Entry> fold;
    private final ReentrantLock turn;
    private FileChannel lockFile;
    private FileChannel channel;
    private boolean closed;
    private long position;

    private Ledger(Path path, boolean durable, Consumer<Entry> fold) throws IOException {
        this.path = path;
        this.durable = durable;
        this.fold = fold;
        this.turn = TURNS.computeIfAbsent(path, key -> new ReentrantLock());
        openFiles();
    }

    private void openFiles() throws IOException {
        // a file of its own: closing any descriptor of a file lets go of all its locks (POSIX), also after a mere read
        lockFile = FileChannel.open(
                path.resolveSibling(path.getFileName() + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** Opens or makes the ledger and folds all its lines. INVALID when the path is something else than a ledger. */
    static Ledger open(Path path, boolean durable, Instant now, Consumer<Entry> fold) {
        Path absolute = path.toAbsolutePath().normalize();
        try {
            if (Files.exists(absolute, LinkOption.NOFOLLOW_LINKS)
                    && !Files.isRegularFile(absolute, LinkOption.NOFOLLOW_LINKS)) {
                throw new DriverException(Kind.INVALID, "The ledger " + absolute + " is not a plain file.");
            }
            Files.createDirectories(absolute.getParent());
            Ledger ledger = new Ledger(absolute, durable, fold);
            try {
                ledger.exclusively(() -> {
                    if (ledger.position == 0) {
                        ledger.append(Entry.header(now.toString()));
                    }
                    return true;
                });
            } catch (RuntimeException e) {
                ledger.close();
                throw e;
            }
            return ledger;
        } catch (IOException e) {
            throw new DriverException(
                    Kind.INVALID,
                    "The ledger " + absolute + " cannot be opened; choose a path that can be written.",
                    e);
        }
    }

    public Path path() {
        return path;
    }

    /** Does it while no other thread or process writes, with all they wrote known. May be entered again from within. */
    <T> T exclusively(Supplier<T> body) {
        turn.lock();
        // an interrupted thread would close the files with its first access: it is interrupted again afterwards
        boolean interrupted = Thread.interrupted();
        try {
            if (turn.getHoldCount() > 1) {
                return body.get();
            }
            return locked(body);
        } catch (IOException e) {
            throw unusable(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            turn.unlock();
        }
    }

    private <T> T locked(Supplier<T> body) throws IOException {
        if (!closed && !(channel.isOpen() && lockFile.isOpen())) {
            closeFiles();
            openFiles();
        }
        try (FileLock lock = lock()) {
            if (!lock.isValid()) {
                throw new IOException("its lock was lost");
            }
            catchUp();
            return body.get();
        }
    }

    private DriverException unusable(IOException e) {
        return new DriverException(Kind.UNAVAILABLE, "The ledger " + path + " cannot be used now: " + e, e);
    }

    private FileLock lock() throws IOException {
        while (true) {
            try {
                return lockFile.lock();
            } catch (OverlappingFileLockException e) {
                // another version of this bundle in the same process, for the moment of a hot swap
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    private void catchUp() throws IOException {
        long size = channel.size();
        if (size < position) {
            throw new IOException("it was cut while open");
        }
        while (position < size) {
            ByteBuffer piece = ByteBuffer.allocate((int) Math.min(size - position, MAX_LINE));
            while (piece.hasRemaining() && channel.read(piece, position + piece.position()) >= 0) {
                // until the piece is full
            }
            if (position == 0) {
                mustBeginLikeALedger(piece.array());
            }
            int end = lines(piece.array(), piece.position(), fold);
            if (end == 0 && piece.capacity() == MAX_LINE) {
                throw new DriverException(Kind.INVALID, "This file is no ledger: it has a line of over 1 MiB.");
            }
            if (end == 0) {
                // we have the lock, so nobody is still writing it: its writer died
                channel.truncate(position);
                return;
            }
            position += end;
        }
    }

    /** Nothing is ever cut off or appended to a file that is something else. */
    private static void mustBeginLikeALedger(byte[] text) {
        byte[] begin = BEGIN.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(begin.length, text.length);
        if (!Arrays.equals(begin, 0, length, text, 0, length)) {
            throw new DriverException(
                    Kind.INVALID, "The ledger's path leads to a file that is no ledger; choose another path.");
        }
    }

    /** Writes a line and folds it; only within {@link #exclusively}. */
    void append(Entry entry) {
        try {
            byte[] text = (JSON.writeValueAsString(entry) + "\n").getBytes(StandardCharsets.UTF_8);
            ByteBuffer line = ByteBuffer.wrap(text);
            while (line.hasRemaining()) {
                channel.write(line, position + line.position());
            }
            if (durable) {
                channel.force(false);
            }
            position += text.length;
        } catch (IOException e) {
            // what was written of the line, if anything, is read or cut off by whoever comes next
            throw unusable(e);
        }
        fold.accept(entry);
    }

    @Override
    public void close() {
        turn.lock();
        try {
            closed = true;
            closeFiles();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            turn.unlock();
        }
    }

    private void closeFiles() throws IOException {
        channel.close();
        lockFile.close();
    }

    /** What is written by now. */
    public Contents contents() {
        return read(path);
    }

    /** What a ledger says, read from outside, also while others write or after they died. */
    public static Contents read(Path path) {
        List<Entry> entries = new ArrayList<>();
        try {
            byte[] bytes = Files.readAllBytes(path);
            lines(bytes, bytes.length, entries::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Contents(entries);
    }

    /** Takes the whole lines of a text and says where they end. */
    private static int lines(byte[] text, int length, Consumer<Entry> sink) {
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (text[i] == '\n') {
                sink.accept(entry(new String(text, start, i - start, StandardCharsets.UTF_8)));
                start = i + 1;
            }
        }
        return start;
    }

    private static Entry entry(String line) {
        try {
            return JSON.readValue(line, Entry.class);
        } catch (JsonProcessingException e) {
            throw new DriverException(
                    Kind.INVALID, "This file is no ledger: a line of it is not an entry. Choose another path.", e);
        }
    }

    /** What a ledger counts. */
    public enum Thing {
        SERVER,
        DISK,
        NIC,
        SNAPSHOT,
        NETWORK,
        PORT,
        IMAGE
    }

    /** What became of a thing. */
    public enum Change {
        MADE,
        CHANGED,
        REMOVED
    }

    /** A call as it arrived. The token is empty for questions. */
    public record Call(Instant at, String verb, String token, String object, String detail) {}

    /** An effect on one thing. */
    public record Effect(
            Instant at, String verb, String token, String detail, Thing thing, String object, Change change) {}

    /** The lines of a ledger, as calls and effects. */
    public static final class Contents {
        private final List<Call> calls = new ArrayList<>();
        private final List<Effect> effects = new ArrayList<>();
        private final Map<String, List<String>> names = new LinkedHashMap<>();

        private Contents(List<Entry> entries) {
            for (Entry entry : entries) {
                Instant at = Instant.parse(entry.at());
                if (entry.entry() == Entry.Kind.CALL) {
                    calls.add(new Call(at, entry.verb(), entry.token(), entry.object(), entry.detail()));
                }
                for (Entry.Mark mark : entry.marks()) {
                    effects.add(new Effect(
                            at,
                            entry.verb(),
                            entry.token(),
                            entry.detail(),
                            mark.thing(),
                            mark.object(),
                            mark.change()));
                }
                entry.leavesNetwork().ifPresent(network -> network.ports()
                        .forEach(port -> names.put(port.port(), port.hostNames())));
            }
        }

        /** Every call, questions too, in the order they came. */
        public List<Call> calls() {
            return List.copyOf(calls);
        }

        /** Every effect, in the order they happened. */
        public List<Effect> effects() {
            return List.copyOf(effects);
        }

        /** What happened to one thing. A NIC and its port have one id: tell them apart by {@link Effect#thing}. */
        public List<Effect> effects(String object) {
            return effects.stream()
                    .filter(effect -> effect.object().equals(object))
                    .toList();
        }

        /** The ids of what was made and not removed since, in the order they were made. */
        public Set<String> living(Thing thing) {
            Set<String> living = new LinkedHashSet<>();
            for (Effect effect : effects) {
                if (effect.thing() == thing && effect.change() == Change.MADE) {
                    living.add(effect.object());
                } else if (effect.thing() == thing && effect.change() == Change.REMOVED) {
                    living.remove(effect.object());
                }
            }
            return living;
        }

        /** The DNS names that lead to a port; of one that was removed, those that did. */
        public List<String> names(String port) {
            return names.getOrDefault(port, List.of());
        }

        /**
         * The ids of all that was made again while it was there, and of all that was restarted or reverted twice under one
         * token. Empty when every wish took effect once.
         */
        public Set<String> doubled() {
            Map<String, Integer> made = new LinkedHashMap<>();
            Set<String> once = new LinkedHashSet<>();
            Set<String> doubled = new LinkedHashSet<>();
            for (Effect effect : effects) {
                String key = effect.thing() + " " + effect.object();
                if (effect.change() == Change.REMOVED) {
                    made.remove(key);
                } else if (effect.change() == Change.MADE && made.merge(key, 1, Integer::sum) > 1) {
                    doubled.add(effect.object());
                } else if (oncePerToken(effect) && !once.add(key + " " + effect.verb() + " " + effect.token())) {
                    doubled.add(effect.object());
                }
            }
            return doubled;
        }

        private static boolean oncePerToken(Effect effect) {
            return effect.verb().equals(Verb.REVERT_SNAPSHOT.text())
                    || effect.detail().equals("RESTARTED");
        }
    }
}
