// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.host;

import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import org.isthmus.driver.kvm.host.Volumes.Backing;
import org.isthmus.driver.kvm.host.Volumes.NewVolume;
import org.isthmus.driver.kvm.host.Volumes.Volume;
import org.isthmus.model.Ids;
import org.isthmus.model.Sha256;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ImageContent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images on a host, each copied there once and shared by the overlays of all its servers.
 *
 * <p>libvirt cannot rename a file, so a copy is made visible by a second, empty file beside it, {@code …ready}, written
 * once the first is whole and checked. Each copy has a name of its own, so that two controllers that copy the same image at
 * once do not write into one file; the first of the ready ones by name is used.
 */
public final class BaseImages {
    private static final Logger LOG = LoggerFactory.getLogger(BaseImages.class);
    private static final String READY = ".ready";
    private static final int HUNDRED = 100;
    /** A copy that nobody has written to for so long was left behind by a controller that died. */
    private static final Duration LEFT_BEHIND = Duration.ofHours(1);

    private static final long ROOM_TO_SPARE = 64L << 20;

    private final HostCalls calls;
    private final HostFiles files;
    private final DriverContext context;
    private final Ids ids;

    public BaseImages(HostCalls calls, HostFiles files, DriverContext context) {
        this.calls = calls;
        this.files = files;
        this.context = context;
        this.ids = new Ids(context.clock());
    }

    private static String prefix(ImageContent image) {
        return prefix(image.sha256());
    }

    private static String prefix(Sha256 image) {
        return "image-" + image.hex() + "-";
    }

    private static String format(ImageContent image) {
        return image.format().name().toLowerCase(Locale.ROOT);
    }

    /** The image as something to lay a disk over, when it is on the host. */
    public Optional<Backing> ready(Volumes volumes, String pool, ImageContent image) {
        return ready(volumes, pool, image.sha256()).map(volume -> new Backing(volume.path(), format(image)));
    }

