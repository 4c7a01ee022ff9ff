// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.openstack;

import com.google.common.base.Optional;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.isthmus.driver.jclouds.cloud.Calls;
import org.isthmus.driver.jclouds.cloud.Cloud;
import org.isthmus.driver.jclouds.cloud.CloudImage;
import org.isthmus.driver.jclouds.cloud.CloudSettings;
import org.isthmus.driver.jclouds.cloud.Failures;
import org.isthmus.driver.jclouds.cloud.Lazily;
import org.isthmus.driver.jclouds.cloud.Node;
import org.isthmus.driver.jclouds.cloud.Order;
import org.isthmus.driver.jclouds.cloud.Size;
import org.isthmus.driver.jclouds.cloud.UserData;
import org.isthmus.driver.jclouds.cloud.Zone;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.PortBinding;
import org.jclouds.openstack.nova.v2_0.NovaApi;
import org.jclouds.openstack.nova.v2_0.NovaApiMetadata;
import org.jclouds.openstack.nova.v2_0.domain.Address;
import org.jclouds.openstack.nova.v2_0.domain.Flavor;
import org.jclouds.openstack.nova.v2_0.domain.Image;
import org.jclouds.openstack.nova.v2_0.domain.Network;
import org.jclouds.openstack.nova.v2_0.domain.RebootType;
import org.jclouds.openstack.nova.v2_0.domain.Server;
import org.jclouds.openstack.nova.v2_0.extensions.AvailabilityZoneApi;
import org.jclouds.openstack.nova.v2_0.extensions.ServerAdminApi;
import org.jclouds.openstack.nova.v2_0.features.ServerApi;
import org.jclouds.openstack.nova.v2_0.options.CreateServerOptions;

/**
 * OpenStack. A machine's metadata is written in the request that makes it, so it is found by its marks whatever becomes of the
 * answer. It starts at once; Nova can freeze it with its memory kept, so a new machine is suspended as soon as it runs, and
 * its first start goes on where it was: nothing of a guest's first boot is cut off.
 */
public final class NovaCloud implements Cloud {
    /** Nova's limit is 65,535 of Base64. */
    private static final int LONGEST_SEED = 49_000;

    private final CloudSettings settings;
    private final Lazily<NovaApi> context;
    private final NeutronNetworks networks;
    /** What a flavor's id stands for never changes. */
    private final Map<String, Size> flavors = new ConcurrentHashMap<>();

    public NovaCloud(CloudSettings settings) {
        this.settings = settings;
        this.context = new Lazily<>(
                () -> Keystone.context(new NovaApiMetadata(), settings).buildApi(NovaApi.class));
        this.networks = new NeutronNetworks(settings, this::region);
    }

    private NovaApi api() {
        return context.get();
    }

    private String region() {
        Set<String> regions = api().getConfiguredRegions();
        if (settings.region().isPresent()) {
            String region = settings.region().orElseThrow();
            if (!regions.contains(region)) {
                throw new DriverException(
                        Kind.INVALID,
                        "The cloud has no region " + region + ", but " + String.join(", ", regions) + ".");
            }
            return region;
        }
        if (regions.size() != 1) {
            throw new DriverException(
                    Kind.INVALID,
                    "The cloud has several regions; say which by the setting region: " + String.join(", ", regions)
                            + ".");
        }
        return regions.iterator().next();
    }

    private ServerApi servers() {
        return api().getServerApi(region());
    }

    @Override
    public String answer() {
        return "OpenStack, region " + region() + ", " + sizes().size() + " flavors";
    }

    @Override
    public List<Zone> zones() {
        Optional<AvailabilityZoneApi> zones = api().getAvailabilityZoneApi(region());
        if (!zones.isPresent()) {
            return List.of(new Zone(region(), true, ""));
        }
        return zones.get().listAvailabilityZones().toList().stream()
                .filter(zone -> settings.uses(zone.getName()))
                .map(zone -> {
                    boolean available = zone.getState().isAvailable();
                    return new Zone(zone.getName(), available, available ? "" : "The cloud says it is not available.");
                })
                .toList();
    }

