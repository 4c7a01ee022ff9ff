// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Adoptable;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.Created;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.spi.compute.Console;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.Metered;
import org.isthmus.spi.compute.Resizable;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.compute.Snapshots;
import org.isthmus.tck.Rule;

/** Compute drivers that each break one rule of a facet, made of a sound one. */
final class BrokenFacets {
    private BrokenFacets() {}

    /** The sound driver, broken in this rule. */
    static ComputeDriver breaking(Rule rule, Broken memory, ComputeDriver sound) {
        return switch (rule.area()) {
            case RESIZABLE -> with(sound, Resizable.class, resizing(rule, part(sound, Resizable.class)));
            case ATTACHABLE -> with(sound, Attachable.class, attaching(rule, memory, sound));
            case SNAPSHOTS -> snapping(rule, memory, sound);
            case CONSOLE -> with(sound, Console.class, showing(rule, memory, part(sound, Console.class)));
            case METERED -> with(sound, Metered.class, metering(rule, memory, sound));
            case ADOPTABLE -> adopting(rule, memory, sound);
            case IMAGE_EXPORT -> with(sound, ImageExport.class, new BrokenImages.Exports(rule, memory, sound));
            case IMAGE_IMPORT -> BrokenImages.making(
                    rule, with(sound, ImageImport.class, new BrokenImages.Copies(rule, memory, sound)));
            default -> throw new IllegalArgumentException("No facet is broken by " + rule);
        };
    }

    private static <F> F part(ComputeDriver sound, Class<F> facet) {
        return sound.facet(facet).orElseThrow();
    }

    private static <P> ComputeDriver with(ComputeDriver sound, Class<P> facet, P broken) {
        return new ForwardingCompute(sound) {
            @Override
            public <F> Optional<F> facet(Class<F> type) {
                return type == facet ? Optional.of(type.cast(broken)) : sound.facet(type);
            }
        };
    }

    private static Resizable resizing(Rule rule, Resizable sound) {
        return (call, ref, cpus, memoryMiB) -> switch (rule) {
            case R01 -> sound.resize(call, ref, 1, memoryMiB);
            case R02 -> {
                if (cpus == 1 && !ref.isEmpty() && memoryMiB == 64) {
                    yield refusingTheSame(sound.resize(call, ref, cpus, memoryMiB));
                }
                yield sound.resize(call, ref, cpus, memoryMiB);
            }
            case R03 -> Broken.insteadOf(
                    Kind.CONFLICT, Progress.done(), () -> sound.resize(call, ref, cpus, memoryMiB));
            default -> Broken.insteadOf(
                    Kind.NOT_FOUND, Progress.done(), () -> sound.resize(call, ref, cpus, memoryMiB));
        };
    }

    /** A server that is not there has been refused before this. */
    private static Progress<Void> refusingTheSame(Progress<Void> answer) {
        if (answer instanceof Progress.Done<Void>) {
            throw Broken.refused(Kind.CONFLICT);
        }
        return answer;
    }

    private static boolean on(ComputeDriver sound, String ref) {
        return sound.list().stream().anyMatch(seen -> seen.ref().equals(ref) && seen.power() == Power.ON);
    }

    private static Attachable attaching(Rule rule, Broken memory, ComputeDriver driver) {
        return new ForwardingFacets.Disks(part(driver, Attachable.class)) {
            @Override
            public Progress<Void> attachDisk(Call call, String ref, DiskSpec disk) {
                if (rule == Rule.A01 && memory.names.contains(disk.id().value())) {
                    String other = Broken.otherId(disk.id().value());
                    return sound.attachDisk(call, ref, new DiskSpec(new DiskId(other), disk.sizeBytes(), disk.image()));
                }
                if (rule == Rule.A07) {
                    return Broken.insteadOf(Kind.NOT_FOUND, Progress.done(), () -> sound.attachDisk(call, ref, disk));
                }
                if (rule == Rule.A08 && on(driver, ref)) {
                    throw Broken.refused(Kind.CONFLICT);
                }
                return memory.noting(disk.id().value(), sound.attachDisk(call, ref, disk));
            }

            @Override
            public Progress<Void> detachDisk(Call call, String ref, DiskId disk) {
                if (rule == Rule.A02 && memory.names.contains("detached " + disk)) {
                    throw Broken.refused(Kind.NOT_FOUND);
                }
                if (rule == Rule.A03) {
                    return Broken.refusingAs(Kind.INVALID, Kind.CONFLICT, () -> sound.detachDisk(call, ref, disk));
                }
                return memory.noting("detached " + disk, sound.detachDisk(call, ref, disk));
            }

            @Override
            public Progress<Void> growDisk(Call call, String ref, DiskId disk, long sizeBytes) {
                long before = Long.parseLong(memory.notes.getOrDefault(disk.value(), "0"));
                if (rule == Rule.A04 && sizeBytes < before) {
                    throw Broken.refused(Kind.INVALID);
                }
                memory.notes.put(disk.value(), String.valueOf(sizeBytes));
                return sound.growDisk(call, ref, disk, sizeBytes);
            }

            @Override
            public Progress<Void> attachNic(Call call, String ref, NicSpec nic) {
                if (rule == Rule.A05 && memory.names.contains(nic.id().value())) {
                    String other = Broken.otherId(nic.id().value());
                    return sound.attachNic(call, ref, new NicSpec(new NicId(other), nic.mac(), nic.binding()));
                }
                return memory.noting(nic.id().value(), sound.attachNic(call, ref, nic));
            }

            @Override
            public Progress<Void> detachNic(Call call, String ref, NicId nic) {
                if (rule == Rule.A06 && memory.names.contains("detached " + nic)) {
                    throw Broken.refused(Kind.NOT_FOUND);
                }
                return memory.noting("detached " + nic, sound.detachNic(call, ref, nic));
            }
        };
    }

