// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import java.util.function.Consumer;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;

/** Changes to a server that is there: disks, interfaces, CPUs and memory, each in one reconfiguration. */
public final class Attachments {
    private static final String STEP = "change";

    private final Machines machines;
    private final Call call;

    public Attachments(Machines machines, Call call) {
        this.machines = machines;
        this.call = call;
    }

    private Progress<Void> change(String what, String ref, Consumer<Plan> wanted) {
        return Errands.run(machines.talk(), call, what + " of " + ref, errands -> {
            errands.before(STEP);
            Machine machine = machines.ours(ref);
            Changes changes = new Changes(machine);
            wanted.accept(new Plan(machine, changes));
            if (changes.any()) {
                errands.begin(STEP, port -> port.reconfigVMTask(machine.object(), changes.spec()));
            }
            return null;
        });
    }

    private record Plan(Machine machine, Changes changes) {}

    public Progress<Void> resize(String ref, int cpus, long memoryMiB) {
        return change("Resizing", ref, plan -> {
            plan.changes().cpus(cpus);
            plan.changes().memoryMiB(memoryMiB);
            if (plan.changes().any() && plan.machine().power() != Power.OFF) {
                throw new DriverException(Kind.CONFLICT, "Server " + ref + " is resized while it is off.");
            }
        });
    }

    public Progress<Void> attachDisk(String ref, DiskSpec disk) {
        if (disk.image().isPresent()) {
            throw new DriverException(Kind.INVALID, "A disk with content is made with its server only.");
        }
        return change("Attaching a disk", ref, plan -> {
            String id = disk.id().value();
            if (plan.machine().disk(id).isEmpty()) {
                plan.changes().addDisk(id, disk.sizeBytes());
            }
        });
    }

    public Progress<Void> detachDisk(String ref, DiskId disk) {
        return change("Detaching a disk", ref, plan -> plan.machine()
                .disk(disk.value())
                .ifPresent(found -> {
                    if (plan.machine().disks().get(0).getKey() == found.getKey()) {
                        throw new DriverException(Kind.INVALID, "The boot disk stays with its server.");
                    }
                    plan.changes().destroy(found);
                }));
    }

    public Progress<Void> growDisk(String ref, DiskId disk, long sizeBytes) {
        return change("Growing a disk", ref, plan -> plan.changes()
                .grow(
                        plan.machine()
                                .disk(disk.value())
                                .orElseThrow(() -> new DriverException(
                                        Kind.NOT_FOUND, "Server " + ref + " has no disk " + disk + ".")),
                        sizeBytes));
    }

    public Progress<Void> attachNic(String ref, NicSpec nic) {
        return change("Attaching an interface", ref, plan -> {
            if (plan.machine().nic(nic.id().value()).isEmpty()) {
                boolean on = plan.machine().power() == Power.ON;
                plan.changes()
                        .add(new Plugs(machines.talk()).card(nic, plan.changes().key(), on));
                plan.changes().extra(Machine.nicKey(nic.mac().value()), nic.id().value());
            }
        });
    }

    public Progress<Void> detachNic(String ref, NicId nic) {
        return change("Detaching an interface", ref, plan -> plan.machine()
                .nic(nic.value())
                .ifPresent(found -> {
                    plan.changes().remove(found);
                    plan.changes().extra(Machine.nicKey(Machine.mac(found)), "");
                }));
    }
}
