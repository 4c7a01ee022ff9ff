// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.TaskInfo;
import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualEthernetCard;
import com.vmware.vim25.VirtualMachineCloneSpec;
import com.vmware.vim25.VirtualMachineConfigSpec;
import com.vmware.vim25.VirtualMachineRelocateSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.isthmus.driver.vmware.vim.Question;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.Tasks;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.driver.vmware.vim.VimFault;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/** Machines without marks, for callers who wait: every method returns when its change is done. */
public final class PlainMachines {
    private static final Inventory.Where EVERYWHERE =
            new Inventory.Where(Optional.empty(), Optional.empty(), Optional.empty());
    private static final long PAUSE_MILLIS = 250;

    private final Vim vim;

    public PlainMachines(Vim vim) {
        this.vim = vim;
    }

    /**
     * A machine to make.
     *
     * @param networks names or keys of portgroups, one interface for each, in order; the template's interfaces go
     */
    public record Wish(
            String template, String name, Inventory.Host host, int cpus, long memoryMiB, List<String> networks) {
        public Wish {
            networks = List.copyOf(networks);
        }
    }

    private Talk talk() {
        return vim.talk(Duration.ofSeconds(60));
    }

    /** Hosts that take machines now. */
    public List<Inventory.Host> hosts() {
        return new Inventory(talk(), EVERYWHERE)
                .hosts().stream().filter(host -> host.away().isEmpty()).toList();
    }

    public List<Seen> all(String type, String... paths) {
        Talk talk = talk();
        return talk.all(talk.content().getRootFolder(), type, paths);
    }

    public Optional<Seen> at(String ref, String... paths) {
        return talk().see(Tasks.object(Machines.TYPE, ref), paths);
    }

    /** Makes a machine and switches it on; one that cannot be made as wished is taken away again. Says its reference. */
    public String make(Wish wish) {
        Talk talk = talk();
        List<ManagedObjectReference> networks = networks(talk, wish.networks());
        Inventory.Place place =
                new Inventory(talk, EVERYWHERE).placeOn(wish.host().name());
        ManagedObjectReference template = Tasks.object(Machines.TYPE, wish.template());
        VirtualMachineRelocateSpec where = new VirtualMachineRelocateSpec();
        where.setHost(place.host().object());
        where.setPool(place.pool());
        where.setDatastore(place.store().object());
        VirtualMachineConfigSpec config = new VirtualMachineConfigSpec();
        config.setNumCPUs(wish.cpus());
        config.setNumCoresPerSocket(seen(talk, template).coresOf(wish.cpus()));
        config.setMemoryMB(Changes.memory(wish.memoryMiB()));
        VirtualMachineCloneSpec clone = new VirtualMachineCloneSpec();
        clone.setLocation(where);
        clone.setConfig(config);
        clone.setPowerOn(false);
        clone.setTemplate(false);
        ManagedObjectReference made =
                (ManagedObjectReference) done(port -> port.cloneVMTask(template, place.folder(), wish.name(), clone))
                        .getResult();
        boolean whole = false;
        try {
            plug(made, networks);
            done(port -> port.powerOnVMTask(made, null));
            whole = true;
            return made.getValue();
        } finally {
            if (!whole) {
                remove(made.getValue());
            }
        }
    }

    private static List<ManagedObjectReference> networks(Talk talk, List<String> wanted) {
        List<ManagedObjectReference> found = new ArrayList<>();
        List<Seen> all = wanted.isEmpty()
                ? List.of()
                : talk.all(talk.content().getRootFolder(), "DistributedVirtualPortgroup", "name", "key");
        for (String each : wanted) {
            List<Seen> called = all.stream()
                    .filter(seen ->
                            seen.text("key").equals(each) || seen.text("name").equals(each))
                    .toList();
            if (called.size() != 1) {
                throw new DriverException(
                        Kind.INVALID,
                        "There are " + called.size() + " portgroups " + each + "; exactly one is needed.");
            }
            found.add(called.get(0).object());
        }
        return found;
    }

    private static Machine seen(Talk talk, ManagedObjectReference machine) {
        return new Machine(
                talk.see(machine, Machine.PATHS)
                        .orElseThrow(() -> new DriverException(
                                Kind.NOT_FOUND, "There is no machine or template " + machine.getValue() + ".")),
                Map.of());
    }

    private void plug(ManagedObjectReference machine, List<ManagedObjectReference> networks) {
        if (networks.isEmpty()) {
            return;
        }
        Talk talk = talk();
        Machine now = seen(talk, machine);
        Changes changes = new Changes(now);
        for (VirtualDevice each : now.devices()) {
            if (each instanceof VirtualEthernetCard) {
                changes.remove(each);
            }
        }
        Plugs plugs = new Plugs(talk);
        for (ManagedObjectReference each : networks) {
            changes.add(plugs.anyCard(each.getValue(), changes.key()));
        }
        done(port -> port.reconfigVMTask(machine, changes.spec()));
    }

    /** Switches it off and removes it with its disks; absent is done. */
    public void remove(String ref) {
        ManagedObjectReference machine = Tasks.object(Machines.TYPE, ref);
        unless("InvalidPowerState", port -> port.powerOffVMTask(machine));
        unless("ManagedObjectNotFound", port -> port.destroyTask(machine));
    }

    private void unless(String fault, Question<ManagedObjectReference> change) {
        try {
            done(change);
        } catch (VimFault said) {
            if (!said.is(fault) && !said.is("ManagedObjectNotFound")) {
                throw said;
            }
        }
    }

    /** Asks for a task and waits until it has ended well. */
    public TaskInfo done(Question<ManagedObjectReference> question) {
        ManagedObjectReference task = talk().change(question);
        while (true) {
            TaskInfo info = talk().task(task)
                    .orElseThrow(() -> new VimFault("ManagedObjectNotFound", "the task " + task.getValue()));
            if (Tasks.failed(info)) {
                throw Tasks.fault(info);
            }
            if (Tasks.succeeded(info)) {
                return info;
            }
            pause();
        }
    }

    private static void pause() {
        try {
            // nobody counts it down: a wait that an interrupt ends
            boolean never = new CountDownLatch(1).await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            if (never) {
                throw new IllegalStateException("A latch that nobody counts down opened");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException(Kind.UNAVAILABLE, "The wait for a task was broken off.", e);
        }
    }
}
