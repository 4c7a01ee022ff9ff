// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.network;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualEthernetCard;
import com.vmware.vim25.VirtualEthernetCardDistributedVirtualPortBackingInfo;
import com.vmware.vim25.VirtualMachinePowerState;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.isthmus.driver.vmware.server.Errands;
import org.isthmus.driver.vmware.server.Fields;
import org.isthmus.driver.vmware.server.Inventory;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.driver.vmware.vim.VimFault;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.PortBinding;

/**
 * Networks as distributed portgroups: each has a VLAN that no other portgroup of its switch has, and lets no port hear or
 * send frames of others. Nobody answers DHCP or DNS there: a port's address is told to its guest by the binding.
 */
public final class Portgroups implements NetworkDriver {
    private static final String TYPE = "DistributedVirtualPortgroup";

    private final Driver whole;
    private final Vim vim;
    private final Inventory.Where where;
    private final Optional<String> dvs;
    private final Vlans vlans;
    /** Between two threads of this driver; another one that is open meanwhile is found out by looking again. */
    private final ReentrantLock writing = new ReentrantLock();

    /**
     * The networks of an open vCenter.
     *
     * @param whole what this is a part of
     * @param dvs name of the switch; may be empty where there is only one
     */
    public Portgroups(Driver whole, Vim vim, Inventory.Where where, Optional<String> dvs, Vlans vlans) {
        this.whole = whole;
        this.vim = vim;
        this.where = where;
        this.dvs = dvs;
        this.vlans = vlans;
    }

    @Override
    public Health health() {
        return whole.health();
    }

    @Override
    public Set<String> capabilities() {
        return whole.capabilities();
    }

    @Override
    public <F> Optional<F> facet(Class<F> type) {
        return whole.facet(type);
    }

    @Override
    public void close() {
        whole.close();
    }

    /** What is asked of one vCenter for one call. */
    private final class Sight {
        private final Talk talk = vim.talk();
        private final Fields fields = Fields.of(talk, TYPE);

        List<Portgroup> all() {
            return talk.all(new Inventory(talk, where).root(), TYPE, Portgroup.PATHS).stream()
                    .map(seen -> new Portgroup(seen, fields.on(seen)))
                    .toList();
        }

        Optional<Portgroup> of(NetworkId network) {
            return all().stream()
                    .filter(each -> each.mark()
                            .filter(mark -> mark.network().equals(network))
                            .isPresent())
                    .findFirst();
        }
    }

    private <T> Progress<T> change(Call call, String what, Function<Sight, Errands.Steps<T>> steps) {
        return alone(() -> named(what, () -> {
            Sight sight = new Sight();
            return Errands.run(sight.talk, call, what, steps.apply(sight));
        }));
    }

    private static <T> T named(String what, Supplier<T> question) {
        try {
            return question.get();
        } catch (VimFault fault) {
            throw fault.toDriver(what);
        }
    }

