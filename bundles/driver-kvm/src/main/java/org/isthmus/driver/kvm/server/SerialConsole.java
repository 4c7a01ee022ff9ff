// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.isthmus.driver.kvm.host.HostFiles;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.host.Volumes;
import org.isthmus.driver.kvm.host.Volumes.Volume;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.Console;

/**
 * The serial console, live and as its log. The host itself (virtlogd) writes the log, and begins a new file when it grows
 * large; the file before is read as well where the last one holds too little.
 */
public final class SerialConsole {
    private static final int MOST = 1 << 20;
    /** virtlogd's name for the file before. */
    private static final String BEFORE = ".0";

    private final Endpoint endpoint;

    public SerialConsole(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    public Console.Session open(String ref) {
        endpoint.calls().call("open the console", host -> {
            if (!Found.ours(host, ref).active()) {
                throw new DriverException(
                        Kind.CONFLICT, "The server " + ref + " is off and has no console; start it first.");
            }
            return null;
        });
        return endpoint.calls().console(ref);
    }

    public byte[] log(String ref, int maxBytes) {
        if (maxBytes < 1 || maxBytes > MOST) {
            throw new DriverException(Kind.INVALID, "Ask for 1 to " + MOST + " bytes of the console's log.");
        }
        return endpoint.calls().call("read the console's log", host -> {
            Optional<String> path = Found.ours(host, ref).view().consoleLog();
            return path.map(file -> tail(host, file, maxBytes)).orElse(new byte[0]);
        });
    }

    private byte[] tail(Hypervisor host, String path, int maxBytes) {
        if (endpoint.local() && Files.isReadable(Path.of(path))) {
            byte[] last = localTail(Path.of(path), maxBytes);
            return last.length == maxBytes
                    ? last
                    : join(localTail(Path.of(path + BEFORE), maxBytes - last.length), last);
        }
        HostFiles.Pools pools = endpoint.files().ensure(host.volumes());
        host.volumes().refresh(pools.logs());
        String name = path.substring(path.lastIndexOf('/') + 1);
        byte[] last = remoteTail(host.volumes(), pools.logs(), name, maxBytes);
        return last.length == maxBytes
                ? last
                : join(remoteTail(host.volumes(), pools.logs(), name + BEFORE, maxBytes - last.length), last);
    }

    private static byte[] localTail(Path path, int maxBytes) {
        if (!Files.isReadable(path)) {
            return new byte[0];
        }
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            long length = file.length();
            byte[] bytes = new byte[(int) Math.min(maxBytes, length)];
            file.seek(length - bytes.length);
            file.readFully(bytes);
            return bytes;
        } catch (IOException e) {
            throw new DriverException(Kind.UNAVAILABLE, "The console's log could not be read: " + e.getMessage(), e);
        }
    }

    private static byte[] remoteTail(Volumes volumes, String pool, String name, int maxBytes) {
        Optional<Volume> log = volumes.find(pool, name);
        if (log.isEmpty() || log.orElseThrow().length() == 0) {
            return new byte[0];
        }
        long length = log.orElseThrow().length();
        int wanted = (int) Math.min(maxBytes, length);
        return volumes.read(pool, name, length - wanted, wanted);
    }

    private static byte[] join(byte[] before, byte[] after) {
        byte[] all = Arrays.copyOf(before, before.length + after.length);
        System.arraycopy(after, 0, all, before.length, after.length);
        return all;
    }
}
