// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware;

import com.vmware.vim25.DVPortgroupConfigSpec;
import com.vmware.vim25.VMwareDVSPortSetting;
import com.vmware.vim25.VmwareDistributedVirtualSwitchVlanIdSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Tasks;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.compute.Adoptable;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.Resizable;
import org.isthmus.spi.compute.Snapshots;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.tck.NetworkContract;
import org.isthmus.tck.NetworkSubject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The networks of a vCenter pass the contract. */
final class PortgroupContractTest extends NetworkContract {
    private static final AtomicInteger STRANGERS = new AtomicInteger();

    @TempDir
    private static Path folder;

    private static Stand stand;
    private static TestSite site;

    @TempDir
    private Path cache;

    @BeforeAll
    static void start() {
        Vim.warm();
        stand = Stand.start(folder);
        site = new TestSite(stand);
    }

    @AfterAll
    static void stop() {
        if (stand != null) {
            site.close();
            stand.close();
        }
    }

    @Override
    protected NetworkSubject subject() {
        return new OnStand(cache);
    }

    private record OnStand(Path cache) implements NetworkSubject {
        @Override
        public NetworkDriver open(DriverContext context) {
            return site.open(context, "vlans", "100-199")
                    .facet(NetworkDriver.class)
                    .orElseThrow();
        }

        @Override
        public Set<Class<?>> facets() {
            return Set.of(
                    Resizable.class,
                    Attachable.class,
                    Snapshots.class,
                    Adoptable.class,
                    ImageExport.class,
                    ImageImport.class);
        }

        @Override
        public boolean makeUnmanaged() {
            DVPortgroupConfigSpec spec = new DVPortgroupConfigSpec();
            spec.setName("stranger-" + STRANGERS.incrementAndGet());
            spec.setType("earlyBinding");
            spec.setNumPorts(1);
            var dvs = site.first("DistributedVirtualSwitch", "name").object();
            var task = site.talk().change(port -> port.addDVPortgroupTask(dvs, List.of(spec)));
            return Tasks.succeeded(site.talk().task(task).orElseThrow());
        }

        private List<Seen> portgroups(NetworkId network) {
            return site
                    .all("DistributedVirtualPortgroup", "name", "config.defaultPortConfig", "config.configVersion")
                    .stream()
                    .filter(seen -> seen.text("name").contains(network.value()))
                    .toList();
        }

        @Override
        public List<String> leftovers(NetworkId network) {
            return portgroups(network).stream().map(seen -> seen.text("name")).toList();
        }

        @Override
        public boolean damage(NetworkId network) {
            Seen portgroup = portgroups(network).get(0);
            VMwareDVSPortSetting setting = new VMwareDVSPortSetting();
            VmwareDistributedVirtualSwitchVlanIdSpec none = new VmwareDistributedVirtualSwitchVlanIdSpec();
            none.setVlanId(0);
            setting.setVlan(none);
            DVPortgroupConfigSpec spec = new DVPortgroupConfigSpec();
            spec.setConfigVersion(portgroup.text("config.configVersion"));
            spec.setDefaultPortConfig(setting);
            var task = site.talk().change(port -> port.reconfigureDVPortgroupTask(portgroup.object(), spec));
            return Tasks.succeeded(site.talk().task(task).orElseThrow());
        }

        @Override
        public boolean isWhole(NetworkId network) {
            VMwareDVSPortSetting setting =
                    portgroups(network).get(0).must("config.defaultPortConfig", VMwareDVSPortSetting.class);
            return setting.getVlan() instanceof VmwareDistributedVirtualSwitchVlanIdSpec vlan
                    && vlan.getVlanId() >= 100
                    && vlan.getVlanId() <= 199
                    && !setting.getSecurityPolicy().getForgedTransmits().isValue();
        }

        @Override
        public Set<String> secrets() {
            return Set.of(stand.password().reveal());
        }

        @Override
        public Optional<Outage> disconnect() {
            stand.unreachable();
            return Optional.of(stand::reachable);
        }
    }
}
