// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.jclouds;

import com.google.common.base.Supplier;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.VirtualMachinePowerState;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.driver.vmware.server.Inventory;
import org.isthmus.driver.vmware.server.PlainMachines;
import org.isthmus.driver.vmware.vim.Question;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Tasks;
import org.isthmus.driver.vmware.vim.VimFault;
import org.jclouds.collect.Memoized;
import org.jclouds.compute.JCloudsNativeComputeServiceAdapter;
import org.jclouds.compute.domain.Hardware;
import org.jclouds.compute.domain.HardwareBuilder;
import org.jclouds.compute.domain.Image;
import org.jclouds.compute.domain.ImageBuilder;
import org.jclouds.compute.domain.NodeMetadata;
import org.jclouds.compute.domain.NodeMetadataBuilder;
import org.jclouds.compute.domain.OperatingSystem;
import org.jclouds.compute.domain.OsFamily;
import org.jclouds.compute.domain.Processor;
import org.jclouds.compute.domain.Template;
import org.jclouds.compute.functions.GroupNamingConvention;
import org.jclouds.domain.Location;
import org.jclouds.domain.LoginCredentials;

/** ComputeService over a vCenter: images are templates, nodes are the other machines, all known by their references. */
@Singleton
final class VSphereAdapter implements JCloudsNativeComputeServiceAdapter {
    private static final String MACHINE = "VirtualMachine";
    private static final String[] PATHS = {
        "name",
        "config.template",
        "config.guestId",
        "config.guestFullName",
        "config.hardware.numCPU",
        "config.hardware.memoryMB",
        "runtime.powerState",
        "runtime.host",
        "guest.ipAddress"
    };

    private final PlainMachines machines;
    private final GroupNamingConvention naming;
    private final Supplier<Set<? extends Location>> locations;

    @Inject
    VSphereAdapter(
            VSphereApi api,
            GroupNamingConvention.Factory naming,
            @Memoized Supplier<Set<? extends Location>> locations) {
        this.machines = new PlainMachines(api.vim());
        this.naming = naming.createWithoutPrefix();
        this.locations = locations;
    }

    @Override
    public NodeWithInitialCredentials createNodeWithGroupEncodedIntoName(String group, String name, Template template) {
        Hardware hardware = template.getHardware();
        PlainMachines.Wish wish = new PlainMachines.Wish(
                template.getImage().getProviderId(),
                name,
                hostIn(template.getLocation()),
                (int) hardware.getProcessors().stream()
                        .mapToDouble(Processor::getCores)
                        .sum(),
                hardware.getRam(),
                List.copyOf(template.getOptions().getNetworks()));
        String ref = machines.make(wish);
        NodeMetadata node = NodeMetadataBuilder.fromNodeMetadata(getNode(ref))
                .group(group)
                // what logs in is the image's affair
                .credentials(LoginCredentials.builder().user("root").build())
                .build();
        return new NodeWithInitialCredentials(node);
    }

