// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.VirtualMachineCloneSpec;
import com.vmware.vim25.VirtualMachineConfigSpec;
import com.vmware.vim25.VirtualMachinePowerState;
import com.vmware.vim25.VirtualMachineRelocateSpec;
import com.vmware.vim25.VirtualMachineSnapshotTree;
import com.vmware.vim25.VirtualMachineStorageSummary;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.driver.vmware.server.Fields;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.Tasks;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.driver.vmware.vim.VimFault;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.Shape;

/**
 * Images of a vCenter: templates made of contents, and servers and templates read out. A lease takes or gives a disk from
 * its start only: what was broken off begins anew.
 */
public final class Images implements ImageExport, ImageImport, AutoCloseable {
    private static final String MACHINE = "VirtualMachine";
    private static final String NOTE = "A copy of the image %s, made by Isthmus. Remove it there, not here.";
    // beneath 80 characters, of which a name of vSphere has no more
    private static final int NAME_LENGTH = 60;

    private final Vim vim;
    private final Places places;
    private final Function<Talk, ManagedObjectReference> root;
    private final Jobs jobs;

    /**
     * The endpoint's images.
     *
     * @param root what templates are looked for beneath
     */
    public Images(Vim vim, DriverContext context, Places places, Function<Talk, ManagedObjectReference> root) {
        this.vim = vim;
        this.places = places;
        this.root = root;
        this.jobs = new Jobs(context);
    }

    // ------------------------------------------------------------------------------------------------------------
    // import

    @Override
    public Progress<Imported> importImage(Call call, ImageSpec image) {
        Upload.Wish wish = new Upload.Wish(
                ImageMark.workName(image.image()),
                image.shape(),
                image.disks(),
                Map.of(
                        ImageMark.TOKEN,
                        call.token(),
                        ImageMark.IMAGE,
                        image.image().value()),
                NOTE.formatted(image.image().value()));
        String key = importing(image.image());
        return faultless("The image cannot be imported", () -> {
            Jobs.State state = jobs.state(key, call, "The image is being imported by another wish.");
            if (state == Jobs.State.RUNNING) {
                return jobs.pending(key);
            }
            Optional<Copy> copy = copies(vim.talk(), image.image()).stream()
                    .filter(Copy::sent)
                    .findFirst();
            if (copy.isPresent()
                    && !copy.orElseThrow().mark().orElseThrow().token().equals(call.token())) {
                throw new DriverException(
                        Kind.CONFLICT,
                        "There is a copy of " + image.image().value() + " here already: "
                                + copy.orElseThrow().name() + ".");
            }
            // whole or not, the template itself says what there is
            jobs.breakOff(key);
            if (copy.filter(Copy::template).isEmpty()) {
                return jobs.start(key, call, (transfer, report) -> make(call.token(), image, wish, transfer, report));
            }
            return Progress.done(new Imported(copy.orElseThrow().machine().getValue()));
        });
    }

    private static String importing(ImageId image) {
        return "import-" + image.value();
    }

    /** Makes the template: contents, then marks, then its name; from the moment it is a template on it is whole. */
    private void make(String token, ImageSpec image, Upload.Wish wish, Transfer transfer, IntConsumer report)
            throws IOException {
        Chores chores = new Chores(vim, transfer);
        Optional<Copy> sent = Optional.empty();
        for (Copy each : copies(vim.talk(), image.image())) {
            if (each.sent()) {
                // a process died before it was a template
                sent = Optional.of(each);
            } else {
                chores.remove(each.machine());
            }
        }
        ManagedObjectReference machine = sent.isPresent()
                ? sent.orElseThrow().machine()
                : new Upload(vim).run(wish, places.forTemplates(vim.talk()), transfer, report);
        boolean whole = false;
        try {
            transfer.check();
            Fields fields = Fields.of(vim.talk(), MACHINE);
            fields.write(machine, ImageMark.TOKEN, token);
            fields.write(machine, ImageMark.IMAGE, ImageMark.of(image.image(), machine.getValue()));
            if (!sent.map(Copy::name).equals(Optional.of(name(image)))) {
                chores.done(port -> port.renameTask(machine, name(image)));
            }
            vim.talk().change(port -> {
                port.markAsTemplate(machine);
                return true;
            });
            whole = true;
        } finally {
            if (!whole) {
                cleared(machine);
            }
        }
    }

