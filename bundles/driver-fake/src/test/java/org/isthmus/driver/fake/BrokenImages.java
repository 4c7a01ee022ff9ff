// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.tck.Rule;

/** Facets of images that each break one rule. */
final class BrokenImages {
    private static final long MIB = 1L << 20;

    private BrokenImages() {}

    /** Reads disks out, wrongly in this rule. */
    static final class Exports implements ImageExport {
        private final Rule rule;
        private final Broken memory;
        private final ComputeDriver driver;
        private final ImageExport sound;

        Exports(Rule rule, Broken memory, ComputeDriver driver) {
            this.rule = rule;
            this.memory = memory;
            this.driver = driver;
            this.sound = driver.facet(ImageExport.class).orElseThrow();
        }

        @Override
        public Shape shape(String ref) {
            return switch (rule) {
                case E01 -> otherMemory(sound.shape(ref));
                case E06 -> Broken.refusingAs(Kind.NOT_FOUND, Kind.INVALID, () -> sound.shape(ref));
                case E09 -> Broken.refusingAs(Kind.UNAVAILABLE, Kind.NOT_FOUND, () -> sound.shape(ref));
                default -> sound.shape(ref);
            };
        }

        private static Shape otherMemory(Shape shape) {
            return new Shape(
                    shape.cpus(), shape.memoryMiB() + 1, shape.firmware(), shape.os(), shape.disks(), shape.nics());
        }

        @Override
        public Progress<Void> exportImage(Call call, String ref, Optional<SnapshotId> snapshot, ImageSink sink) {
            return switch (rule) {
                case E02 -> sound.exportImage(call, ref, snapshot, new Spoiling(sink, false));
                case E03 -> memory.names.contains(call.token())
                        ? sound.exportImage(call, ref, snapshot, new Spoiling(sink, true))
                        : memory.noting(call.token(), sound.exportImage(call, ref, snapshot, sink));
                case E04 -> Broken.refusingAs(
                        Kind.UNAVAILABLE, Kind.BROKEN, () -> sound.exportImage(call, ref, snapshot, sink));
                case E05 -> Broken.insteadOf(
                        Kind.CONFLICT, Progress.done(), () -> sound.exportImage(call, ref, snapshot, sink));
                case E06 -> Broken.refusingAs(
                        Kind.NOT_FOUND, Kind.INVALID, () -> sound.exportImage(call, ref, snapshot, sink));
                case E08 -> {
                    if (snapshot.isPresent() && on(ref)) {
                        throw Broken.refused(Kind.CONFLICT);
                    }
                    yield sound.exportImage(call, ref, snapshot, sink);
                }
                default -> sound.exportImage(call, ref, snapshot, sink);
            };
        }

        private boolean on(String ref) {
            return driver.list().stream().anyMatch(seen -> seen.ref().equals(ref) && seen.power() == Power.ON);
        }

        @Override
        public Progress<Void> abandonExport(Call call, String ref) {
            if (rule == Rule.E07 && memory.names.contains("abandoned " + ref)) {
                throw Broken.refused(Kind.NOT_FOUND);
            }
            return memory.noting("abandoned " + ref, sound.abandonExport(call, ref));
        }
    }

    /** Changes the first byte of every disk, where asked to also of one that is there already. */
    private record Spoiling(ImageExport.ImageSink sink, boolean anew) implements ImageExport.ImageSink {
        @Override
        public OutputStream open(int disk, ImageContent.Format format, long offset) throws IOException {
            return new FilterOutputStream(sink.open(disk, format, offset)) {
                private long at = offset;

                @Override
                public void write(int one) throws IOException {
                    out.write(at++ == 0 ? one ^ 1 : one);
                }
            };
        }

        @Override
        public long written(int disk) throws IOException {
            return anew ? 0 : sink.written(disk);
        }

        @Override
        public void whole(int disk, long sizeBytes) throws IOException {
            sink.whole(disk, sizeBytes);
        }
    }

    /** Keeps copies, wrongly in this rule. */
    static final class Copies implements ImageImport {
        private final Rule rule;
        private final Broken memory;
        private final ImageImport sound;
        /** Since it was opened. */
        private boolean asked;

        Copies(Rule rule, Broken memory, ComputeDriver driver) {
            this.rule = rule;
            this.memory = memory;
            this.sound = driver.facet(ImageImport.class).orElseThrow();
        }

        @Override
        public Progress<Imported> importImage(Call call, ImageSpec image) {
            asked = true;
            Imported made = new Imported("made-" + image.image());
            return switch (rule) {
                case I02 -> memory.names.contains(call.token())
                        ? Progress.done(made)
                        : memory.noting(call.token(), sound.importImage(call, image));
                case I03 -> Broken.insteadOf(Kind.CONFLICT, Progress.done(made), () -> sound.importImage(call, image));
                case I04 -> Broken.insteadOf(Kind.INVALID, Progress.done(made), () -> sound.importImage(call, image));
                case I05 -> Broken.insteadOf(Kind.BROKEN, Progress.done(made), () -> sound.importImage(call, image));
                default -> memory.noting("imported " + image.image(), sound.importImage(call, image));
            };
        }

        @Override
        public Progress<Void> removeImage(Call call, ImageId image, Optional<String> ref) {
            if (rule == Rule.I08 && memory.names.contains("removed " + image)) {
                throw Broken.refused(Kind.NOT_FOUND);
            }
            if (rule == Rule.I09 && !memory.names.contains("imported " + image)) {
                return Progress.done();
            }
            return memory.noting("removed " + image, sound.removeImage(call, image, ref));
        }

        @Override
        public List<SeenImage> images() {
            return switch (rule) {
                case I01 -> sound.images().stream().map(Copies::larger).toList();
                case I10 -> asked ? sound.images() : List.of();
                case I11 -> Broken.insteadOf(Kind.UNAVAILABLE, List.of(), sound::images);
                default -> sound.images();
            };
        }

        private static SeenImage larger(SeenImage seen) {
            Shape shape = seen.shape();
            List<ShapeDisk> disks = shape.disks().stream()
                    .map(disk -> new ShapeDisk(disk.id(), disk.virtualSizeBytes() + 512))
                    .toList();
            Shape other = new Shape(shape.cpus(), shape.memoryMiB(), shape.firmware(), shape.os(), disks, shape.nics());
            return new SeenImage(
                    seen.ref(), seen.name(), seen.image(), seen.token(), seen.managed(), other, seen.sizeBytes());
        }
    }

    /** Makes servers of templates, wrongly in this rule. */
    static ComputeDriver making(Rule rule, ComputeDriver sound) {
        return new ForwardingCompute(sound) {
            @Override
            public Progress<Created> create(Call call, ServerSpec spec) {
                if (rule == Rule.I06 && spec.template().isPresent()) {
                    return sound.create(call, smaller(spec));
                }
                return rule == Rule.I07
                        ? Broken.refusingAs(Kind.NOT_FOUND, Kind.INVALID, () -> sound.create(call, spec))
                        : sound.create(call, spec);
            }
        };
    }

    private static ServerSpec smaller(ServerSpec spec) {
        List<DiskSpec> disks = spec.disks().stream()
                .map(disk ->
                        disk.sizeBytes() > MIB ? new DiskSpec(disk.id(), disk.sizeBytes() - MIB, disk.image()) : disk)
                .toList();
        return new ServerSpec(
                spec.server(),
                spec.name(),
                spec.host(),
                spec.cpus(),
                spec.memoryMiB(),
                disks,
                spec.nics(),
                spec.seed(),
                spec.firmware(),
                spec.template());
    }
}
