// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.OptionValue;
import com.vmware.vim25.ParaVirtualSCSIController;
import com.vmware.vim25.TaskInfo;
import com.vmware.vim25.VirtualAHCIController;
import com.vmware.vim25.VirtualController;
import com.vmware.vim25.VirtualDeviceConfigSpec;
import com.vmware.vim25.VirtualDeviceConfigSpecFileOperation;
import com.vmware.vim25.VirtualDeviceConfigSpecOperation;
import com.vmware.vim25.VirtualDisk;
import com.vmware.vim25.VirtualDiskFlatVer2BackingInfo;
import com.vmware.vim25.VirtualMachineCloneSpec;
import com.vmware.vim25.VirtualMachineConfigSpec;
import com.vmware.vim25.VirtualMachineFileInfo;
import com.vmware.vim25.VirtualMachineRelocateSpec;
import com.vmware.vim25.VirtualSCSISharing;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.isthmus.driver.vmware.server.Fields;
import org.isthmus.driver.vmware.vim.Question;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.Tasks;
import org.isthmus.driver.vmware.vim.Trust;
import org.isthmus.driver.vmware.vim.VCenter;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.model.Ids;
import org.isthmus.model.Secret;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.EndpointConfig;

/** The vCenter of a test, looked at and changed past the driver, as its administrator does. */
public final class TestSite implements AutoCloseable {
    private static final Ids IDS = new Ids(Clock.systemUTC());

    private final Stand stand;
    private final Vim vim;

    public TestSite(Stand stand) {
        this.stand = stand;
        this.vim =
                new Vim(new VCenter(stand.url(), Stand.USER, stand.password(), Trust.ofAuthorities(stand.authority())));
    }

    public Talk talk() {
        return vim.talk(Duration.ofSeconds(60));
    }