    /** Takes back what was made, also when the transfer is broken off; what cannot be reached is found by its name later. */
    private void cleared(ManagedObjectReference machine) {
        Transfer.undisturbed(() -> {
            try {
                new Chores(vim, new Transfer("clear")).remove(machine);
            } catch (DriverException | VimFault e) {
                // the same call, or removeImage, begins with what is left
            }
        });
    }

    /** For people: the image's name, and enough of its id to be the only one. */
    private static String name(ImageSpec image) {
        String id = image.image().value();
        String name = image.name().value();
        String unique = id.substring(id.length() - 12);
        return (name.length() > NAME_LENGTH ? name.substring(0, NAME_LENGTH) : name) + "-" + unique;
    }

    @Override
    public Progress<Void> removeImage(Call call, ImageId image, Optional<String> ref) {
        String key = "remove-" + image.value();
        return faultless("The copy cannot be removed", () -> {
            if (!jobs.breakOff(importing(image))) {
                return jobs.soon();
            }
            if (jobs.state(key, call, "The copy is being removed.") == Jobs.State.RUNNING) {
                return jobs.soon();
            }
            if (copies(vim.talk(), image).isEmpty()) {
                jobs.breakOff(key);
                return Progress.done();
            }
            jobs.breakOff(key);
            return jobs.start(key, call, (transfer, report) -> {
                for (Copy each : copies(vim.talk(), image)) {
                    new Chores(vim, transfer).remove(each.machine());
                }
            });
        });
    }

    /**
     * Something that is a copy of an image, or becomes one.
     *
     * @param mark present when its contents are whole
     */
    private record Copy(ManagedObjectReference machine, String name, boolean template, Optional<ImageMark> mark) {
        /** Its contents came whole, whether it is a template by now or not. */
        boolean sent() {
            return mark.isPresent();
        }
    }

    private List<Copy> copies(Talk talk, ImageId image) {
        return copies(talk).stream()
                .filter(copy -> copy.mark()
                        .map(mark -> mark.image().equals(image))
                        .orElseGet(() -> copy.name().equals(ImageMark.workName(image))))
                .toList();
    }

    /** All templates, and all that is marked as an image or called like one that is being made: two questions. */
    private List<Copy> copies(Talk talk) {
        Fields fields = Fields.of(talk, MACHINE);
        List<Copy> copies = new ArrayList<>();
        for (Seen each : talk.all(root.apply(talk), MACHINE, "name", "config.template", "customValue")) {
            Optional<ImageMark> mark = ImageMark.on(each.ref(), fields.on(each));
            boolean template = each.get("config.template", Boolean.class).orElse(false);
            copies.add(new Copy(each.object(), each.text("name"), template, mark));
        }
        return copies;
    }

    @Override
    public List<SeenImage> images() {
        return faultless("The templates cannot be listed", () -> listed(vim.talk()));
    }

