// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.OptionValue;
import com.vmware.vim25.VirtualDisk;
import com.vmware.vim25.VirtualEthernetCard;
import com.vmware.vim25.VirtualMachineCloneSpec;
import com.vmware.vim25.VirtualMachineConfigSpec;
import com.vmware.vim25.VirtualMachineRelocateSpec;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.VimFault;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.Created;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.compute.Shape.Firmware;

/**
 * Makes a server: a machine comes to be with its disks (cloned, or of contents that are sent), carrying its name, its UUID
 * and its token from its first moment on; then it is brought to what its spec says in one reconfiguration; then it is
 * marked. Each step looks at what is there, so that any of them may be the first of a call.
 */
public final class Creation {
    private static final String CLONE = "clone";
    private static final String SHAPE = "shape";
    private static final String UNDO = "undo";

    private final Machines machines;
    private final Contents contents;
    private final Call call;
    private final ServerSpec spec;
    private final Talk talk;

    /** How a machine is made of contents that are sent. */
    public interface Contents {
        /**
         * Goes on when nothing is under way for this server any more, well ended or never begun.
         *
         * @throws Errands.Pending while it is
         * @throws DriverException as it failed
         */
        void settle(Call call, ServerSpec spec);

        /**
         * Begins to make a machine, off, with the disks of the spec that have contents, and throws {@link Errands.Pending}.
         *
         * @param extra written on it in the moment it is made
         */
        void send(Call call, ServerSpec spec, Inventory.Place place, String name, Map<String, String> extra);

        /** Breaks off what is under way for a server; false as long as something is. */
        boolean breakOff(ServerId server);

        /** Ends a task that is in the way, when it is a lease of ours: one of a process that died. */
        void end(ManagedObjectReference task);
    }

    public Creation(Machines machines, Contents contents, Call call, ServerSpec spec) {
        this.machines = machines;
        this.contents = contents;
        this.call = call;
        this.spec = spec;
        this.talk = machines.talk();
    }

    public Progress<Created> run() {
        return Errands.run(talk, call, "Making server " + spec.name(), this::steps);
    }

    private Created steps(Errands errands) {
        boolean begun = underWay(errands);
        Optional<Machine> present = machines.of(spec.server());
        if (present.isPresent()) {
            Optional<Mark> mark = present.orElseThrow().mark();
            if (mark.isPresent() && mark.orElseThrow().whole()) {
                return whole(present.orElseThrow(), mark.orElseThrow());
            }
            refuseAnother(present.orElseThrow());
        } else if (!begun) {
            begin(errands);
        }
        Machine machine = machines.of(spec.server())
                .filter(Machine::configured)
                .orElseThrow(() -> Errands.later("it appears", Duration.ofSeconds(1)));
        shape(errands, machine);
        Mark.write(machines.fields(), machine, spec.server(), call.token());
        return new Created(machine.ref());
    }

    /** Goes on when nothing is under way for it; true when something was, and ended well. */
    private boolean underWay(Errands errands) {
        if (spec.template().isEmpty()) {
            contents.settle(call, spec);
            return false;
        }
        try {
            return errands.before(CLONE).isPresent();
        } catch (VimFault fault) {
            if (!fault.is("DuplicateName")) {
                throw fault;
            }
            return true;
        }
    }

    private Created whole(Machine machine, Mark mark) {
        if (mark.token().equals(Optional.of(call.token()))) {
            return new Created(machine.ref());
        }
        throw new DriverException(Kind.CONFLICT, "Server " + spec.server() + " was made by another wish.");
    }

    private void refuseAnother(Machine begun) {
        String token = begun.extra().getOrDefault(Mark.TOKEN, call.token());
        if (!token.equals(call.token())) {
            throw new DriverException(Kind.CONFLICT, "Server " + spec.server() + " is being made by another wish.");
        }
    }