    /** An endpoint of this vCenter. */
    public EndpointConfig endpoint(String... namesAndValues) {
        Map<String, String> settings = new HashMap<>();
        settings.put("url", stand.url().toString());
        settings.put("username", Stand.USER);
        settings.put("caCertificate", stand.authority());
        for (int i = 0; i < namesAndValues.length; i += 2) {
            settings.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        Map<String, Secret> secrets = Map.of("password", stand.password());
        return new EndpointConfig(IDS.endpoint(), "vcenter", settings, secrets);
    }

    VmwareDriver open(DriverContext context, String... namesAndValues) {
        return (VmwareDriver) new VmwareDriverFactory().open(endpoint(namesAndValues), context);
    }

    public List<Seen> all(String type, String... paths) {
        Talk talk = talk();
        return talk.all(talk.content().getRootFolder(), type, paths);
    }

    public Seen first(String type, String... paths) {
        return all(type, paths).get(0);
    }

    /** The name of a host. */
    public String host() {
        return all("HostSystem", "name").stream()
                .map(seen -> seen.text("name"))
                .sorted()
                .findFirst()
                .orElseThrow();
    }

    /** Makes a machine, off, with one disk, in the first datacenter; says its reference. */
    public String machine(String name, long diskBytes) {
        ParaVirtualSCSIController controller = new ParaVirtualSCSIController();
        controller.setKey(-1);
        controller.setSharedBus(VirtualSCSISharing.NO_SHARING);
        return machine(name, diskBytes, controller);
    }

    private String machine(String name, long diskBytes, VirtualController controller) {
        VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
        spec.setName(name);
        spec.setNumCPUs(1);
        spec.setMemoryMB(64L);
        spec.setGuestId("otherLinux64Guest");
        VirtualMachineFileInfo files = new VirtualMachineFileInfo();
        files.setVmPathName("[" + first("Datastore", "name").text("name") + "]");
        spec.setFiles(files);
        controller.setBusNumber(0);
        spec.getDeviceChange().add(add(controller, null));
        VirtualDiskFlatVer2BackingInfo backing = new VirtualDiskFlatVer2BackingInfo();
        backing.setFileName("");
        backing.setDiskMode("persistent");
        VirtualDisk disk = new VirtualDisk();
        disk.setKey(-2);
        disk.setControllerKey(controller.getKey());
        disk.setUnitNumber(0);
        disk.setCapacityInKB(diskBytes / 1024);
        disk.setBacking(backing);
        spec.getDeviceChange().add(add(disk, VirtualDeviceConfigSpecFileOperation.CREATE));
        ManagedObjectReference folder = first("Datacenter", "vmFolder").must("vmFolder", ManagedObjectReference.class);
        Seen cluster = first("ComputeResource", "resourcePool", "host");
        ManagedObjectReference pool = cluster.must("resourcePool", ManagedObjectReference.class);
        ManagedObjectReference host =
                cluster.list("host", ManagedObjectReference.class).get(0);
        TaskInfo info = done(port -> port.createVMTask(folder, spec, pool, host));
        return ((ManagedObjectReference) info.getResult()).getValue();
    }

    private static VirtualDeviceConfigSpec add(
            com.vmware.vim25.VirtualDevice device, VirtualDeviceConfigSpecFileOperation file) {
        VirtualDeviceConfigSpec change = new VirtualDeviceConfigSpec();
        change.setOperation(VirtualDeviceConfigSpecOperation.ADD);
        change.setFileOperation(file);
        change.setDevice(device);
        return change;
    }

    /** Does something and sees it done. */
    public TaskInfo done(Question<ManagedObjectReference> change) {
        Talk talk = talk();
        TaskInfo info = talk.task(talk.change(change)).orElseThrow();
        if (!Tasks.succeeded(info)) {
            throw new IllegalStateException(Tasks.fault(info));
        }
        return info;
    }

    /** Clones a machine as an administrator does; says the reference of the copy. */
    public String copyOf(String ref, String name) {
        VirtualMachineCloneSpec clone = new VirtualMachineCloneSpec();
        clone.setLocation(new VirtualMachineRelocateSpec());
        ManagedObjectReference folder = first("Datacenter", "vmFolder").must("vmFolder", ManagedObjectReference.class);
        var info = done(port -> port.cloneVMTask(Tasks.object("VirtualMachine", ref), folder, name, clone));
        return ((ManagedObjectReference) info.getResult()).getValue();
    }

    /** Writes a custom attribute of a machine. */
    void attribute(String ref, String name, String value) {
        Fields.of(talk(), "VirtualMachine").write(Tasks.object("VirtualMachine", ref), name, value);
    }

    /** Writes into the extra configuration of a machine. */
    void extra(String ref, Map<String, String> values) {
        VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
        values.forEach((key, value) -> {
            OptionValue option = new OptionValue();
            option.setKey(key);
            option.setValue(value);
            spec.getExtraConfig().add(option);
        });
        done(port -> port.reconfigVMTask(Tasks.object("VirtualMachine", ref), spec));
    }

    /** The extra configuration of a machine. */
    Map<String, String> extra(String ref) {
        Map<String, String> extra = new HashMap<>();
        talk().see(Tasks.object("VirtualMachine", ref), "config.extraConfig")
                .orElseThrow()
                .list("config.extraConfig", OptionValue.class)
                .forEach(each -> extra.put(each.getKey(), String.valueOf(each.getValue())));
        return extra;
    }

    /** Makes a template with one disk. */
    public String template(String name, long diskBytes) {
        return marked(machine(name, diskBytes));
    }

    /** Makes a template whose disk is on SATA. */
    String sataTemplate(String name, long diskBytes) {
        VirtualAHCIController controller = new VirtualAHCIController();
        // behind those of SCSI, as everywhere
        controller.setKey(15000);
        return marked(machine(name, diskBytes, controller));
    }

    /** Makes a template of a machine. */
    String marked(String ref) {
        talk().change(port -> {
            port.markAsTemplate(Tasks.object("VirtualMachine", ref));
            return null;
        });
        return ref;
    }

    /** The key of a portgroup that takes machines. */
    public String portgroup() {
        return all("DistributedVirtualPortgroup", "name", "key").stream()
                .filter(seen -> !seen.text("name").contains("Uplinks"))
                .map(seen -> seen.text("key"))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        vim.close();
    }
}