    /** A host in what was chosen: the first that takes machines. */
    private Inventory.Host hostIn(Location wanted) {
        Map<String, Location> known = new HashMap<>();
        locations.get().forEach(each -> known.put(each.getId(), each));
        return machines.hosts().stream()
                .filter(host -> {
                    Location at = known.get(host.object().getValue());
                    while (at != null && !at.getId().equals(wanted.getId())) {
                        at = at.getParent();
                    }
                    return at != null;
                })
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("No host in " + wanted.getId() + " takes machines now."));
    }

    @Override
    public Iterable<Hardware> listHardwareProfiles() {
        // any other is made as well: automatic:cores=3;ram=3000
        return ImmutableList.of(size(1, 1024), size(2, 4096), size(4, 8192), size(8, 16_384));
    }

    private static Hardware size(int cpus, int memoryMiB) {
        return new HardwareBuilder()
                .ids(cpus + "-" + memoryMiB)
                .name(cpus + " CPUs, " + memoryMiB + " MiB")
                .processor(new Processor(cpus, 1.0))
                .ram(memoryMiB)
                .build();
    }

    @Override
    public Iterable<Image> listImages() {
        List<Image> images = new ArrayList<>();
        for (Seen each : machines.all(MACHINE, PATHS)) {
            if (isTemplate(each)) {
                images.add(image(each));
            }
        }
        return images;
    }

    @Override
    public Image getImage(String id) {
        return machines.at(id, PATHS)
                .filter(VSphereAdapter::isTemplate)
                .map(VSphereAdapter::image)
                .orElse(null);
    }

    private static boolean isTemplate(Seen seen) {
        return seen.get("config.template", Boolean.class).orElse(false);
    }

    private static Image image(Seen seen) {
        return new ImageBuilder()
                .ids(seen.ref())
                .name(seen.text("name"))
                .description(seen.text("name"))
                .status(Image.Status.AVAILABLE)
                .operatingSystem(system(seen))
                .build();
    }

    private static OperatingSystem system(Seen seen) {
        String guest = seen.text("config.guestId");
        OsFamily family = OsFamily.LINUX;
        for (OsFamily each : OsFamily.values()) {
            if (guest.startsWith(each.value())) {
                family = each;
            }
        }
        String shown = seen.text("config.guestFullName");
        return OperatingSystem.builder()
                .family(guest.startsWith("win") ? OsFamily.WINDOWS : family)
                .description(shown.isEmpty() ? guest.isEmpty() ? "unknown" : guest : shown)
                .is64Bit(guest.contains("64"))
                .build();
    }

    @Override
    public Iterable<Location> listLocations() {
        return ImmutableSet.copyOf(locations.get());
    }

    @Override
    public NodeMetadata getNode(String id) {
        return machines.at(id, PATHS)
                .filter(seen -> !isTemplate(seen))
                .map(this::node)
                .orElse(null);
    }

    @Override
    public Iterable<NodeMetadata> listNodes() {
        return machines.all(MACHINE, PATHS).stream()
                .filter(seen -> !isTemplate(seen))
                .map(this::node)
                .toList();
    }

    @Override
    public Iterable<NodeMetadata> listNodesByIds(Iterable<String> ids) {
        Set<String> wanted = ImmutableSet.copyOf(ids);
        List<NodeMetadata> found = new ArrayList<>();
        listNodes().forEach(node -> {
            if (wanted.contains(node.getId())) {
                found.add(node);
            }
        });
        return found;
    }

    private NodeMetadata node(Seen seen) {
        String host = seen.get("runtime.host", ManagedObjectReference.class)
                .map(ManagedObjectReference::getValue)
                .orElse("");
        Location location = locations.get().stream()
                .filter(each -> each.getId().equals(host))
                .findFirst()
                .orElse(null);
        int cpus = seen.get("config.hardware.numCPU", Integer.class).orElse(1);
        int memory = seen.get("config.hardware.memoryMB", Integer.class).orElse(1);
        Optional<String> address = seen.get("guest.ipAddress", String.class);
        return new NodeMetadataBuilder()
                .ids(seen.ref())
                .name(seen.text("name"))
                .group(naming.groupInUniqueNameOrNull(seen.text("name")))
                .location(location)
                .status(status(seen))
                .backendStatus(seen.get("runtime.powerState", VirtualMachinePowerState.class)
                        .map(VirtualMachinePowerState::value)
                        .orElse(""))
                .hardware(size(cpus, memory))
                .operatingSystem(system(seen))
                .privateAddresses(address.map(ImmutableSet::of).orElse(ImmutableSet.of()))
                .publicAddresses(ImmutableSet.of())
                .build();
    }

    private static NodeMetadata.Status status(Seen seen) {
        return seen.get("runtime.powerState", VirtualMachinePowerState.class)
                .map(state -> state == VirtualMachinePowerState.POWERED_ON
                        ? NodeMetadata.Status.RUNNING
                        : NodeMetadata.Status.SUSPENDED)
                .orElse(NodeMetadata.Status.PENDING);
    }

    @Override
    public void destroyNode(String id) {
        machines.remove(id);
    }

    @Override
    public void rebootNode(String id) {
        machines.done(port -> port.resetVMTask(machine(id)));
    }

    @Override
    public void resumeNode(String id) {
        unlessThere(port -> port.powerOnVMTask(machine(id), null));
    }

    @Override
    public void suspendNode(String id) {
        unlessThere(port -> port.suspendVMTask(machine(id)));
    }

    private void unlessThere(Question<ManagedObjectReference> change) {
        try {
            machines.done(change);
        } catch (VimFault fault) {
            if (!fault.is("InvalidPowerState")) {
                throw fault;
            }
        }
    }

    private static ManagedObjectReference machine(String id) {
        return Tasks.object(MACHINE, id);
    }
}
