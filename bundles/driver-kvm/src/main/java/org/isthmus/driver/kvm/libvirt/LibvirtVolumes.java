// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.isthmus.driver.kvm.host.Volumes;
import org.isthmus.driver.kvm.xml.StorageXml;
import org.isthmus.driver.kvm.xml.Xml;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.libvirt.jna.CString;
import org.libvirt.jna.Libvirt;
import org.libvirt.jna.SizeT;
import org.libvirt.jna.StoragePoolPointer;
import org.libvirt.jna.StorageVolPointer;
import org.libvirt.jna.StreamPointer;
import org.libvirt.jna.virStoragePoolInfo;
import org.w3c.dom.Element;

/** Files on the host through libvirt's storage pools and streams. */
final class LibvirtVolumes implements Volumes {
    /** What libvirt sends in one message of a stream. */
    private static final int CHUNK = 256 * 1024;

    private static final int BUSY_ATTEMPTS = 40;
    private static final long BUSY_PAUSE_NANOS = 50_000_000L;

    private final Talk talk;
    private final Libvirt raw;

    LibvirtVolumes(Talk talk) {
        this.talk = talk;
        this.raw = talk.libvirt().raw();
    }

    private <T> T withPool(String what, String pool, Function<StoragePoolPointer, T> body) {
        StoragePoolPointer found = talk.need(what, () -> raw.virStoragePoolLookupByName(talk.connection(), pool));
        try {
            return body.apply(found);
        } finally {
            raw.virStoragePoolFree(found);
        }
    }

    private <T> T withVolume(String what, String pool, String name, Function<StorageVolPointer, T> body) {
        return withPool(what, pool, found -> {
            StorageVolPointer volume = talk.need(what, () -> raw.virStorageVolLookupByName(found, name));
            try {
                return body.apply(volume);
            } finally {
                raw.virStorageVolFree(volume);
            }
        });
    }

    @Override
    public String ensurePool(String name, String path) {
        String what = "make the storage pool " + name + " at " + path;
        Optional<StoragePoolPointer> found = pool(what, name);
        if (found.isPresent()) {
            return activated(what, found.orElseThrow());
        }
        Optional<String> other = poolAt(path);
        if (other.isPresent()) {
            // somebody else manages this directory with libvirt: two pools over one directory are refused
            return withPool(what, other.orElseThrow(), pool -> other.orElseThrow());
        }
        StoragePoolPointer made;
        try {
            made = talk.need(
                    what, () -> raw.virStoragePoolDefineXML(talk.connection(), StorageXml.pool(name, path), 0));
        } catch (DriverException refused) {
            // another call, or another controller, made it a moment ago; libvirt has no code for that
            made = pool(what, name).orElseThrow(() -> refused);
        }
        return activated(what, made);
    }

    private Optional<StoragePoolPointer> pool(String what, String name) {
        return talk.find(
                what, LibvirtErrors.NO_STORAGE_POOL, () -> raw.virStoragePoolLookupByName(talk.connection(), name));
    }

    private String activated(String what, StoragePoolPointer pool) {
        try {
            if (talk.check(what, () -> raw.virStoragePoolIsActive(pool)) == 0) {
                talk.check(what, () -> raw.virStoragePoolBuild(pool, 0));
                talk.checkUnless(
                        what, List.of(LibvirtErrors.OPERATION_INVALID), () -> raw.virStoragePoolCreate(pool, 0));
                talk.check(what, () -> raw.virStoragePoolSetAutostart(pool, 1));
            }
            return raw.virStoragePoolGetName(pool);
        } finally {
            raw.virStoragePoolFree(pool);
        }
    }

    private Optional<String> poolAt(String path) {
        String what = "list its storage pools";
        int count = talk.check(what, () -> raw.virConnectNumOfStoragePools(talk.connection()));
        CString[] names = new CString[count];
        int listed = count == 0
                ? 0
                : talk.check(what, () -> raw.virConnectListStoragePools(talk.connection(), names, count));
        for (int i = 0; i < listed; i++) {
            String name = names[i].toString();
            String xml = withPool(what, name, pool -> talk.text(what, () -> raw.virStoragePoolGetXMLDesc(pool, 0)));
            if (StorageXml.poolPath(xml).equals(Optional.of(path))) {
                return Optional.of(name);
            }
        }
        return Optional.empty();
    }

