// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.network;

import com.vmware.vim25.BoolPolicy;
import com.vmware.vim25.DVPortSetting;
import com.vmware.vim25.DVPortgroupConfigSpec;
import com.vmware.vim25.DVSSecurityPolicy;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.VMwareDVSPortSetting;
import com.vmware.vim25.VmwareDistributedVirtualSwitchPvlanSpec;
import com.vmware.vim25.VmwareDistributedVirtualSwitchVlanIdSpec;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;

/** A distributed portgroup as it was seen in one moment, and what a network of ours is written as. */
final class Portgroup {
    static final String[] PATHS = {
        "key",
        "name",
        "customValue",
        "config.description",
        "config.configVersion",
        "config.defaultPortConfig",
        "config.distributedVirtualSwitch"
    };
    /** The description is written in the same step that makes the portgroup; people may read it, too. */
    private static final Pattern MARK =
            Pattern.compile("Isthmus network (\\S+), subnet (\\S+), made by (\\S+)\\. Do not change this line\\.");

    private static final int LONGEST_NAME = 39;
    private static final int PORTS = 8;

    private final Seen seen;
    private final List<PortSlot> ports;
    private final Optional<Mark> mark;

    /** Whose it is. */
    record Mark(NetworkId network, Cidr cidr, String token) {
        String text() {
            return "Isthmus network " + network + ", subnet " + cidr + ", made by " + token
                    + ". Do not change this line.";
        }
    }

    Portgroup(Seen seen, Map<String, String> attributes) {
        this.seen = seen;
        this.ports = attributes.entrySet().stream()
                .map(each -> PortSlot.of(each.getKey(), each.getValue()))
                .flatMap(Optional::stream)
                .sorted(Comparator.comparingInt(PortSlot::number))
                .toList();
        this.mark = markOf(seen.text("config.description"));
    }

    private static Optional<Mark> markOf(String description) {
        Matcher matcher = MARK.matcher(description);
        if (!matcher.find()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Mark(new NetworkId(matcher.group(1)), Cidr.of(matcher.group(2)), matcher.group(3)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    ManagedObjectReference object() {
        return seen.object();
    }

    String key() {
        return seen.text("key");
    }

    Optional<Mark> mark() {
        return mark;
    }

    List<PortSlot> ports() {
        return ports;
    }

    Optional<PortSlot> port(String id) {
        return ports.stream().filter(each -> each.port().value().equals(id)).findFirst();
    }

    int freeSlot() {
        int number = 1;
        for (PortSlot each : ports) {
            if (each.number() == number) {
                number++;
            }
        }
        return number;
    }

    boolean isOn(ManagedObjectReference dvs) {
        return seen.get("config.distributedVirtualSwitch", ManagedObjectReference.class)
                .map(found -> found.getValue().equals(dvs.getValue()))
                .orElse(false);
    }

    /** Its one VLAN, when it has one. */
    OptionalInt vlan() {
        if (setting() instanceof VMwareDVSPortSetting vmware) {
            if (vmware.getVlan() instanceof VmwareDistributedVirtualSwitchVlanIdSpec vlan) {
                return OptionalInt.of(vlan.getVlanId());
            }
            if (vmware.getVlan() instanceof VmwareDistributedVirtualSwitchPvlanSpec vlan) {
                return OptionalInt.of(vlan.getPvlanId());
            }
        }
        return OptionalInt.empty();
    }

    private DVPortSetting setting() {
        return seen.get("config.defaultPortConfig", DVPortSetting.class).orElse(null);
    }

    /** Whether frames of others can neither be sent nor heard. */
    private boolean isStrict() {
        return setting() instanceof VMwareDVSPortSetting vmware
                && vmware.getSecurityPolicy() != null
                && isNo(vmware.getSecurityPolicy().getAllowPromiscuous())
                && isNo(vmware.getSecurityPolicy().getForgedTransmits())
                && isNo(vmware.getSecurityPolicy().getMacChanges());
    }

    private static boolean isNo(BoolPolicy policy) {
        return policy != null && Boolean.FALSE.equals(policy.isValue());
    }

    /** Whether nothing has to be changed. */
    boolean is(Mark wanted, int vlan) {
        return mark.equals(Optional.of(wanted)) && vlan().equals(OptionalInt.of(vlan)) && isStrict();
    }

    /** A change of this one to what is wanted; refused by the vCenter when it was changed since it was seen. */
    DVPortgroupConfigSpec changedTo(Mark wanted, int vlan) {
        DVPortgroupConfigSpec spec = form(wanted, vlan);
        spec.setConfigVersion(seen.text("config.configVersion"));
        return spec;
    }

    static DVPortgroupConfigSpec made(NetworkSpec network, Mark mark, int vlan) {
        DVPortgroupConfigSpec spec = form(mark, vlan);
        String name = network.name().value();
        spec.setName((name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME)) + " "
                + network.network().value());
        spec.setType("earlyBinding");
        spec.setNumPorts(PORTS);
        spec.setAutoExpand(true);
        return spec;
    }

    private static DVPortgroupConfigSpec form(Mark mark, int vlan) {
        VmwareDistributedVirtualSwitchVlanIdSpec tag = new VmwareDistributedVirtualSwitchVlanIdSpec();
        tag.setVlanId(vlan);
        tag.setInherited(false);
        DVSSecurityPolicy security = new DVSSecurityPolicy();
        security.setInherited(false);
        security.setAllowPromiscuous(no());
        security.setForgedTransmits(no());
        security.setMacChanges(no());
        VMwareDVSPortSetting setting = new VMwareDVSPortSetting();
        setting.setVlan(tag);
        setting.setSecurityPolicy(security);
        DVPortgroupConfigSpec spec = new DVPortgroupConfigSpec();
        spec.setDescription(mark.text());
        spec.setDefaultPortConfig(setting);
        return spec;
    }

    private static BoolPolicy no() {
        BoolPolicy policy = new BoolPolicy();
        policy.setInherited(false);
        policy.setValue(false);
        return policy;
    }
}