    private void begin(Errands errands) {
        Inventory.Place place = machines.inventory().placeOn(spec.host());
        check(place);
        String name = Machines.nameOf(spec.name(), spec.server());
        if (spec.template().isEmpty()) {
            contents.send(call, spec, place, name, firstMoment());
        }
        Machine template = template();
        try {
            errands.begin(
                    CLONE, port -> port.cloneVMTask(template.object(), place.folder(), name, clone(place, template)));
        } catch (VimFault fault) {
            if (!fault.is("DuplicateName")) {
                throw fault;
            }
            // another thread, or a call whose answer was lost, has begun: it is found by its name
        }
    }

    private Map<String, String> firstMoment() {
        return Map.of(Mark.SERVER, spec.server().value(), Mark.TOKEN, call.token());
    }

    private void check(Inventory.Place place) {
        if (Changes.memory(spec.memoryMiB()) > place.host().memoryMiB()) {
            throw new DriverException(
                    Kind.NO_CAPACITY,
                    spec.host() + " has " + place.host().memoryMiB() + " MiB of memory, fewer than the "
                            + spec.memoryMiB() + " wished for.");
        }
        if (spec.cpus() > place.host().cpus()) {
            throw new DriverException(
                    Kind.NO_CAPACITY,
                    spec.host() + " has " + place.host().cpus() + " CPUs, fewer than the " + spec.cpus()
                            + " wished for.");
        }
        for (DiskSpec disk : spec.disks()) {
            if (disk.image().isPresent()) {
                refuseSmaller(disk, disk.image().orElseThrow().virtualSizeBytes());
            }
        }
        // a seed that does not fit and a network that is not there are found out before anything is made
        Seeds.of(spec.seed());
        Plugs plugs = new Plugs(talk);
        for (NicSpec nic : spec.nics()) {
            plugs.card(nic, -1, false);
        }
    }

    private static void refuseSmaller(DiskSpec disk, long least) {
        if (disk.sizeBytes() < least) {
            throw new DriverException(
                    Kind.INVALID,
                    "Disk " + disk.id() + " of " + disk.sizeBytes() + " bytes is smaller than its image of " + least
                            + ".");
        }
    }

    private Machine template() {
        String ref = spec.template().orElseThrow();
        Machine template = machines.at(ref)
                .filter(Machine::template)
                .orElseThrow(() -> new DriverException(Kind.NOT_FOUND, "There is no template " + ref + "."));
        List<VirtualDisk> disks = template.disks();
        if (disks.size() > spec.disks().size()) {
            throw new DriverException(
                    Kind.INVALID,
                    "Template " + ref + " has " + disks.size() + " disks, the server "
                            + spec.disks().size() + ".");
        }
        for (int i = 0; i < disks.size(); i++) {
            refuseSmaller(spec.disks().get(i), Machine.bytes(disks.get(i)));
        }
        return template;
    }

    private VirtualMachineCloneSpec clone(Inventory.Place place, Machine template) {
        VirtualMachineRelocateSpec where = new VirtualMachineRelocateSpec();
        where.setHost(place.host().object());
        where.setPool(place.pool());
        where.setDatastore(place.store().object());
        VirtualMachineConfigSpec config = new VirtualMachineConfigSpec();
        config.setInstanceUuid(Mark.uuid(spec.server()));
        config.setNumCPUs(spec.cpus());
        config.setNumCoresPerSocket(template.coresOf(spec.cpus()));
        config.setMemoryMB(Changes.memory(spec.memoryMiB()));
        // what the template carries of ours is about the template, and a seed is of the machine that it was made of
        for (String key : template.extra().keySet()) {
            if (key.startsWith("isthmus.") || Seeds.isSeed(key)) {
                config.getExtraConfig().add(option(key, ""));
            }
        }
        firstMoment().forEach((key, value) -> config.getExtraConfig().add(option(key, value)));
        VirtualMachineCloneSpec clone = new VirtualMachineCloneSpec();
        clone.setLocation(where);
        clone.setConfig(config);
        // interfaces come first, then it is started by its own wish
        clone.setPowerOn(false);
        clone.setTemplate(false);
        return clone;
    }

