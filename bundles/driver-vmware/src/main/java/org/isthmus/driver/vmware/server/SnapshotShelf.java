// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.VirtualMachineSnapshotInfo;
import com.vmware.vim25.VirtualMachineSnapshotTree;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.isthmus.driver.vmware.vim.VimFault;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Snapshots.SeenSnapshot;

/** Snapshots of a server's disks, called by their ids. What somebody else took is left alone. */
public final class SnapshotShelf {
    private final Machines machines;

    public SnapshotShelf(Machines machines) {
        this.machines = machines;
    }

    /** A snapshot with its reference. */
    private record Kept(SeenSnapshot seen, ManagedObjectReference object) {}

    private List<Kept> kept(Machine machine) {
        List<Kept> all = new ArrayList<>();
        machines.talk()
                .see(machine.object(), "snapshot")
                .flatMap(seen -> seen.get("snapshot", VirtualMachineSnapshotInfo.class))
                .ifPresent(info -> gather(info.getRootSnapshotList(), all));
        all.sort(Comparator.comparing((Kept each) -> each.seen().takenAt())
                .thenComparing(each -> each.seen().id().value()));
        return all;
    }

    private static void gather(List<VirtualMachineSnapshotTree> trees, List<Kept> into) {
        for (VirtualMachineSnapshotTree tree : trees) {
            if (Id.looksLike(SnapshotId.PREFIX, tree.getName())) {
                Instant taken = tree.getCreateTime().toGregorianCalendar().toInstant();
                into.add(new Kept(new SeenSnapshot(new SnapshotId(tree.getName()), taken), tree.getSnapshot()));
            }
            gather(tree.getChildSnapshotList(), into);
        }
    }

    private Optional<Kept> kept(Machine machine, SnapshotId id) {
        return kept(machine).stream()
                .filter(each -> each.seen().id().equals(id))
                .findFirst();
    }

    public List<SeenSnapshot> list(String ref) {
        return kept(machines.ours(ref)).stream().map(Kept::seen).toList();
    }

    public Progress<Void> take(Call call, String ref, SnapshotId id) {
        return Errands.run(machines.talk(), call, "A snapshot of " + ref, errands -> {
            Machine machine = machines.ours(ref);
            errands.before("take");
            if (kept(machine, id).isEmpty()) {
                errands.begin(
                        "take",
                        port -> port.createSnapshotTask(
                                machine.object(), id.value(), "Taken by Isthmus", false, false));
            }
            return null;
        });
    }

    public Progress<Void> revert(Call call, String ref, SnapshotId id) {
        return Errands.run(machines.talk(), call, "Reverting " + ref, errands -> {
            Machine machine = machines.ours(ref);
            if (call.token().equals(machine.attributes().get(Mark.REVERT))) {
                return null;
            }
            Kept snapshot = kept(machine, id)
                    .orElseThrow(() ->
                            new DriverException(Kind.NOT_FOUND, "Server " + ref + " has no snapshot " + id + "."));
            errands.once("revert", port -> port.revertToSnapshotTask(snapshot.object(), null, true));
            // one taken with memory would bring it up suspended, and some stay on
            PowerSwitch.off(errands, machines.ours(ref));
            machines.fields().write(machine.object(), Mark.REVERT, call.token());
            return null;
        });
    }

    public Progress<Void> delete(Call call, String ref, SnapshotId id) {
        return Errands.run(machines.talk(), call, "Removing a snapshot of " + ref, errands -> {
            Machine machine = machines.ours(ref);
            errands.before("remove");
            Optional<Kept> snapshot = kept(machine, id);
            try {
                snapshot.ifPresent(
                        found -> errands.begin("remove", port -> port.removeSnapshotTask(found.object(), false, true)));
            } catch (VimFault fault) {
                if (!fault.is("ManagedObjectNotFound")) {
                    throw fault;
                }
            }
            return null;
        });
    }
}
