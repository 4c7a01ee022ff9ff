// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware;

import com.vmware.vim25.AboutInfo;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.isthmus.driver.vmware.network.Portgroups;
import org.isthmus.driver.vmware.server.Adoption;
import org.isthmus.driver.vmware.server.Attachments;
import org.isthmus.driver.vmware.server.Creation;
import org.isthmus.driver.vmware.server.Inventory;
import org.isthmus.driver.vmware.server.Machines;
import org.isthmus.driver.vmware.server.PowerSwitch;
import org.isthmus.driver.vmware.server.Removal;
import org.isthmus.driver.vmware.server.SnapshotShelf;
import org.isthmus.driver.vmware.transfer.Images;
import org.isthmus.driver.vmware.transfer.Place;
import org.isthmus.driver.vmware.transfer.SentMachines;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.driver.vmware.vim.VimFault;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Adoptable;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.Resizable;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.Snapshots;
import org.isthmus.spi.network.NetworkDriver;

/** One open vCenter: a session, and nothing else that lasts. Each call looks at what is there. */
final class VmwareDriver implements ComputeDriver, Resizable, Attachable, Snapshots, Adoptable {
    private static final String WARM = "vmware-vocabulary";
    private static final Set<String> FACETS = Set.of(
            Resizable.class.getSimpleName(),
            Attachable.class.getSimpleName(),
            Snapshots.class.getSimpleName(),
            Adoptable.class.getSimpleName(),
            ImageImport.class.getSimpleName(),
            ImageExport.class.getSimpleName());
    /** A VLAN of its own, and no frames under another's MAC. DHCP, DNS and anything by IP are what is not here. */
    private static final Set<String> NETWORKS = Set.of("vlan", "macSecurity");

    private static final Duration TURN = Duration.ofMillis(200);

    private final Set<String> changing = ConcurrentHashMap.newKeySet();
    private final Vim vim;
    private final Inventory.Where where;
    private final Optional<Portgroups> networks;
    private final SentMachines contents;
    private final Images images;

    VmwareDriver(VmwareSettings settings, DriverContext context) {
        this.vim = new Vim(settings.vcenter());
        this.where = new Inventory.Where(settings.datacenter(), settings.folder(), settings.datastore());
        this.networks = settings.vlans().map(vlans -> new Portgroups(this, vim, where, settings.dvs(), vlans));
        this.contents = new SentMachines(vim, context);
        this.images = new Images(
                vim, context, talk -> Place.forTemplates(new Inventory(talk, where)), talk -> new Inventory(talk, where)
                        .root());
        // it takes seconds, once in a bundle's life: not in the first call
        context.start(WARM, report -> Vim.warm());
    }

    @Override
    public <F> Optional<F> facet(Class<F> type) {
        if (type == NetworkDriver.class) {
            return networks.map(type::cast);
        }
        if (type == ImageImport.class || type == ImageExport.class) {
            return Optional.of(type.cast(images));
        }
        return ComputeDriver.super.facet(type);
    }

    @Override
    public Health health() {
        try {
            Talk talk = vim.talk();
            AboutInfo about = talk.content().getAbout();
            if (!"VirtualCenter".equals(about.getApiType())) {
                return Health.down(about.getFullName() + " is no vCenter: give the vCenter that manages this host.");
            }
            Inventory inventory = new Inventory(talk, where);
            int hosts = inventory.hosts().size();
            inventory.seesMachines();
            return Health.up(about.getFullName() + ", " + hosts + " hosts");
        } catch (DriverException e) {
            return Health.down(e.getMessage());
        } catch (VimFault e) {
            return Health.down(e.toDriver("The vCenter answers").getMessage());
        }
    }

    @Override
    public Set<String> capabilities() {
        Set<String> names = new TreeSet<>(FACETS);
        if (networks.isPresent()) {
            names.addAll(NETWORKS);
        }
        return names;
    }

    private <T> T ask(String what, Function<Machines, T> question) {
        return named(what, () -> question.apply(machines()));
    }

    /** One change of a thing at a time: two that look at it at once would both want to do the same. */
    private <T> Progress<T> change(String key, String what, Function<Machines, Progress<T>> change) {
        if (!changing.add(key)) {
            return Progress.pending("another call is at it", TURN);
        }
        try {
            return ask(what, change);
        } finally {
            changing.remove(key);
        }
    }

