// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.isthmus.driver.fake.FakeServer.FakeContent;
import org.isthmus.driver.fake.FakeServer.FakeDisk;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.MacAddress;
import org.isthmus.spi.compute.ImageImport.ImageSpec;
import org.isthmus.spi.compute.ImageImport.SeenImage;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.spi.compute.Shape.ShapeNic;

/**
 * An image of the fake far end, as the ledger keeps it.
 *
 * @param image whose copy it is; empty text for a template somebody else made
 * @param token what made it; empty text when somebody else did
 * @param os empty text where nobody says
 */
record FakeImage(
        String ref,
        String image,
        String token,
        String name,
        int cpus,
        long memoryMiB,
        Shape.Firmware firmware,
        String os,
        List<FakeDisk> disks,
        List<FakePlug> nics) {
    FakeImage {
        image = Objects.requireNonNullElse(image, "");
        token = Objects.requireNonNullElse(token, "");
        os = Objects.requireNonNullElse(os, "");
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
    }

    /** An interface of an image; {@code mac} is an empty text where it has none. */
    record FakePlug(String mac, String network) {}

    static FakeImage copy(String token, ImageSpec spec, List<FakeContent> contents) {
        List<FakeDisk> disks = new ArrayList<>();
        for (ShapeDisk disk : spec.shape().disks()) {
            long bytes = Math.max(
                    disk.virtualSizeBytes(), spec.disks().get(disks.size()).virtualSizeBytes());
            disks.add(new FakeDisk(disk.id(), bytes, contents.get(disks.size())));
        }
        String id = spec.image().value();
        return of("copy-" + id, id, token, spec.name().value(), spec.shape(), disks);
    }

    static FakeImage stranger(String ref, String name, Shape shape) {
        List<FakeDisk> disks = shape.disks().stream()
                .map(disk -> new FakeDisk(disk.id(), disk.virtualSizeBytes()))
                .toList();
        return of(ref, "", "", name, shape, disks);
    }

    private static FakeImage of(
            String ref, String image, String token, String name, Shape shape, List<FakeDisk> disks) {
        List<FakePlug> nics = shape.nics().stream()
                .map(nic -> new FakePlug(nic.mac().map(MacAddress::value).orElse(""), nic.network()))
                .toList();
        return new FakeImage(
                ref,
                image,
                token,
                name,
                shape.cpus(),
                shape.memoryMiB(),
                shape.firmware(),
                shape.os().orElse(""),
                disks,
                nics);
    }

    boolean managed() {
        return !image.isEmpty();
    }

    Shape shape() {
        return new Shape(
                cpus,
                memoryMiB,
                firmware,
                Optional.of(os).filter(text -> !text.isEmpty()),
                disks.stream()
                        .map(disk -> new ShapeDisk(disk.id(), disk.sizeBytes()))
                        .toList(),
                nics.stream()
                        .map(nic -> new ShapeNic(
                                Optional.of(nic.mac())
                                        .filter(text -> !text.isEmpty())
                                        .map(MacAddress::new),
                                nic.network()))
                        .toList());
    }

    SeenImage seen() {
        return new SeenImage(
                ref,
                name,
                managed() ? Optional.of(new ImageId(image)) : Optional.empty(),
                managed() ? Optional.of(token) : Optional.empty(),
                managed(),
                shape(),
                disks.stream().mapToLong(FakeDisk::sizeBytes).sum());
    }
}