    /** The file of an image that is on the host. */
    public Optional<Volume> ready(Volumes volumes, String pool, Sha256 image) {
        List<String> names = volumes.names(pool);
        return names.stream()
                .filter(name -> name.startsWith(prefix(image)) && name.endsWith(READY))
                .map(name -> name.substring(0, name.length() - READY.length()))
                .sorted()
                .map(name -> volumes.find(pool, name))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Breaks off the copying of an image; whoever still wants it begins anew. */
    public void breakOff(Sha256 image) {
        context.forget(key(image));
    }

    private static String key(Sha256 image) {
        return "base-" + image.hex();
    }

    /** Removes an image's files unless a disk lies over one of them. */
    public void removeUnused(Volumes volumes, String pool, Sha256 image) {
        List<String> names = volumes.names(pool);
        Set<String> used = new HashSet<>();
        for (String name : names) {
            if (!name.startsWith("image-")) {
                volumes.find(pool, name).flatMap(Volume::over).ifPresent(used::add);
            }
        }
        for (String name : names) {
            boolean file = name.startsWith(prefix(image)) && !name.endsWith(READY);
            Optional<Volume> there = file ? volumes.find(pool, name) : Optional.empty();
            if (there.isPresent()
                    && names.contains(name + READY)
                    && !used.contains(there.get().path())) {
                // nobody begins to use it from here on
                volumes.delete(pool, name + READY);
                volumes.delete(pool, name);
            }
        }
    }

    /**
     * Sees to it that the image is being copied, whoever asked first.
     *
     * @return how far it is in percent, or -1
     * @throws DriverException why the last attempt failed; the next call begins another
     */
    public int copying(ImageContent image) {
        String key = key(image.sha256());
        Optional<DriverContext.WorkState> work = context.work(key);
        if (work.isPresent() && work.orElseThrow().ended()) {
            context.forget(key);
            Exception failure = work.orElseThrow().failure().orElse(null);
            if (failure instanceof DriverException reason) {
                throw new DriverException(reason.kind(), reason.getMessage(), reason);
            }
            if (failure != null && !(failure instanceof InterruptedException)) {
                throw new DriverException(
                        Kind.UNAVAILABLE, "Copying the image to the host failed: " + failure.getMessage(), failure);
            }
            if (failure == null) {
                // it came to its end after the caller had looked; whoever looks again finds it, or begins anew
                return HUNDRED;
            }
        }
        context.start(key, report -> copy(image, report));
        return context.work(key).map(DriverContext.WorkState::percent).orElse(-1);
    }

    private void copy(ImageContent image, IntConsumer report) throws Exception {
        if (image.format() == ImageContent.Format.QCOW2) {
            try (InputStream content = image.open(0)) {
                Qcow2Header.check(content);
            }
        }
        String name = prefix(image) + ids.uuid() + "." + format(image);
        String pool = calls.call("make room for an image", host -> prepare(host.volumes(), image, name));
        boolean whole = false;
        try {
            send(image, pool, name, report);
            calls.call("check an image", host -> {
                verify(host.volumes(), pool, name, image);
                return null;
            });
            whole = true;
        } finally {
            if (!whole) {
                discard(pool, name);
            }
        }
        // from here on nobody takes it away again: the answer to this may get lost
        calls.call("make an image visible", host -> {
            host.volumes().create(pool, new NewVolume(name + READY, "raw", 1, false, Optional.empty()));
            return null;
        });
        LOG.info("Image {} is on the host", image.sha256());
    }

    private String prepare(Volumes volumes, ImageContent image, String name) {
        String pool = files.ensure(volumes).servers();
        clearLeftBehind(volumes, pool, image);
        long available = volumes.space(pool).available();
        if (available < image.sizeBytes() + ROOM_TO_SPARE) {
            throw new DriverException(
                    Kind.NO_CAPACITY,
                    "The host's storage has " + (available >> 20) + " MiB left, too little for an image of "
                            + (image.sizeBytes() >> 20) + " MiB.");
        }
        // raw whatever it holds: libvirt must not write a header of its own
        volumes.create(pool, new NewVolume(name, "raw", image.sizeBytes(), true, Optional.empty()));
        return pool;
    }

    private void clearLeftBehind(Volumes volumes, String pool, ImageContent image) {
        Instant before = context.clock().instant().minus(LEFT_BEHIND);
        List<String> names = volumes.names(pool);
        for (String name : names) {
            boolean half = name.startsWith(prefix(image)) && !name.endsWith(READY) && !names.contains(name + READY);
            if (half
                    && volumes.find(pool, name)
                            .map(Volume::changed)
                            .filter(before::isAfter)
                            .isPresent()) {
                volumes.delete(pool, name);
            }
        }
    }

    private void send(ImageContent image, String pool, String name, IntConsumer report)
            throws IOException, InterruptedException {
        MessageDigest digest = Sha256.digest();
        long length = image.sizeBytes();
        try (DigestInputStream content = new DigestInputStream(image.open(0), digest)) {
            calls.copy(
                    pool, name, content, length, sent -> report.accept((int) (sent * HUNDRED / Math.max(1, length))));
        }
        Sha256 sent = new Sha256(HexFormat.of().formatHex(digest.digest()));
        if (!sent.equals(image.sha256())) {
            throw new DriverException(
                    Kind.BROKEN,
                    "The image store gave other bytes than its checksum says: " + sent + " in place of "
                            + image.sha256() + ". Upload the image again.");
        }
    }

    private static void verify(Volumes volumes, String pool, String name, ImageContent image) {
        volumes.refresh(pool);
        Volume volume = volumes.find(pool, name)
                .orElseThrow(() ->
                        new DriverException(Kind.UNAVAILABLE, "The image vanished from the host while it was copied."));
        if (volume.length() != image.sizeBytes() || volume.capacity() != image.virtualSizeBytes()) {
            throw new DriverException(
                    Kind.UNAVAILABLE,
                    "The host has " + volume.length() + " of " + image.sizeBytes() + " bytes of the image, a disk of "
                            + volume.capacity() + " where " + image.virtualSizeBytes() + " was said.");
        }
    }

    private void discard(String pool, String name) {
        try {
            calls.call("remove half an image", host -> {
                host.volumes().delete(pool, name);
                return null;
            });
        } catch (DriverException e) {
            // without its ready file nobody uses it, and the next copy of this image clears it away
            LOG.debug("Half an image stays for now: {}", e.getMessage());
        }
    }
}
