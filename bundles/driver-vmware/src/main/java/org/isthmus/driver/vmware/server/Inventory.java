// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import com.vmware.vim25.DatastoreSummary;
import com.vmware.vim25.HostHardwareSummary;
import com.vmware.vim25.HostSystemConnectionState;
import com.vmware.vim25.ManagedObjectReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ComputeDriver.HostCapacity;

/** Hosts, datastores and folders, as they are now. Names repeat in a vCenter: an ambiguous one is refused, never guessed. */
public final class Inventory {
    private static final String DATACENTER = "Datacenter";
    private static final String FOLDER = "vmFolder";

    private final Talk talk;
    private final Where where;

    /** What of a vCenter is meant. */
    public record Where(Optional<String> datacenter, Optional<String> folder, Optional<String> datastore) {}

    public Inventory(Talk talk, Where where) {
        this.talk = talk;
        this.where = where;
    }

    /** What everything looked at lies beneath. */
    public ManagedObjectReference root() {
        ManagedObjectReference top = talk.content().getRootFolder();
        if (where.datacenter().isEmpty()) {
            return top;
        }
        return one(talk.all(top, DATACENTER, "name"), where.datacenter().orElseThrow(), "datacenter");
    }

    private static ManagedObjectReference one(List<Seen> all, String name, String what) {
        List<Seen> found =
                all.stream().filter(each -> each.text("name").equals(name)).toList();
        if (found.isEmpty()) {
            throw new DriverException(
                    Kind.INVALID, "There is no " + what + " " + name + " in this vCenter, or it may not be seen.");
        }
        if (found.size() > 1) {
            throw new DriverException(
                    Kind.INVALID, "There are " + found.size() + " of " + what + " " + name + ": which one is meant?");
        }
        return found.get(0).object();
    }

    /** A host. */
    public record Host(Seen seen, String name) {
        public ManagedObjectReference object() {
            return seen.object();
        }

        long memoryMiB() {
            return hardware().getMemorySize() >> 20;
        }

        int cpus() {
            return hardware().getNumCpuThreads();
        }

        private HostHardwareSummary hardware() {
            return seen.must("summary.hardware", HostHardwareSummary.class);
        }

        /** Why it takes no servers now; empty when it does. */
        public Optional<String> away() {
            HostSystemConnectionState state = seen.must("runtime.connectionState", HostSystemConnectionState.class);
            if (state != HostSystemConnectionState.CONNECTED) {
                return Optional.of("not connected to the vCenter: " + state.value());
            }
            boolean maintained =
                    seen.get("runtime.inMaintenanceMode", Boolean.class).orElse(false);
            return maintained ? Optional.of("in maintenance mode") : Optional.empty();
        }
    }

    /**
     * All hosts; one whose name another has, too, carries its reference behind it.
     *
     * @throws DriverException DENIED when none is seen: a vCenter leaves out what an account may not see
     */
    public List<Host> hosts() {
        List<Seen> all = talk.all(
                root(),
                "HostSystem",
                "name",
                "parent",
                "datastore",
                "summary.hardware",
                "runtime.connectionState",
                "runtime.inMaintenanceMode");
        if (all.isEmpty()) {
            throw unseen("no hosts");
        }
        Set<String> once = new HashSet<>();
        Set<String> often = new HashSet<>();
        for (Seen each : all) {
            String name = each.text("name");
            if (!once.add(name)) {
                often.add(name);
            }
        }
        return all.stream()
                .map(each -> new Host(
                        each,
                        often.contains(each.text("name"))
                                ? each.text("name") + " (" + each.ref() + ")"
                                : each.text("name")))
                .sorted(Comparator.comparing(Host::name))
                .toList();
    }

    private DriverException unseen(String what) {
        return new DriverException(
                Kind.DENIED,
                talk.vcenter() + " shows " + talk.user() + " " + what
                        + ". Give it a role with System.View and System.Read on "
                        + where.datacenter()
                                .map(name -> "the datacenter " + name)
                                .orElse("the vCenter")
                        + ", with propagation.");
    }

    /**
     * Sees that machines could be seen if there were any: the folders they are in.
     *
     * @throws DriverException DENIED when not
     */
    public void seesMachines() {
        ManagedObjectReference top = talk.content().getRootFolder();
        List<Seen> datacenters =
                where.datacenter().isPresent() ? talk.see(List.of(root()), FOLDER) : talk.all(top, DATACENTER, FOLDER);
        List<Seen> folders = talk.all(top, "Folder", "name");
        Set<String> refs = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (Seen each : folders) {
            refs.add(each.ref());
            names.add(each.text("name"));
        }
        boolean seen = where.folder().isPresent()
                ? names.contains(last(where.folder().orElseThrow()))
                : !datacenters.isEmpty()
                        && datacenters.stream()
                                .allMatch(each -> refs.contains(each.must(FOLDER, ManagedObjectReference.class)
                                        .getValue()));
        if (!seen) {
            throw unseen("no folders of machines");
        }
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    public Host host(String name) {
        return hosts().stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new DriverException(Kind.INVALID, "There is no host " + name + " in this vCenter."));
    }

    /** What hosts have. */
    public List<HostCapacity> capacity() {
        Map<String, DatastoreSummary> stores = stores();
        List<HostCapacity> capacity = new ArrayList<>();
        for (Host host : hosts()) {
            // a host that never was connected has told nothing of itself
            if (host.seen().get("summary.hardware", HostHardwareSummary.class).isEmpty()) {
                continue;
            }
            long bytes = usable(host, stores).stream()
                    .mapToLong(ref -> stores.get(ref).getCapacity())
                    .sum();
            capacity.add(new HostCapacity(
                    host.name(),
                    host.cpus(),
                    host.memoryMiB(),
                    bytes >> 30,
                    host.away().isEmpty(),
                    host.away().orElse("")));
        }
        return capacity;
    }