    private <T> Progress<T> alone(Supplier<Progress<T>> body) {
        try {
            if (!writing.tryLock(1, TimeUnit.SECONDS)) {
                return Progress.pending("waiting", Duration.ofSeconds(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException(Kind.UNAVAILABLE, "The call was broken off.", e);
        }
        try {
            return body.get();
        } finally {
            writing.unlock();
        }
    }

    @Override
    public Progress<Void> ensureNetwork(Call call, NetworkSpec wanted) {
        return change(call, "Making network " + wanted.name(), sight -> errands -> {
            Optional<Portgroup> present = sight.of(wanted.network());
            if (present.isEmpty()) {
                make(sight, errands, wanted, call.token());
                present = sight.of(wanted.network());
            }
            Portgroup portgroup = present.orElseThrow(() -> Errands.later("it appears", Duration.ofSeconds(1)));
            form(sight, errands, portgroup, wanted);
            return null;
        });
    }

    private void make(Sight sight, Errands errands, NetworkSpec wanted, String token) {
        ManagedObjectReference where = theSwitch(sight.talk);
        int vlan = freeVlan(sight.all(), where, wanted.network());
        Portgroup.Mark mark = new Portgroup.Mark(wanted.network(), wanted.cidr(), token);
        try {
            errands.once(
                    "portgroup", port -> port.addDVPortgroupTask(where, List.of(Portgroup.made(wanted, mark, vlan))));
        } catch (VimFault fault) {
            // another call has made it
            if (!fault.is("DuplicateName")) {
                throw fault;
            }
        }
    }

    private ManagedObjectReference theSwitch(Talk talk) {
        List<Seen> all = talk.all(new Inventory(talk, where).root(), "DistributedVirtualSwitch", "name");
        List<Seen> found = all.stream()
                .filter(each -> dvs.isEmpty() || each.text("name").equals(dvs.orElseThrow()))
                .toList();
        String named = dvs.map(name -> " called " + name).orElse("");
        if (found.isEmpty()) {
            throw new DriverException(Kind.INVALID, "There is no distributed switch" + named + " for networks.");
        }
        if (found.size() > 1) {
            throw new DriverException(
                    Kind.INVALID,
                    "There are " + found.size() + " distributed switches" + named
                            + ": say which in the settings switch and datacenter.");
        }
        return found.get(0).object();
    }

    /** One that nobody has; two networks that look at the same time rarely look from the same place on. */
    private int freeVlan(List<Portgroup> all, ManagedObjectReference on, NetworkId network) {
        Set<Integer> taken = new HashSet<>();
        all.stream().filter(each -> each.isOn(on)).forEach(each -> each.vlan().ifPresent(taken::add));
        return vlans.oneBut(taken, network.value().hashCode())
                .orElseThrow(() -> new DriverException(
                        Kind.NO_CAPACITY,
                        "All " + vlans.ids().size() + " VLANs of this endpoint are in use; give it more."));
    }

    /** Brings it to its form: what somebody changed of its VLAN or its security comes back. */
    private void form(Sight sight, Errands errands, Portgroup portgroup, NetworkSpec wanted) {
        for (PortSlot port : portgroup.ports()) {
            if (!isServers(wanted.cidr(), port.address())) {
                throw new DriverException(
                        Kind.CONFLICT,
                        "Port " + port.port() + " has " + Cidr.text(port.address()) + ", outside " + wanted.cidr()
                                + ".");
            }
        }
        Portgroup.Mark before = portgroup.mark().orElseThrow();
        Portgroup.Mark mark = new Portgroup.Mark(wanted.network(), wanted.cidr(), before.token());
        int vlan = vlanOf(sight, portgroup);
        if (!portgroup.is(mark, vlan)) {
            errands.begin(
                    "form",
                    port -> port.reconfigureDVPortgroupTask(portgroup.object(), portgroup.changedTo(mark, vlan)));
        }
    }

    /**
     * Its VLAN, or another when it has none of ours, or shares it. Two networks that were made at once do not see each other
     * when they choose; whoever sees the other moves, and looks again before it is done, for the other may be done already.
     */
    private int vlanOf(Sight sight, Portgroup portgroup) {
        List<Portgroup> all = sight.all();
        ManagedObjectReference on = theSwitch(sight.talk);
        int vlan = portgroup.vlan().orElse(0);
        boolean shared = all.stream()
                .filter(other -> other.isOn(on) && other.mark().isPresent())
                .filter(other -> !id(other).equals(id(portgroup)))
                .anyMatch(other -> other.vlan().equals(portgroup.vlan()));
        return vlans.ids().contains(vlan) && !shared ? vlan : freeVlan(all, on, id(portgroup));
    }

    private static NetworkId id(Portgroup portgroup) {
        return portgroup.mark().orElseThrow().network();
    }

    @Override
    public Progress<PortBinding> ensurePort(Call call, PortSpec wanted) {
        return change(call, "Making port " + wanted.port(), sight -> errands -> {
            Portgroup portgroup = sight.of(wanted.network())
                    .orElseThrow(
                            () -> new DriverException(Kind.NOT_FOUND, "There is no network " + wanted.network() + "."));
            Cidr cidr = portgroup.mark().orElseThrow().cidr();
            if (!isServers(cidr, wanted.address())) {
                throw new DriverException(
                        Kind.INVALID, Cidr.text(wanted.address()) + " is no server's address in " + cidr + ".");
            }
            write(sight, portgroup, wanted, call.token());
            return new PortBinding(
                    PortBinding.PORTGROUP,
                    Map.of(
                            PortBinding.PORTGROUP_KEY,
                            portgroup.key(),
                            PortBinding.ADDRESS,
                            Cidr.text(wanted.address()) + "/" + cidr.prefix()));
        });
    }

    private static boolean isServers(Cidr cidr, long address) {
        return cidr.contains(address) && address >= cidr.firstServer() && address <= cidr.lastServer();
    }

    private void write(Sight sight, Portgroup portgroup, PortSpec wanted, String token) {
        Optional<PortSlot> present = portgroup.port(wanted.port().value());
        PortSlot slot = PortSlot.of(
                present.map(PortSlot::number).orElseGet(portgroup::freeSlot),
                wanted,
                present.map(PortSlot::token).orElse(token));
        refuseClash(portgroup, slot);
        if (present.equals(Optional.of(slot))) {
            return;
        }
        sight.fields.write(portgroup.object(), slot.attribute(), slot.value());
        lookAgain(sight, wanted, slot);
    }

    private static void refuseClash(Portgroup portgroup, PortSlot slot) {
        portgroup.ports().stream().filter(slot::clashesWith).findFirst().ifPresent(other -> {
            throw new DriverException(
                    Kind.CONFLICT,
                    "Port " + other.port() + " has "
                            + (other.address() == slot.address() ? Cidr.text(other.address()) : other.mac())
                            + " already.");
        });
    }

    /** Another version of this driver may have written at the same moment: the older port stays, the other gives way. */
    private static void lookAgain(Sight sight, PortSpec wanted, PortSlot slot) {
        Portgroup now = sight.of(wanted.network())
                .orElseThrow(() -> new DriverException(Kind.NOT_FOUND, "The network went away."));
        if (!now.port(wanted.port().value()).equals(Optional.of(slot))) {
            throw Errands.later("written over", Duration.ofMillis(200));
        }
        boolean another = now.ports().stream()
                .filter(slot::clashesWith)
                .anyMatch(other -> other.port().value().compareTo(slot.port().value()) < 0);
        if (another) {
            sight.fields.write(now.object(), slot.attribute(), "");
            refuseClash(now, slot);
        }
    }

    @Override
    public Progress<Void> removePort(Call call, NetworkId network, NicId port) {
        return change(call, "Removing port " + port, sight -> errands -> {
            Optional<Portgroup> portgroup = sight.of(network);
            portgroup
                    .flatMap(found -> found.port(port.value()))
                    .ifPresent(
                            slot -> sight.fields.write(portgroup.orElseThrow().object(), slot.attribute(), ""));
            return null;
        });
    }

    @Override
    public Progress<Void> removeNetwork(Call call, NetworkId network) {
        return change(call, "Removing network " + network, sight -> errands -> {
            Optional<Portgroup> portgroup = sight.of(network);
            portgroup.ifPresent(found -> remove(errands, found));
            return null;
        });
    }

    private static void remove(Errands errands, Portgroup portgroup) {
        if (!portgroup.ports().isEmpty()) {
            throw new DriverException(
                    Kind.CONFLICT, "The network has " + portgroup.ports().size() + " ports.");
        }
        try {
            errands.once("remove", port -> port.destroyTask(portgroup.object()));
        } catch (VimFault fault) {
            if (!fault.is("ManagedObjectNotFound")) {
                throw fault;
            }
        }
    }

    @Override
    public Optional<SeenNetwork> find(NetworkId network) {
        return named("Looking for network " + network, () -> {
            Sight sight = new Sight();
            return sight.of(network).map(found -> seen(found, plugged(sight, List.of(found))));
        });
    }

    @Override
    public List<SeenNetwork> list() {
        return named("Listing networks", () -> {
            Sight sight = new Sight();
            List<Portgroup> ours =
                    sight.all().stream().filter(each -> each.mark().isPresent()).toList();
            Map<String, Set<String>> plugged = plugged(sight, ours);
            return ours.stream().map(each -> seen(each, plugged)).toList();
        });
    }

    private static SeenNetwork seen(Portgroup portgroup, Map<String, Set<String>> plugged) {
        Portgroup.Mark mark = portgroup.mark().orElseThrow();
        Set<String> macs = plugged.getOrDefault(portgroup.key(), Set.of());
        return new SeenNetwork(
                mark.network(),
                mark.token(),
                mark.cidr(),
                portgroup.ports().stream()
                        .map(port -> port.seen(macs.contains(port.mac().value().toLowerCase(Locale.ROOT))))
                        .toList());
    }

    /** MACs of running machines by the key of the portgroup they are plugged into; nobody is asked where no port is. */
    private Map<String, Set<String>> plugged(Sight sight, List<Portgroup> ours) {
        if (ours.stream().allMatch(each -> each.ports().isEmpty())) {
            return Map.of();
        }
        Map<String, Set<String>> macs = new HashMap<>();
        ManagedObjectReference root = new Inventory(sight.talk, where).root();
        for (Seen machine : sight.talk.all(root, "VirtualMachine", "runtime.powerState", "config.hardware.device")) {
            boolean on = machine.get("runtime.powerState", VirtualMachinePowerState.class)
                    .map(state -> state == VirtualMachinePowerState.POWERED_ON)
                    .orElse(false);
            if (on) {
                machine.list("config.hardware.device", VirtualDevice.class).forEach(device -> plug(device, macs));
            }
        }
        return macs;
    }

    private static void plug(VirtualDevice device, Map<String, Set<String>> macs) {
        if (device instanceof VirtualEthernetCard card
                && card.getMacAddress() != null
                && card.getBacking() instanceof VirtualEthernetCardDistributedVirtualPortBackingInfo backing) {
            macs.computeIfAbsent(backing.getPort().getPortgroupKey(), key -> new HashSet<>())
                    .add(card.getMacAddress().toLowerCase(Locale.ROOT));
        }
    }
}
