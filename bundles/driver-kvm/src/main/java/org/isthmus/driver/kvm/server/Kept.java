// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.host.SmallFiles;
import org.isthmus.driver.kvm.host.Volumes;
import org.isthmus.driver.kvm.host.Volumes.Backing;
import org.isthmus.driver.kvm.host.Volumes.Volume;
import org.isthmus.driver.kvm.xml.Xml;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Sha256;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageContent.Format;
import org.isthmus.spi.compute.ImageImport.ImageSpec;
import org.isthmus.spi.compute.ImageImport.Imported;
import org.isthmus.spi.compute.ImageImport.SeenImage;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.spi.compute.Shape.ShapeNic;
import org.w3c.dom.Element;

/**
 * Images that are kept on the host ahead of time. Their contents are the same files that servers lie over; a small file
 * beside them says which image they are, and whose wish it was. Its reference is the image's id.
 */
public final class Kept {
    private static final String PREFIX = "kept-";
    private static final Duration SOON = Duration.ofMillis(500);
    private static final List<Format> FORMATS = List.of(Format.QCOW2, Format.RAW);

    private final Endpoint endpoint;
    /** What imports that are under way copy, to be broken off. */
    private final Map<ImageId, Set<Sha256>> copying = new ConcurrentHashMap<>();

