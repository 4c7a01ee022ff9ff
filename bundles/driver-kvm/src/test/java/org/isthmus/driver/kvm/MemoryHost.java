// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.isthmus.driver.kvm.host.HostCalls;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.host.Volumes;
import org.isthmus.driver.kvm.host.Volumes.Backing;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.Console;

/**
 * A host in memory that outlives the drivers opened on it. It can be cut off before or after any change, which to the
 * driver's logic is what a crash of either side is.
 */
final class MemoryHost implements Hypervisor {
    static final String NAME = "memory-1";
    private final MemoryDomains domains = new MemoryDomains(this);
    private final MemoryVolumes volumes = new MemoryVolumes(this);
    private final ReentrantLock lock = new ReentrantLock();
    private int changesLeft = Integer.MAX_VALUE;
    private boolean after;
    private boolean away;
    private int changes;

    /** Cuts the host off at its n-th change from now, counted from 0: before it happens or right after. */
    void cutAt(int change, boolean afterwards) {
        changesLeft = change;
        after = afterwards;
    }

    /** Brings it back; false when the cut never came. */
    boolean bringBack() {
        boolean was = away;
        away = false;
        changesLeft = Integer.MAX_VALUE;
        return was;
    }

    void goAway() {
        away = true;
    }

    int changes() {
        return changes;
    }

    MemoryDomains memory() {
        return domains;
    }

    MemoryVolumes files() {
        return volumes;
    }

    /** Every change of the host passes here. */
    void change(Runnable effect) {
        mustBeThere();
        if (changesLeft == 0 && !after) {
            away = true;
            mustBeThere();
        }
        effect.run();
        changes++;
        if (changesLeft == 0) {
            away = true;
            mustBeThere();
        }
        changesLeft--;
    }

    void mustBeThere() {
        if (away) {
            throw new DriverException(Kind.UNAVAILABLE, "The host in memory is cut off.");
        }
    }

    @Override
    public String hostName() {
        mustBeThere();
        return NAME;
    }

    @Override
    public Node node() {
        mustBeThere();
        return new Node(8, 4096);
    }

    @Override
    public String version() {
        return "0.0.1";
    }

    @Override
    public MemoryDomains domains() {
        mustBeThere();
        return domains;
    }

    @Override
    public Volumes volumes() {
        mustBeThere();
        return volumes;
    }

    /** A driver's way to it. */
    HostCalls calls() {
        return new HostCalls() {
            @Override
            public <T> T call(String what, Function<Hypervisor, T> body, Runnable afterwards) {
                lock.lock();
                try {
                    mustBeThere();
                    return body.apply(MemoryHost.this);
                } finally {
                    lock.unlock();
                    afterwards.run();
                }
            }

            @Override
            public void copy(String pool, String volume, InputStream content, long length, LongConsumer sent) {
                lock.lock();
                try {
                    volumes.write(pool, volume, content, length, sent);
                } catch (IOException e) {
                    throw new DriverException(Kind.UNAVAILABLE, e.getMessage(), e);
                } finally {
                    lock.unlock();
                }
            }

            @Override
            public Reading reading() {
                return new Reading() {
                    @Override
                    public byte[] read(String path, long offset, int length) {
                        lock.lock();
                        try {
                            return volumes.readPath(path, offset, length);
                        } finally {
                            lock.unlock();
                        }
                    }

                    @Override
                    public void close() {
                        // nothing is held
                    }
                };
            }

            @Override
            public Console.Session console(String uuid) {
                return domains.console(uuid);
            }

            @Override
            public void close() {
                // nothing is held
            }
        };
    }

    /** Files by pool and name. */
    static final class MemoryVolumes implements Volumes {
        private final MemoryHost host;
        private final Map<String, String> paths = new TreeMap<>();
        private final Map<String, Map<String, Content>> pools = new TreeMap<>();

        MemoryVolumes(MemoryHost host) {
            this.host = host;
        }

        record Content(String format, long capacity, List<Byte> bytes, Optional<String> over) {}

        private static List<Byte> boxed(byte[] bytes) {
            List<Byte> all = new ArrayList<>();
            for (byte one : bytes) {
                all.add(one);
            }
            return all;
        }

        private static byte[] unboxed(List<Byte> all) {
            byte[] bytes = new byte[all.size()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = all.get(i);
            }
            return bytes;
        }

        /** Puts a snapshot into the file at a path. */
        void snapshot(String path, String name) {
            at(path).ifPresent(where -> pools.get(where.getKey())
                    .computeIfPresent(
                            where.getValue(),
                            (key, old) -> new Content(
                                    old.format(),
                                    old.capacity(),
                                    boxed(MemoryQcow2.withSnapshot(unboxed(old.bytes()), name)),
                                    old.over())));
        }

        /** All names of all pools, in the test's own eyes. */
        List<String> everything() {
            List<String> all = new ArrayList<>();
            pools.values().forEach(pool -> all.addAll(pool.keySet()));
            return all;
        }