    private List<SeenImage> listed(Talk talk) {
        Map<String, Copy> templates = copies(talk).stream()
                .filter(Copy::template)
                .collect(Collectors.toMap(copy -> copy.machine().getValue(), Function.identity()));
        List<ManagedObjectReference> refs =
                templates.values().stream().map(Copy::machine).toList();
        List<Seen> seen = talk.see(refs, paths("summary.storage"));
        Shapes shapes = Shapes.ask(talk, seen);
        List<SeenImage> images = new ArrayList<>();
        for (Seen each : seen) {
            Copy copy = templates.get(each.ref());
            Optional<Shape> shape = shapes.of(each);
            if (shape.isEmpty()) {
                continue;
            }
            long size = each.get("summary.storage", VirtualMachineStorageSummary.class)
                    .map(VirtualMachineStorageSummary::getCommitted)
                    .orElse(-1L);
            images.add(new SeenImage(
                    each.ref(),
                    copy.name(),
                    copy.mark().map(ImageMark::image),
                    copy.mark().map(ImageMark::token),
                    copy.mark().isPresent(),
                    shape.orElseThrow(),
                    size));
        }
        return images;
    }

    // ------------------------------------------------------------------------------------------------------------
    // export

    @Override
    public Shape shape(String ref) {
        return faultless("The machine cannot be looked at", () -> {
            Talk talk = vim.talk();
            Seen seen = talk.see(machine(ref), paths()).orElseThrow(() -> absent(ref));
            return Shapes.ask(talk, List.of(seen))
                    .of(seen)
                    .orElseThrow(() -> new DriverException(Kind.INVALID, "The machine " + ref + " has no disk."));
        });
    }

    private static String[] paths(String... more) {
        return Stream.concat(Shapes.PATHS.stream(), Stream.of(more)).toArray(String[]::new);
    }

    private static ManagedObjectReference machine(String ref) {
        return Tasks.object(MACHINE, ref);
    }

    private static DriverException absent(String ref) {
        return new DriverException(Kind.NOT_FOUND, "There is no machine or template " + ref + " in the vCenter.");
    }

    @Override
    public Progress<Void> exportImage(Call call, String ref, Optional<SnapshotId> snapshot, ImageSink sink) {
        String key = "export-" + ref;
        return faultless("The machine cannot be read out", () -> {
            switch (jobs.state(key, call, "The machine is being read out by another wish.")) {
                case RUNNING -> {
                    return jobs.pending(key);
                }
                case DONE -> {
                    return Progress.done();
                }
                case NONE -> {}
            }
            Seen seen = vim.talk()
                    .see(machine(ref), "runtime.powerState", "snapshot.rootSnapshotList")
                    .orElseThrow(() -> absent(ref));
            Optional<ManagedObjectReference> taken = snapshot.map(id -> taken(seen, id));
            VirtualMachinePowerState power = seen.must("runtime.powerState", VirtualMachinePowerState.class);
            if (taken.isEmpty() && power != VirtualMachinePowerState.POWERED_OFF) {
                throw new DriverException(
                        Kind.CONFLICT,
                        "The machine " + ref + " is "
                                + (power == VirtualMachinePowerState.SUSPENDED ? "suspended" : "on")
                                + ": shut it down, or name a snapshot to read.");
            }
            return jobs.start(key, call, (transfer, report) -> read(call, ref, taken, sink, transfer, report));
        });
    }

    /** The snapshot of this id, wherever in the tree. */
    private static ManagedObjectReference taken(Seen machine, SnapshotId id) {
        return find(machine.list("snapshot.rootSnapshotList", VirtualMachineSnapshotTree.class), id)
                .orElseThrow(() -> new DriverException(
                        Kind.NOT_FOUND, "The machine " + machine.ref() + " has no snapshot " + id.value() + "."));
    }

    private static Optional<ManagedObjectReference> find(List<VirtualMachineSnapshotTree> tree, SnapshotId id) {
        for (VirtualMachineSnapshotTree each : tree) {
            if (each.getName().equals(id.value())) {
                return Optional.of(each.getSnapshot());
            }
            Optional<ManagedObjectReference> below = find(each.getChildSnapshotList(), id);
            if (below.isPresent()) {
                return below;
            }
        }
        return Optional.empty();
    }