    public Kept(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** The content of a disk of a copy. */
    private record Content(Sha256 sha256, Format format) {}

    /** A file of a copy. */
    record KeptFile(Volume volume, String format) {}

    /** A copy that is whole. */
    record Copy(ImageId image, String token, String name, Shape shape, List<Content> contents) {
        private String text() {
            Element root = Xml.root("kept", "image", image.value(), "token", token, "name", name);
            root.setAttribute("cpus", String.valueOf(shape.cpus()));
            root.setAttribute("memoryMiB", String.valueOf(shape.memoryMiB()));
            root.setAttribute("firmware", shape.firmware().name());
            shape.os().ifPresent(os -> root.setAttribute("os", os));
            for (int place = 0; place < contents.size(); place++) {
                ShapeDisk disk = shape.disks().get(place);
                Content content = contents.get(place);
                Element element = Xml.add(root, "disk", "id", disk.id());
                element.setAttribute("bytes", String.valueOf(disk.virtualSizeBytes()));
                element.setAttribute("sha256", content.sha256().hex());
                element.setAttribute("format", content.format().name());
            }
            for (ShapeNic nic : shape.nics()) {
                Element element = Xml.add(root, "nic", "network", nic.network());
                nic.mac().ifPresent(mac -> element.setAttribute("mac", mac.value()));
            }
            return Xml.write(root);
        }

        /** Empty for a file that was not written to its end. */
        private static Optional<Copy> read(String text) {
            try {
                Element root = Xml.parse(text);
                List<ShapeDisk> disks = new ArrayList<>();
                List<Content> contents = new ArrayList<>();
                for (Element disk : Xml.children(root, "disk")) {
                    disks.add(new ShapeDisk(disk.getAttribute("id"), Long.parseLong(disk.getAttribute("bytes"))));
                    contents.add(new Content(
                            new Sha256(disk.getAttribute("sha256")), Format.valueOf(disk.getAttribute("format"))));
                }
                List<ShapeNic> nics = Xml.children(root, "nic").stream()
                        .map(nic -> new ShapeNic(
                                Xml.attribute(nic, "mac").map(MacAddress::new), nic.getAttribute("network")))
                        .toList();
                Shape shape = new Shape(
                        Integer.parseInt(root.getAttribute("cpus")),
                        Long.parseLong(root.getAttribute("memoryMiB")),
                        Shape.Firmware.valueOf(root.getAttribute("firmware")),
                        Xml.attribute(root, "os"),
                        disks,
                        nics);
                return Optional.of(new Copy(
                        new ImageId(root.getAttribute("image")),
                        root.getAttribute("token"),
                        root.getAttribute("name"),
                        shape,
                        contents));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }
    }

    private static String file(ImageId image) {
        return PREFIX + image + ".xml";
    }

    private String pool(Hypervisor host) {
        return endpoint.files().ensure(host.volumes()).servers();
    }

    /** The copy of this reference. */
    Optional<Copy> find(Hypervisor host, String ref) {
        return Id.looksLike(ImageId.PREFIX, ref) ? find(host, pool(host), file(new ImageId(ref))) : Optional.empty();
    }

    private static Optional<Copy> find(Hypervisor host, String pool, String file) {
        return host.volumes().find(pool, file).flatMap(there -> {
            byte[] text = host.volumes().read(pool, file, 0, Math.toIntExact(there.length()));
            return Copy.read(new String(text, StandardCharsets.UTF_8));
        });
    }

    private static List<Copy> all(Hypervisor host, String pool) {
        return host.volumes().names(pool).stream()
                .filter(name -> name.startsWith(PREFIX))
                .sorted()
                .map(name -> find(host, pool, name))
                .flatMap(Optional::stream)
                .toList();
    }

    /** The files of a copy, in the order of its disks. */
    List<KeptFile> files(Hypervisor host, Copy copy) {
        String pool = pool(host);
        List<KeptFile> files = new ArrayList<>();
        for (Content content : copy.contents()) {
            Volume volume = endpoint.images()
                    .ready(host.volumes(), pool, content.sha256())
                    .orElseThrow(() -> new DriverException(
                            Kind.NOT_FOUND,
                            "A file of the image " + copy.image() + " was taken from the host; import it again."));
            files.add(new KeptFile(volume, content.format().name().toLowerCase(java.util.Locale.ROOT)));
        }
        return files;
    }

    /** What the first disks of a server of a template lie over; none for a server of no template. */
    List<Backing> backings(Hypervisor host, ServerSpec spec) {
        if (spec.template().isEmpty()) {
            return List.of();
        }
        String ref = spec.template().get();
        Copy copy = find(host, ref)
                .orElseThrow(() -> new DriverException(Kind.NOT_FOUND, "There is no image " + ref + " on this host."));
        List<KeptFile> files = files(host, copy);
        for (int place = 0; place < files.size(); place++) {
            if (place >= spec.disks().size()
                    || spec.disks().get(place).image().isPresent()
                    || spec.disks().get(place).sizeBytes()
                            < files.get(place).volume().capacity()) {
                throw new DriverException(
                        Kind.INVALID,
                        "The first disks of a server of the image " + ref
                                + " are its own, at least as large and without content.");
            }
        }
        return files.stream()
                .map(file -> new Backing(file.volume().path(), file.format()))
                .toList();
    }

    /** Copies what is not on the host yet, and then says so in one small file. */
    public Progress<Imported> keep(Call call, ImageSpec image) {
        for (ImageContent content : image.disks()) {
            if (!FORMATS.contains(content.format())) {
                throw new DriverException(
                        Kind.INVALID, "A KVM host takes qcow2 and raw images, not " + content.format() + ".");
            }
        }
        Runnable turn = endpoint.turns().take(image.image());
        List<ImageContent> missing = endpoint.calls().call("keep the image", host -> missing(host, call, image), turn);
        if (missing.isEmpty()) {
            copying.remove(image.image());
            return Progress.done(new Imported(image.image().value()));
        }
        Set<Sha256> wanted = copying.computeIfAbsent(image.image(), any -> ConcurrentHashMap.newKeySet());
        int percent = 100;
        for (ImageContent content : missing) {
            wanted.add(content.sha256());
            percent = Math.min(percent, endpoint.images().copying(content));
        }
        return new Progress.Pending<>("copying the image to the host", SOON, percent);
    }

    private List<ImageContent> missing(Hypervisor host, Call call, ImageSpec image) {
        String pool = pool(host);
        Optional<Copy> there = find(host, pool, file(image.image()));
        if (there.isPresent()) {
            if (!there.get().token().equals(call.token())) {
                throw new DriverException(
                        Kind.CONFLICT, "The image " + image.image() + " is kept here already, by another call.");
            }
            return List.of();
        }
        List<ImageContent> missing = image.disks().stream()
                .filter(content ->
                        endpoint.images().ready(host.volumes(), pool, content).isEmpty())
                .toList();
        if (missing.isEmpty()) {
            Copy copy = new Copy(
                    image.image(),
                    call.token(),
                    image.name().value(),
                    image.shape(),
                    image.disks().stream()
                            .map(content -> new Content(content.sha256(), content.format()))
                            .toList());
            SmallFiles.replace(
                    host.volumes(), pool, file(image.image()), copy.text().getBytes(StandardCharsets.UTF_8));
        }
        return missing;
    }

    /** Takes the small file away, and those contents that neither another image nor a disk wants. */
    public Progress<Void> remove(ImageId image) {
        Set<Sha256> contents =
                new HashSet<>(Optional.ofNullable(copying.remove(image)).orElse(Set.of()));
        contents.forEach(endpoint.images()::breakOff);
        Runnable turn = endpoint.turns().take(image);
        return endpoint.calls()
                .call(
                        "remove the image",
                        host -> {
                            String pool = pool(host);
                            find(host, pool, file(image))
                                    .ifPresent(copy -> copy.contents().forEach(each -> contents.add(each.sha256())));
                            host.volumes().delete(pool, file(image));
                            all(host, pool)
                                    .forEach(other -> other.contents().forEach(each -> contents.remove(each.sha256())));
                            Volumes volumes = host.volumes();
                            contents.forEach(each -> endpoint.images().removeUnused(volumes, pool, each));
                            return Progress.done();
                        },
                        turn);
    }

    public List<SeenImage> list() {
        return endpoint.calls().call("list the images", host -> {
            String pool = pool(host);
            return all(host, pool).stream().map(copy -> seen(host, pool, copy)).toList();
        });
    }

    private SeenImage seen(Hypervisor host, String pool, Copy copy) {
        long bytes = copy.contents().stream()
                .map(content -> endpoint.images().ready(host.volumes(), pool, content.sha256()))
                .mapToLong(volume -> volume.map(Volume::length).orElse(0L))
                .sum();
        return new SeenImage(
                copy.image().value(),
                copy.name(),
                Optional.of(copy.image()),
                Optional.of(copy.token()),
                true,
                copy.shape(),
                bytes);
    }
}