        @Override
        public String ensurePool(String name, String path) {
            if (!pools.containsKey(name)) {
                host.change(() -> {
                    pools.put(name, new TreeMap<>());
                    paths.put(name, path);
                });
            }
            return name;
        }

        @Override
        public Space space(String pool) {
            return new Space(1L << 40, 1L << 39);
        }

        @Override
        public List<String> names(String pool) {
            host.mustBeThere();
            return List.copyOf(pools.get(pool).keySet());
        }

        @Override
        public Optional<Volume> find(String pool, String name) {
            host.mustBeThere();
            return Optional.ofNullable(pools.get(pool).get(name))
                    .map(content -> new Volume(
                            name,
                            paths.get(pool) + "/" + name,
                            content.capacity(),
                            content.bytes().size(),
                            Instant.EPOCH,
                            content.over()));
        }

        @Override
        public void create(String pool, NewVolume wanted) {
            host.change(() -> {
                if (pools.get(pool).containsKey(wanted.name())) {
                    throw new DriverException(Kind.CONFLICT, wanted.name() + " is there already.");
                }
                wanted.backing().ifPresent(backing -> {
                    if (at(backing.path()).isEmpty()) {
                        throw new DriverException(Kind.BROKEN, "Nothing to lay a disk over: " + backing.path());
                    }
                });
                List<Byte> bytes = wanted.format().equals("qcow2")
                        ? boxed(MemoryQcow2.blank(wanted.capacity(), wanted.backing()))
                        : List.of();
                pools.get(pool)
                        .put(
                                wanted.name(),
                                new Content(
                                        wanted.format(),
                                        wanted.capacity(),
                                        bytes,
                                        wanted.backing().map(Backing::path)));
            });
        }

        @Override
        public void delete(String pool, String name) {
            if (pools.get(pool).containsKey(name)) {
                host.change(() -> pools.get(pool).remove(name));
            }
        }

        private Optional<Map.Entry<String, String>> at(String path) {
            String directory = path.substring(0, path.lastIndexOf('/'));
            String name = path.substring(path.lastIndexOf('/') + 1);
            return paths.entrySet().stream()
                    .filter(entry -> entry.getValue().equals(directory))
                    .filter(entry -> pools.get(entry.getKey()).containsKey(name))
                    .map(entry -> Map.entry(entry.getKey(), name))
                    .findFirst();
        }

        @Override
        public OptionalLong capacityOfPath(String path) {
            return at(path).isEmpty() ? OptionalLong.empty() : OptionalLong.of(capacity(path));
        }

        long capacity(String path) {
            return at(path).map(where ->
                            pools.get(where.getKey()).get(where.getValue()).capacity())
                    .orElse(0L);
        }

        @Override
        public boolean deletePath(String path) {
            at(path).ifPresent(where -> delete(where.getKey(), where.getValue()));
            return true;
        }

        @Override
        public boolean resizePath(String path, long bytes) {
            Optional<Map.Entry<String, String>> where = at(path);
            where.ifPresent(there -> host.change(() -> pools.get(there.getKey())
                    .computeIfPresent(
                            there.getValue(),
                            (name, old) -> new Content(old.format(), bytes, old.bytes(), old.over()))));
            return where.isPresent();
        }

        @Override
        public void write(String pool, String name, InputStream content, long length, LongConsumer sent)
                throws IOException {
            List<Byte> bytes = boxed(content.readNBytes((int) length));
            host.change(() -> pools.get(pool)
                    .computeIfPresent(
                            name, (key, old) -> new Content(old.format(), old.capacity(), bytes, old.over())));
            sent.accept(length);
        }

        @Override
        public byte[] read(String pool, String name, long offset, int length) {
            host.mustBeThere();
            List<Byte> bytes = pools.get(pool).get(name).bytes();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int i = (int) offset; i < Math.min(bytes.size(), offset + length); i++) {
                out.write(bytes.get(i));
            }
            return out.toByteArray();
        }

        @Override
        public Optional<Volume> findPath(String path) {
            host.mustBeThere();
            return at(path).flatMap(where -> find(where.getKey(), where.getValue()));
        }

        @Override
        public byte[] readPath(String path, long offset, int length) {
            host.mustBeThere();
            Map.Entry<String, String> where =
                    at(path).orElseThrow(() -> new DriverException(Kind.NOT_FOUND, "There is no file " + path + "."));
            return read(where.getKey(), where.getValue(), offset, length);
        }

        @Override
        public void refresh(String pool) {
            host.mustBeThere();
        }
    }

    /** A console that prints nothing and ends when it is taken over. */
    static final class MemoryConsole implements Console.Session {
        private boolean over;

        @Override
        public InputStream output() {
            return new InputStream() {
                @Override
                public int read() {
                    return read(new byte[1], 0, 1);
                }

                @Override
                public int read(byte[] into, int offset, int length) {
                    synchronized (MemoryConsole.this) {
                        while (!over) {
                            try {
                                MemoryConsole.this.wait();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                                return -1;
                            }
                        }
                    }
                    return -1;
                }
            };
        }

        @Override
        public OutputStream input() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public synchronized void close() {
            over = true;
            notifyAll();
        }
    }
}