    @Override
    public Space space(String pool) {
        String what = "ask how much room there is";
        return withPool(what, pool, found -> {
            virStoragePoolInfo info = new virStoragePoolInfo();
            talk.check(what, () -> raw.virStoragePoolGetInfo(found, info));
            return new Space(info.capacity, info.available);
        });
    }

    @Override
    public List<String> names(String pool) {
        String what = "list its files";
        return withPool(what, pool, found -> {
            int count = talk.check(what, () -> raw.virStoragePoolNumOfVolumes(found));
            CString[] names = new CString[count];
            int listed = count == 0 ? 0 : talk.check(what, () -> raw.virStoragePoolListVolumes(found, names, count));
            List<String> all = new ArrayList<>();
            for (int i = 0; i < listed; i++) {
                all.add(names[i].toString());
            }
            return all;
        });
    }

    @Override
    public Optional<Volume> find(String pool, String name) {
        String what = "look for the file " + name;
        return withPool(what, pool, found -> {
            Optional<StorageVolPointer> volume =
                    talk.find(what, LibvirtErrors.NO_STORAGE_VOL, () -> raw.virStorageVolLookupByName(found, name));
            if (volume.isEmpty()) {
                return Optional.empty();
            }
            StorageVolPointer there = volume.orElseThrow();
            try {
                return Optional.of(read(name, talk.text(what, () -> raw.virStorageVolGetXMLDesc(there, 0))));
            } finally {
                raw.virStorageVolFree(there);
            }
        });
    }

    private static Volume read(String name, String xml) {
        Element volume = Xml.parse(xml);
        return new Volume(
                name,
                Xml.textAt(volume, "target", "path").orElse(""),
                Long.parseLong(Xml.textAt(volume, "capacity").orElse("0")),
                Long.parseLong(Xml.textAt(volume, "physical").orElse("0")),
                Instant.ofEpochSecond(seconds(
                        Xml.textAt(volume, "target", "timestamps", "mtime").orElse("0"))),
                Xml.textAt(volume, "backingStore", "path").filter(path -> !path.isEmpty()));
    }

    @Override
    public OptionalLong capacityOfPath(String path) {
        return findPath(path).map(volume -> OptionalLong.of(volume.capacity())).orElse(OptionalLong.empty());
    }

    @Override
    public Optional<Volume> findPath(String path) {
        String what = "look at the file " + path;
        Optional<StorageVolPointer> volume = byPath(what, path);
        if (volume.isEmpty()) {
            return Optional.empty();
        }
        StorageVolPointer there = volume.orElseThrow();
        try {
            return Optional.of(read(
                    path.substring(path.lastIndexOf('/') + 1),
                    talk.text(what, () -> raw.virStorageVolGetXMLDesc(there, 0))));
        } finally {
            raw.virStorageVolFree(there);
        }
    }

    // seconds, a point, nanoseconds
    private static long seconds(String time) {
        int point = time.indexOf('.');
        return Long.parseLong(point < 0 ? time : time.substring(0, point));
    }

    @Override
    public void create(String pool, NewVolume wanted) {
        String what = "make the file " + wanted.name();
        withPool(
                what,
                pool,
                found -> raw.virStorageVolFree(
                        talk.need(what, () -> raw.virStorageVolCreateXML(found, StorageXml.volume(wanted), 0))));
    }

    @Override
    public void delete(String pool, String name) {
        String what = "delete the file " + name;
        withPool(what, pool, found -> {
            Optional<StorageVolPointer> volume =
                    talk.find(what, LibvirtErrors.NO_STORAGE_VOL, () -> raw.virStorageVolLookupByName(found, name));
            volume.ifPresent(there -> delete(what, there));
            return null;
        });
    }

    private void delete(String what, StorageVolPointer volume) {
        try {
            talk.checkUnless(what, List.of(LibvirtErrors.NO_STORAGE_VOL), () -> raw.virStorageVolDelete(volume, 0));
        } finally {
            raw.virStorageVolFree(volume);
        }
    }

    @Override
    public boolean deletePath(String path) {
        String what = "delete the file " + path;
        Optional<StorageVolPointer> volume = byPath(what, path);
        volume.ifPresent(there -> delete(what, there));
        return volume.isPresent();
    }