    private void read(
            Call call,
            String ref,
            Optional<ManagedObjectReference> taken,
            ImageSink sink,
            Transfer transfer,
            IntConsumer report)
            throws IOException {
        Chores chores = new Chores(vim, transfer);
        // a process that died may have left both
        removeStands(ref, chores);
        chores.endReading(machine(ref));
        if (taken.isEmpty()) {
            new Download(vim).run(readable(machine(ref)), sink, transfer, report);
            return;
        }
        try {
            ManagedObjectReference stand = stand(call, ref, taken.orElseThrow(), chores);
            new Download(vim).run(readable(stand), sink, transfer, report);
        } finally {
            Transfer.undisturbed(() -> {
                try {
                    removeStands(ref, new Chores(vim, new Transfer("clear")));
                } catch (DriverException | VimFault e) {
                    // the same call, or abandonExport, begins with what is left
                }
            });
        }
    }

    private Seen readable(ManagedObjectReference machine) {
        return vim.talk().see(machine, paths()).orElseThrow(() -> absent(machine.getValue()));
    }

    private static String standName(String ref) {
        return "isthmus-export-" + ref;
    }

    /**
     * A machine that stands in for the server as it was at the snapshot, off, its disks on top of the snapshot's: nothing is
     * copied, and no lease blocks the server itself while it is read.
     */
    private ManagedObjectReference stand(Call call, String ref, ManagedObjectReference snapshot, Chores chores) {
        Seen source = vim.talk()
                .see(machine(ref), "parent", "resourcePool", "runtime.host")
                .orElseThrow(() -> absent(ref));
        VirtualMachineRelocateSpec where = new VirtualMachineRelocateSpec();
        where.setDiskMoveType("createNewChildDiskBacking");
        source.get("resourcePool", ManagedObjectReference.class).ifPresent(where::setPool);
        source.get("runtime.host", ManagedObjectReference.class).ifPresent(where::setHost);
        VirtualMachineConfigSpec config = new VirtualMachineConfigSpec();
        config.setAnnotation(
                "Made by Isthmus to read a snapshot of " + ref + " for " + call.token() + "; it goes by itself.");
        VirtualMachineCloneSpec spec = new VirtualMachineCloneSpec();
        spec.setLocation(where);
        spec.setTemplate(false);
        spec.setPowerOn(false);
        spec.setSnapshot(snapshot);
        spec.setConfig(config);
        ManagedObjectReference folder = source.must("parent", ManagedObjectReference.class);
        return (ManagedObjectReference)
                chores.done(port -> port.cloneVMTask(machine(ref), folder, standName(ref), spec))
                        .getResult();
    }

    private void removeStands(String ref, Chores chores) {
        Talk talk = vim.talk();
        for (Seen each : talk.all(root.apply(talk), MACHINE, "name")) {
            if (each.text("name").equals(standName(ref))) {
                chores.remove(each.object());
            }
        }
    }

    @Override
    public Progress<Void> abandonExport(Call call, String ref) {
        String key = "abandon-" + ref;
        return faultless("The reading cannot be broken off", () -> {
            if (!jobs.breakOff("export-" + ref)) {
                return jobs.soon();
            }
            switch (jobs.state(key, call, "The reading is being broken off.")) {
                case RUNNING -> {
                    return jobs.soon();
                }
                case DONE -> {
                    return Progress.done();
                }
                case NONE -> {}
            }
            return jobs.start(key, call, (transfer, report) -> {
                Chores chores = new Chores(vim, transfer);
                removeStands(ref, chores);
                chores.endReading(machine(ref));
            });
        });
    }

    /** Begins to {@link #close}. */
    public void breakOffAll() {
        jobs.breakOffAll();
    }

    /** Breaks off all transfers; each cleans up behind itself. To be closed before the connection is. */
    @Override
    public void close() {
        jobs.close();
    }

    private static <T> T faultless(String what, Supplier<T> asked) {
        try {
            return asked.get();
        } catch (VimFault fault) {
            throw fault.toDriver(what);
        }
    }
}