    @Override
    public List<Node> nodes() {
        List<Server> all = servers().listInDetail().concat().toList();
        if (all.isEmpty() && sizes().isEmpty()) {
            // the provider takes "not found" for an empty list; a cloud without flavors has not answered
            throw new DriverException(Kind.UNAVAILABLE, "The cloud shows neither servers nor flavors.");
        }
        return all.stream().filter(NovaCloud::isThere).map(this::node).toList();
    }

    @Override
    public java.util.Optional<Node> node(String ref) {
        return java.util.Optional.ofNullable(servers().get(ref))
                .filter(NovaCloud::isThere)
                .map(this::node);
    }

    private static boolean isThere(Server server) {
        return server.getStatus() != Server.Status.DELETED && server.getStatus() != Server.Status.SOFT_DELETED;
    }

    private Node node(Server server) {
        Size size = flavor(server.getFlavor().getId());
        boolean unplaced = server.getHostId() == null || server.getHostId().isBlank();
        return new Node(
                server.getId(),
                server.getAvailabilityZone().or("").isEmpty()
                        ? region()
                        : server.getAvailabilityZone().get(),
                server.getName(),
                server.getMetadata(),
                state(server),
                size.id(),
                size,
                server.getAddresses().values().stream().map(Address::getAddr).anyMatch(NovaCloud::isPublic),
                server.getStatus() == Server.Status.ERROR && unplaced ? "No valid host was found for it." : "");
    }

    /** Also while another controller or the cloud's owner is at it: then there is a task. */
    private static Node.State state(Server server) {
        String task = server.getExtendedStatus().isPresent()
                ? String.valueOf(server.getExtendedStatus().get().getTaskState())
                : "null";
        if (task.equals("deleting")) {
            return Node.State.GOING;
        }
        Node.State state =
                switch (server.getStatus()) {
                    case ACTIVE, RESCUE, PASSWORD -> Node.State.ON;
                    case SHUTOFF, SHELVED, SHELVED_OFFLOADED -> Node.State.OFF;
                    case SUSPENDED -> Node.State.HELD;
                    case PAUSED -> Node.State.PAUSED;
                    case BUILD -> Node.State.MAKING;
                    case REBUILD, RESIZE, VERIFY_RESIZE, REVERT_RESIZE, REBOOT, HARD_REBOOT, MIGRATING -> Node.State
                            .CHANGING;
                    case ERROR -> Node.State.FAILED;
                    default -> Node.State.UNKNOWN;
                };
        boolean busy = !task.equals("null") && !task.isBlank();
        return busy && state != Node.State.MAKING && state != Node.State.FAILED ? Node.State.CHANGING : state;
    }

    static boolean isPublic(String address) {
        try {
            java.net.InetAddress parsed = com.google.common.net.InetAddresses.forString(address);
            byte[] bytes = parsed.getAddress();
            boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
            boolean carrier = bytes.length == 4 && bytes[0] == 100 && (bytes[1] & 0xc0) == 64;
            return !(parsed.isSiteLocalAddress()
                    || parsed.isLinkLocalAddress()
                    || parsed.isLoopbackAddress()
                    || uniqueLocal
                    || carrier);
        } catch (IllegalArgumentException e) {
            return true;
        }
    }

    private Size flavor(String id) {
        Size known = flavors.get(id);
        if (known != null) {
            return known;
        }
        sizes();
        return flavors.computeIfAbsent(id, unknown -> {
            Flavor flavor = api().getFlavorApi(region()).get(unknown);
            return flavor == null ? Size.unknown(unknown) : size(flavor);
        });
    }

    @Override
    public List<Size> sizes() {
        List<Size> sizes = new ArrayList<>();
        for (Flavor flavor : api().getFlavorApi(region()).listInDetail().concat()) {
            Size size = size(flavor);
            flavors.put(flavor.getId(), size);
            sizes.add(size);
        }
        sizes.sort(Comparator.comparing(Size::id));
        return sizes;
    }

    private static Size size(Flavor flavor) {
        return new Size(
                flavor.getName(), Math.max(1, flavor.getVcpus()), Math.max(1, flavor.getRam()), flavor.getDisk());
    }