    private static ComputeDriver snapping(Rule rule, Broken memory, ComputeDriver driver) {
        Snapshots broken = new ForwardingFacets.Pictures(part(driver, Snapshots.class)) {
            @Override
            public Progress<Void> revertSnapshot(Call call, String ref, SnapshotId snapshot) {
                if (rule == Rule.S02) {
                    memory.opened++;
                    Call another = new Call(call.token() + "." + memory.opened, call.deadline());
                    return sound.revertSnapshot(another, ref, snapshot);
                }
                if (rule == Rule.S03) {
                    return Broken.insteadOf(
                            Kind.NOT_FOUND, Progress.done(), () -> sound.revertSnapshot(call, ref, snapshot));
                }
                return sound.revertSnapshot(call, ref, snapshot);
            }

            @Override
            public Progress<Void> deleteSnapshot(Call call, String ref, SnapshotId snapshot) {
                if (rule == Rule.S04 && sound.snapshots(ref).isEmpty()) {
                    throw Broken.refused(Kind.NOT_FOUND);
                }
                return sound.deleteSnapshot(call, ref, snapshot);
            }

            @Override
            public List<SeenSnapshot> snapshots(String ref) {
                List<SeenSnapshot> all = new ArrayList<>(sound.snapshots(ref));
                if (rule == Rule.S01) {
                    Collections.reverse(all);
                }
                return all;
            }
        };
        ComputeDriver whole = with(driver, Snapshots.class, broken);
        if (rule != Rule.S05) {
            return whole;
        }
        return new ForwardingCompute(whole) {
            @Override
            public Progress<Void> delete(Call call, ServerId server, Optional<String> ref) {
                if (ref.isPresent()
                        && sound.find(server).isPresent()
                        && !broken.snapshots(ref.get()).isEmpty()) {
                    throw Broken.refused(Kind.CONFLICT);
                }
                return sound.delete(call, server, ref);
            }
        };
    }

    private static Console showing(Rule rule, Broken memory, Console sound) {
        return new Console() {
            @Override
            public Session openConsole(String ref) {
                if (rule == Rule.K01) {
                    return Broken.refusingAs(Kind.CONFLICT, Kind.NOT_FOUND, () -> sound.openConsole(ref));
                }
                if (rule == Rule.K02 && !memory.names.add(ref)) {
                    return silent();
                }
                return sound.openConsole(ref);
            }

            @Override
            public byte[] consoleLog(String ref, int maxBytes) {
                byte[] text = sound.consoleLog(ref, maxBytes);
                return rule == Rule.K03 ? Arrays.copyOf(text, maxBytes + 1) : text;
            }
        };
    }

    private static Console.Session silent() {
        return new Console.Session() {
            @Override
            public java.io.InputStream output() {
                return java.io.InputStream.nullInputStream();
            }

            @Override
            public java.io.OutputStream input() {
                return java.io.OutputStream.nullOutputStream();
            }

            @Override
            public void close() {
                // there is nothing behind it
            }
        };
    }

    private static Metered metering(Rule rule, Broken memory, ComputeDriver driver) {
        Metered sound = part(driver, Metered.class);
        return () -> {
            List<Metered.Counters> all = new ArrayList<>(sound.counters());
            if (rule == Rule.M01) {
                for (SeenServer seen : driver.list()) {
                    if (seen.power() == Power.OFF) {
                        all.add(new Metered.Counters(seen.ref(), Duration.ZERO, 0, 0, 0, 0, 0));
                    }
                }
                return all;
            }
            memory.opened++;
            long falling = 1_000_000L - memory.opened;
            return all.stream()
                    .map(counters -> new Metered.Counters(
                            counters.ref(),
                            counters.cpuTime(),
                            counters.memoryMiB(),
                            falling,
                            counters.diskWrittenBytes(),
                            counters.networkReceivedBytes(),
                            counters.networkSentBytes()))
                    .toList();
        };
    }

    private static ComputeDriver adopting(Rule rule, Broken memory, ComputeDriver driver) {
        Adoptable sound = part(driver, Adoptable.class);
        Adoptable broken = new Adoptable() {
            @Override
            public Progress<Created> adopt(Call call, String ref, ServerId server) {
                if (rule == Rule.O02 && memory.names.contains(call.token())) {
                    throw Broken.refused(Kind.CONFLICT);
                }
                return memory.noting(call.token(), sound.adopt(call, ref, server));
            }

            @Override
            public Progress<Void> release(Call call, String ref) {
                if (rule == Rule.O03 && memory.names.contains("released " + ref)) {
                    throw Broken.refused(Kind.NOT_FOUND);
                }
                return memory.noting("released " + ref, sound.release(call, ref));
            }
        };
        ComputeDriver whole = with(driver, Adoptable.class, broken);
        if (rule != Rule.O01) {
            return whole;
        }
        return new ForwardingCompute(whole) {
            @Override
            public Optional<SeenServer> find(ServerId server) {
                return sound.find(server)
                        .map(seen -> seen.ref().startsWith("stranger-")
                                ? Broken.shown(seen, seen.ref(), seen.host(), Optional.of("none"), true)
                                : seen);
            }
        };
    }
}