    @Override
    public boolean resizePath(String path, long bytes) {
        String what = "grow the file " + path;
        Optional<StorageVolPointer> volume = byPath(what, path);
        volume.ifPresent(there -> {
            try {
                talk.check(what, () -> raw.virStorageVolResize(there, bytes, 0));
            } finally {
                raw.virStorageVolFree(there);
            }
        });
        return volume.isPresent();
    }

    private Optional<StorageVolPointer> byPath(String what, String path) {
        return talk.find(
                what, LibvirtErrors.NO_STORAGE_VOL, () -> raw.virStorageVolLookupByPath(talk.connection(), path));
    }

    @Override
    public void write(String pool, String name, InputStream content, long length, LongConsumer sent)
            throws IOException {
        String what = "write the file " + name;
        StreamPointer stream = talk.need(what, () -> raw.virStreamNew(talk.connection(), 0));
        boolean finished = false;
        try {
            withVolume(
                    what,
                    pool,
                    name,
                    volume -> talk.check(what, () -> raw.virStorageVolUpload(volume, stream, 0, length, 0)));
            long gone = 0;
            while (gone < length) {
                byte[] chunk = content.readNBytes((int) Math.min(CHUNK, length - gone));
                if (chunk.length == 0) {
                    throw new IOException("it ended after " + gone + " of " + length + " bytes");
                }
                send(what, stream, chunk);
                gone += chunk.length;
                sent.accept(gone);
            }
            talk.check(what, () -> raw.virStreamFinish(stream));
            finished = true;
        } finally {
            if (!finished) {
                raw.virStreamAbort(stream);
            }
            raw.virStreamFree(stream);
        }
    }

    private void send(String what, StreamPointer stream, byte[] chunk) {
        byte[] rest = chunk;
        while (rest.length > 0) {
            byte[] now = rest;
            int taken = talk.check(what, () -> talk.libvirt().more().virStreamSend(stream, now, new SizeT(now.length)));
            rest = Arrays.copyOfRange(rest, taken, rest.length);
        }
    }

    @Override
    public byte[] read(String pool, String name, long offset, int length) {
        String what = "read the file " + name;
        try {
            return withVolume(what, pool, name, volume -> read(what, volume, offset, length));
        } catch (DriverException e) {
            if (e.kind() == Kind.NOT_FOUND) {
                return new byte[0];
            }
            throw e;
        }
    }

    @Override
    public byte[] readPath(String path, long offset, int length) {
        String what = "read the file " + path;
        StorageVolPointer volume = talk.need(what, () -> raw.virStorageVolLookupByPath(talk.connection(), path));
        try {
            return read(what, volume, offset, length);
        } finally {
            raw.virStorageVolFree(volume);
        }
    }

    private byte[] read(String what, StorageVolPointer volume, long offset, int length) {
        StreamPointer stream = talk.need(what, () -> raw.virStreamNew(talk.connection(), 0));
        boolean finished = false;
        try {
            talk.check(what, () -> raw.virStorageVolDownload(volume, stream, offset, length, 0));
            byte[] all = new byte[length];
            int filled = 0;
            byte[] piece = new byte[Math.min(CHUNK, Math.max(1, length))];
            while (filled < length) {
                int got = talk.check(
                        what, () -> talk.libvirt().more().virStreamRecv(stream, piece, new SizeT(piece.length)));
                if (got == 0) {
                    break;
                }
                int kept = Math.min(got, length - filled);
                System.arraycopy(piece, 0, all, filled, kept);
                filled += kept;
            }
            talk.check(what, () -> raw.virStreamFinish(stream));
            finished = true;
            return Arrays.copyOf(all, filled);
        } finally {
            if (!finished) {
                raw.virStreamAbort(stream);
            }
            raw.virStreamFree(stream);
        }
    }

    /** Asks again for a moment: a pool in which a file is just being made is not looked through. */
    @Override
    public void refresh(String pool) {
        String what = "look through its files";
        withPool(what, pool, found -> {
            for (int i = 1; ; i++) {
                try {
                    return talk.check(what, () -> raw.virStoragePoolRefresh(found, 0));
                } catch (DriverException e) {
                    if (e.kind() != Kind.UNAVAILABLE || i == BUSY_ATTEMPTS) {
                        throw e;
                    }
                    LockSupport.parkNanos(BUSY_PAUSE_NANOS);
                }
            }
        });
    }
}