    @Override
    public java.util.Optional<CloudImage> image(String ref) {
        Image image = api().getImageApi(region()).get(ref);
        return java.util.Optional.ofNullable(image)
                .map(one -> new CloudImage(one.getId(), one.getName(), one.getMinDisk()));
    }

    @Override
    public java.util.Optional<String> port(PortBinding binding) {
        return java.util.Optional.of(binding)
                .filter(one -> one.kind().equals(NeutronNetworks.BINDING))
                .map(one -> one.attributes().get(NeutronNetworks.PORT));
    }

    @Override
    public java.util.Optional<String> refusal(Order order) {
        if (UserData.of(order.spec().seed()).length > LONGEST_SEED) {
            return java.util.Optional.of("User data has at most " + LONGEST_SEED + " bytes here.");
        }
        return order.ports().isEmpty() && settings.network().isEmpty()
                ? java.util.Optional.of(
                        "The server has no interface, and this endpoint says no network for such servers"
                                + " (setting network); the cloud would choose one that may be reached from outside.")
                : java.util.Optional.empty();
    }

    @Override
    public String make(Order order) {
        CreateServerOptions options = new CreateServerOptions()
                .metadata(order.tags())
                .userData(UserData.of(order.spec().seed()))
                .configDrive(true);
        if (api().getAvailabilityZoneApi(region()).isPresent()) {
            options.availabilityZone(order.spec().host());
        }
        if (order.ports().isEmpty()) {
            options.networks(settings.network().orElseThrow());
            options.securityGroupNames(settings.securityGroups());
        } else {
            options.novaNetworks(order.ports().stream()
                    .map(port -> Network.builder().portUuid(port).build())
                    .toList());
        }
        String flavor = flavors.entrySet().stream()
                .filter(entry -> entry.getValue().id().equals(order.size().id()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(order.size().id());
        return servers()
                .create(order.spec().name().value(), order.image().ref(), flavor, options)
                .getId();
    }

    @Override
    public void start(Node node) {
        switch (node.state()) {
            case HELD -> act(() -> admin().get().resume(node.ref()));
            case PAUSED -> act(() -> admin().get().unpause(node.ref()));
            default -> act(() -> servers().start(node.ref()));
        }
    }

    /** Nova asks the guest first and cuts power after a time of its own; there is no other way. */
    @Override
    public void stop(Node node, boolean cut) {
        act(() -> servers().stop(node.ref()));
    }

    @Override
    public void restart(String ref) {
        servers().reboot(ref, RebootType.HARD);
    }

    @Override
    public boolean destroy(String ref) {
        return servers().delete(ref);
    }

    private Optional<ServerAdminApi> admin() {
        return api().getServerAdminApi(region());
    }

    /** Nova refuses what does not go with the state, which is most often on its way to what is wished. */
    private static void act(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            if (Failures.status(e) != 409 || String.valueOf(e.getMessage()).contains("locked")) {
                throw e;
            }
        }
    }

    @Override
    public boolean tag(String ref, Map<String, String> tags) {
        servers().updateMetadata(ref, tags);
        return true;
    }

    @Override
    public boolean holds() {
        return true;
    }

    /** Where the cloud's policy or hypervisor does not allow it, the machine stays on: better than half a first boot. */
    @Override
    public boolean hold(String ref) {
        Optional<ServerAdminApi> admin = admin();
        if (!admin.isPresent()) {
            return false;
        }
        try {
            act(() -> admin.get().suspend(ref));
            return true;
        } catch (RuntimeException e) {
            if (Set.of(400, 403, 501).contains(Failures.status(e))) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public Set<String> capabilities() {
        return Set.of("NoNetworkNames");
    }

    @Override
    public java.util.Optional<NetworkDriver> networks(Calls calls) {
        return java.util.Optional.of(networks.driver(calls));
    }

    @Override
    public void close() {
        networks.close();
        context.made().ifPresent(NovaCloud::end);
    }

    static void end(Closeable api) {
        try {
            api.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