    private Machines machines() {
        return new Machines(vim.talk(), where);
    }

    private static <T> T named(String what, Supplier<T> question) {
        try {
            return question.get();
        } catch (VimFault fault) {
            throw fault.toDriver(what);
        }
    }

    @Override
    public Progress<Created> create(Call call, ServerSpec spec) {
        return change(spec.server().value(), "Making server " + spec.name(), machines -> new Creation(
                        machines, contents, call, spec)
                .run());
    }

    @Override
    public Progress<Void> power(Call call, String ref, PowerWish wish) {
        return change(ref, "Switching " + ref, machines -> new PowerSwitch(machines, call).to(ref, wish));
    }

    @Override
    public Progress<Void> delete(Call call, ServerId server, Optional<String> ref) {
        return change(
                server.value(), "Deleting server " + server, machines -> Removal.run(machines, contents, call, server));
    }

    @Override
    public Optional<SeenServer> find(ServerId server) {
        return ask("Looking for server " + server, machines -> machines.find(server));
    }

    @Override
    public List<SeenServer> list() {
        return ask("Listing servers", Machines::list);
    }

    @Override
    public List<HostCapacity> capacity() {
        return named("Listing hosts", () -> new Inventory(vim.talk(), where).capacity());
    }

    @Override
    public List<ImageContent.Format> formats() {
        return List.of(ImageContent.Format.VMDK);
    }

    @Override
    public Progress<Void> resize(Call call, String ref, int cpus, long memoryMiB) {
        return change(ref, "Resizing " + ref, machines -> new Attachments(machines, call).resize(ref, cpus, memoryMiB));
    }

    @Override
    public Progress<Void> attachDisk(Call call, String ref, ServerSpec.DiskSpec disk) {
        return change(ref, "Attaching a disk", machines -> new Attachments(machines, call).attachDisk(ref, disk));
    }

    @Override
    public Progress<Void> detachDisk(Call call, String ref, DiskId disk) {
        return change(ref, "Detaching a disk", machines -> new Attachments(machines, call).detachDisk(ref, disk));
    }

    @Override
    public Progress<Void> growDisk(Call call, String ref, DiskId disk, long sizeBytes) {
        return change(
                ref, "Growing a disk", machines -> new Attachments(machines, call).growDisk(ref, disk, sizeBytes));
    }

    @Override
    public Progress<Void> attachNic(Call call, String ref, ServerSpec.NicSpec nic) {
        return change(ref, "Attaching an interface", machines -> new Attachments(machines, call).attachNic(ref, nic));
    }

    @Override
    public Progress<Void> detachNic(Call call, String ref, NicId nic) {
        return change(ref, "Detaching an interface", machines -> new Attachments(machines, call).detachNic(ref, nic));
    }

    @Override
    public Progress<Void> takeSnapshot(Call call, String ref, SnapshotId snapshot) {
        return change(ref, "Taking a snapshot", machines -> new SnapshotShelf(machines).take(call, ref, snapshot));
    }

    @Override
    public Progress<Void> revertSnapshot(Call call, String ref, SnapshotId snapshot) {
        return change(ref, "Reverting " + ref, machines -> new SnapshotShelf(machines).revert(call, ref, snapshot));
    }

    @Override
    public Progress<Void> deleteSnapshot(Call call, String ref, SnapshotId snapshot) {
        return change(ref, "Removing a snapshot", machines -> new SnapshotShelf(machines).delete(call, ref, snapshot));
    }

    @Override
    public List<SeenSnapshot> snapshots(String ref) {
        return ask("Listing snapshots", machines -> new SnapshotShelf(machines).list(ref));
    }

    @Override
    public Progress<Created> adopt(Call call, String ref, ServerId server) {
        return change(ref, "Adopting " + ref, machines -> new Adoption(machines).adopt(call, ref, server));
    }

    @Override
    public Progress<Void> release(Call call, String ref) {
        return change(ref, "Releasing " + ref, machines -> new Adoption(machines).release(call, ref));
    }

    @Override
    public void close() {
        // what they have under way gives its leases back, which needs the session; all at once, as we have ten seconds
        contents.breakOffAll();
        images.breakOffAll();
        contents.close();
        images.close();
        vim.close();
    }
}