    private Map<String, DatastoreSummary> stores() {
        Map<String, DatastoreSummary> stores = new HashMap<>();
        for (Seen each : talk.all(root(), "Datastore", "summary")) {
            stores.put(each.ref(), each.must("summary", DatastoreSummary.class));
        }
        return stores;
    }

    /** References of the datastores that the host sees and servers may be put on. */
    private List<String> usable(Host host, Map<String, DatastoreSummary> stores) {
        return host.seen().list("datastore", ManagedObjectReference.class).stream()
                .map(ManagedObjectReference::getValue)
                .filter(stores::containsKey)
                .filter(ref -> stores.get(ref).isAccessible())
                .filter(ref -> stores.get(ref).getMaintenanceMode() == null
                        || stores.get(ref).getMaintenanceMode().equals("normal"))
                .filter(ref -> where.datastore().isEmpty()
                        || stores.get(ref).getName().equals(where.datastore().orElseThrow()))
                .toList();
    }

    /** A datastore for a new server. */
    public record Store(ManagedObjectReference object, String name, long freeBytes) {}

    public Store storeFor(Host host) {
        Map<String, DatastoreSummary> stores = stores();
        return usable(host, stores).stream()
                .map(stores::get)
                .max(Comparator.comparingLong(DatastoreSummary::getFreeSpace)
                        .thenComparing(DatastoreSummary::getName, Comparator.reverseOrder()))
                .map(store -> new Store(store.getDatastore(), store.getName(), store.getFreeSpace()))
                .orElseThrow(() -> new DriverException(
                        Kind.NO_CAPACITY,
                        host.name() + " sees no datastore"
                                + where.datastore().map(name -> " " + name).orElse("") + " that takes servers."));
    }

    /**
     * Where a server is put.
     *
     * @param pool of the host's cluster, or of the host alone
     * @param folder for its entry in the inventory
     */
    public record Place(
            Host host,
            ManagedObjectReference datacenter,
            ManagedObjectReference pool,
            ManagedObjectReference folder,
            Store store) {}

    public Place placeOn(String hostName) {
        Host host = host(hostName);
        host.away().ifPresent(why -> {
            throw new DriverException(Kind.NO_CAPACITY, host.name() + " is " + why + ".");
        });
        ManagedObjectReference top = talk.content().getRootFolder();
        Map<String, ManagedObjectReference> parents = new HashMap<>();
        Map<String, Seen> resources = new HashMap<>();
        for (Seen each : talk.all(top, "ComputeResource", "parent", "resourcePool")) {
            resources.put(each.ref(), each);
        }
        List<Seen> folders = talk.all(top, "Folder", "parent", "name");
        for (Seen each : folders) {
            each.get("parent", ManagedObjectReference.class).ifPresent(parent -> parents.put(each.ref(), parent));
        }
        Seen resource = Optional.ofNullable(resources.get(
                        host.seen().must("parent", ManagedObjectReference.class).getValue()))
                .orElseThrow(() -> new DriverException(
                        Kind.DENIED, "The cluster of " + host.name() + " may not be seen; give System.View on it."));
        ManagedObjectReference up = resource.must("parent", ManagedObjectReference.class);
        while (up != null && !up.getType().equals(DATACENTER)) {
            up = parents.get(up.getValue());
        }
        if (up == null) {
            throw new DriverException(
                    Kind.DENIED, "The datacenter of " + host.name() + " may not be seen; give System.View on it.");
        }
        ManagedObjectReference servers = talk.see(up, FOLDER)
                .map(seen -> seen.must(FOLDER, ManagedObjectReference.class))
                .orElseThrow(() -> new DriverException(Kind.NOT_FOUND, "The datacenter went away."));
        return new Place(
                host,
                up,
                resource.must("resourcePool", ManagedObjectReference.class),
                beneath(servers, folders),
                storeFor(host));
    }

    /** On the first host that takes servers. */
    public Place anywhere() {
        return hosts().stream()
                .filter(host -> host.seen()
                        .get("summary.hardware", HostHardwareSummary.class)
                        .isPresent())
                .filter(host -> host.away().isEmpty())
                .findFirst()
                .map(host -> placeOn(host.name()))
                .orElseThrow(() -> new DriverException(Kind.NO_CAPACITY, "No host takes anything now."));
    }

    /** Networks and portgroups of a place's datacenter by name; those whose name is not the only one there are left out. */
    public Map<String, ManagedObjectReference> networks(Place place) {
        Map<String, ManagedObjectReference> networks = new HashMap<>();
        Set<String> often = new HashSet<>();
        for (Seen each : talk.all(place.datacenter(), "Network", "name")) {
            if (networks.put(each.text("name"), each.object()) != null) {
                often.add(each.text("name"));
            }
        }
        networks.keySet().removeAll(often);
        return networks;
    }

    private ManagedObjectReference beneath(ManagedObjectReference top, List<Seen> folders) {
        ManagedObjectReference at = top;
        for (String name : where.folder().map(path -> path.split("/")).orElse(new String[0])) {
            ManagedObjectReference above = at;
            at = folders.stream()
                    .filter(each -> each.text("name").equals(name))
                    .filter(each -> each.get("parent", ManagedObjectReference.class)
                            .map(parent -> parent.getValue().equals(above.getValue()))
                            .orElse(false))
                    .map(Seen::object)
                    .findFirst()
                    .orElseThrow(() -> new DriverException(
                            Kind.INVALID,
                            "There is no folder " + where.folder().orElse("") + " for servers in this datacenter."));
        }
        return at;
    }
}