    private static OptionValue option(String key, String value) {
        OptionValue option = new OptionValue();
        option.setKey(key);
        option.setValue(value);
        return option;
    }

    /** Brings it to what the spec says; when that can never work, takes it away again. */
    private void shape(Errands errands, Machine machine) {
        try {
            if (errands.before(SHAPE).isPresent()) {
                return;
            }
            Changes changes = changes(machine);
            if (changes.any()) {
                errands.begin(SHAPE, port -> port.reconfigVMTask(machine.object(), changes.spec()));
            }
        } catch (VimFault fault) {
            DriverException failure = fault.toDriver("Making server " + spec.name());
            if (!failure.passing()) {
                undo(errands, machine);
            }
            throw fault;
        }
    }

    private void undo(Errands errands, Machine machine) {
        try {
            if (machines.isOurs(machine.ref())) {
                // another version of this driver was faster, and it is whole
                return;
            }
            errands.begin(UNDO, port -> port.destroyTask(machine.object()));
        } catch (VimFault | DriverException | Errands.Pending e) {
            // the host deletes what it has given up, and finds it by its name
        }
    }

    private Changes changes(Machine machine) {
        Changes changes = new Changes(machine);
        changes.cpus(spec.cpus());
        changes.memoryMiB(spec.memoryMiB());
        if (machine.uuidIsNot(Mark.uuid(spec.server()))) {
            changes.uuid(Mark.uuid(spec.server()));
        }
        firmware(changes, machine);
        disks(changes, machine);
        nics(changes, machine);
        Seeds.of(spec.seed()).forEach(changes::extra);
        return changes;
    }

    private void firmware(Changes changes, Machine machine) {
        String wanted = spec.firmware() == Firmware.BIOS ? "bios" : "efi";
        boolean secure = spec.firmware() == Firmware.EFI_SECURE;
        if (!machine.firmware().equals(wanted) || machine.secureBoot() != secure) {
            changes.firmware(wanted, secure);
        }
    }

    /** By their marks; those without one, which came with the machine, by their order: marks and new disks come in one step. */
    private void disks(Changes changes, Machine machine) {
        Set<String> ids = new HashSet<>();
        spec.disks().forEach(disk -> ids.add(disk.id().value()));
        Deque<VirtualDisk> unnamed = new ArrayDeque<>(machine.disks());
        unnamed.removeIf(disk -> ids.contains(machine.diskId(disk)));
        for (DiskSpec wanted : spec.disks()) {
            String id = wanted.id().value();
            Optional<VirtualDisk> there = machine.disk(id).or(() -> Optional.ofNullable(unnamed.poll()));
            if (there.isPresent()) {
                changes.name(there.orElseThrow(), id);
                changes.grow(there.orElseThrow(), wanted.sizeBytes());
            } else {
                changes.addDisk(id, wanted.sizeBytes());
            }
        }
    }

    private void nics(Changes changes, Machine machine) {
        Set<String> there = new HashSet<>();
        for (VirtualEthernetCard card : machine.nics()) {
            if (spec.nics().stream().anyMatch(nic -> Plugs.plugged(card, nic))) {
                there.add(Machine.mac(card));
            } else {
                // the template's own; its MAC may be wished for, where the template was made of the same server
                changes.remove(card);
            }
        }
        Plugs plugs = new Plugs(talk);
        for (NicSpec nic : spec.nics()) {
            if (!there.contains(nic.mac().value().toLowerCase(Locale.ROOT))) {
                changes.add(plugs.card(nic, changes.key(), false));
            }
            changes.extra(Machine.nicKey(nic.mac().value()), nic.id().value());
        }
    }
}
