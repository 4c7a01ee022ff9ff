// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.jclouds.compute.ComputeService;
import org.jclouds.compute.ComputeServiceContext;
import org.jclouds.compute.RunNodesException;
import org.jclouds.compute.domain.ComputeType;
import org.jclouds.compute.domain.Hardware;
import org.jclouds.compute.domain.Image;
import org.jclouds.compute.domain.NodeMetadata;
import org.jclouds.compute.domain.Processor;
import org.jclouds.compute.domain.Template;
import org.jclouds.compute.domain.Volume;
import org.jclouds.compute.options.TemplateOptions;
import org.jclouds.domain.Location;
import org.jclouds.domain.LocationScope;

/**
 * A cloud through nothing but jclouds' ComputeService: what every provider can. It cannot write onto a machine that is made,
 * knows no network but the provider's, and stops a machine by what jclouds calls to suspend it.
 */
public final class AnyCloud implements Cloud {
    private static final String GROUP = "isthmus";

    private final CloudSettings settings;
    private final Lazily<ComputeServiceContext> context;
    /** Known when the context has been made. */
    private volatile boolean lacksSeed;

    public AnyCloud(CloudSettings settings) {
        this.settings = settings;
        this.context = new Lazily<>(this::made);
    }

    private ComputeServiceContext made() {
        ComputeServiceContext made = Providers.context(settings.provider(), settings, new Properties())
                .buildView(ComputeServiceContext.class);
        lacksSeed = seedOption(made.getComputeService().templateOptions()).isEmpty();
        return made;
    }

    private ComputeService service() {
        return context.get().getComputeService();
    }

    @Override
    public String answer() {
        return settings.provider() + ", " + service().listAssignableLocations().size() + " locations";
    }

    @Override
    public List<Zone> zones() {
        return service().listAssignableLocations().stream()
                .filter(place -> settings.region().isEmpty()
                        || within(place, settings.region().orElseThrow()))
                .map(Location::getId)
                .filter(settings::uses)
                .map(name -> new Zone(name, true, ""))
                .toList();
    }

    private static boolean within(Location place, String region) {
        for (Location at = place; at != null; at = at.getParent()) {
            if (at.getId().equals(region)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public List<Node> nodes() {
        List<Node> found = service().listNodesDetailsMatching(node -> node.getType() == ComputeType.NODE).stream()
                .filter(AnyCloud::isThere)
                .map(AnyCloud::node)
                .toList();
        if (found.isEmpty() && service().listHardwareProfiles().isEmpty()) {
            // providers take "not found" for an empty list
            throw new DriverException(Kind.UNAVAILABLE, "The cloud shows neither machines nor instance types.");
        }
        return found;
    }

    @Override
    public Optional<Node> node(String ref) {
        return Optional.ofNullable(service().getNodeMetadata(ref))
                .filter(AnyCloud::isThere)
                .map(AnyCloud::node);
    }

    private static boolean isThere(NodeMetadata node) {
        return node.getStatus() != NodeMetadata.Status.TERMINATED;
    }

    private static Node node(NodeMetadata node) {
        Hardware hardware = node.getHardware();
        String type = hardware == null ? "" : hardware.getId();
        return new Node(
                node.getId(),
                node.getLocation() == null ? "" : zone(node.getLocation()),
                node.getName() == null ? node.getId() : node.getName(),
                node.getUserMetadata(),
                state(node.getStatus()),
                type,
                hardware == null ? Size.unknown(type) : size(hardware),
                !node.getPublicAddresses().isEmpty(),
                node.getBackendStatus() == null ? "" : node.getBackendStatus());
    }

    private static String zone(Location place) {
        Location at = place;
        while (at.getScope() == LocationScope.HOST && at.getParent() != null) {
            at = at.getParent();
        }
        return at.getId();
    }

    private static Node.State state(NodeMetadata.Status status) {
        return switch (status) {
            case PENDING -> Node.State.CHANGING;
            case RUNNING -> Node.State.ON;
            case SUSPENDED -> Node.State.OFF;
            case TERMINATED -> Node.State.GOING;
            case ERROR -> Node.State.FAILED;
            default -> Node.State.UNKNOWN;
        };
    }

    @Override
    public List<Size> sizes() {
        return service().listHardwareProfiles().stream().map(AnyCloud::size).toList();
    }

    /** What jclouds knows of an instance type. */
    public static Size size(Hardware hardware) {
        int cpus = 0;
        for (Processor processor : hardware.getProcessors()) {
            cpus += Math.toIntExact(Math.round(processor.getCores()));
        }
        long disk = 0;
        for (Volume volume : hardware.getVolumes()) {
            boolean boots = volume.isBootDevice() || hardware.getVolumes().size() == 1;
            disk = boots && volume.getSize() != null ? Math.round(volume.getSize()) : disk;
        }
        return new Size(hardware.getId(), Math.max(1, cpus), Math.max(1, hardware.getRam()), disk);
    }

    @Override
    public Optional<CloudImage> image(String ref) {
        Image image = service().getImage(ref);
        return Optional.ofNullable(image)
                .map(one -> new CloudImage(one.getId(), one.getName() == null ? one.getId() : one.getName(), 0));
    }

    @Override
    public String make(Order order) {
        TemplateOptions options = service()
                .templateOptions()
                .inboundPorts()
                .blockUntilRunning(false)
                .userMetadata(order.tags())
                .nodeNames(Set.of(name(order)));
        settings.network().ifPresent(options::networks);
        if (!settings.securityGroups().isEmpty()) {
            options.securityGroups(settings.securityGroups());
        }
        if (seedOption(options).isPresent()) {
            seed(options, UserData.of(order.spec().seed()));
        }
        Template template = service()
                .templateBuilder()
                .imageId(order.image().ref())
                .hardwareId(order.size().id())
                .locationId(order.spec().host())
                .options(options)
                .build();
        try {
            return service()
                    .createNodesInGroup(GROUP, 1, template)
                    .iterator()
                    .next()
                    .getId();
        } catch (RunNodesException e) {
            // what was made all the same carries its tags, and is found by them
            Throwable first = e.getNodeErrors().values().stream()
                    .findFirst()
                    .map(Throwable.class::cast)
                    .or(() -> e.getExecutionErrors().values().stream().findFirst())
                    .orElse(e);
            throw new IllegalStateException(first.getMessage(), first);
        }
    }

    /** Many clouds take a name once only. */
    private static String name(Order order) {
        String id = order.spec().server().value();
        return order.spec().name() + "-" + id.substring(id.length() - 12);
    }

    /** Providers that take user data have an option of this name, each in a class of its own. */
    private static Optional<java.lang.reflect.Method> seedOption(TemplateOptions options) {
        try {
            return Optional.of(options.getClass().getMethod("userData", byte[].class));
        } catch (NoSuchMethodException e) {
            return Optional.empty();
        }
    }

    private static void seed(TemplateOptions options, byte[] userData) {
        try {
            seedOption(options).orElseThrow().invoke(options, (Object) userData);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new DriverException(Kind.BROKEN, "The provider does not take user data: " + e.getCause());
        }
    }

    @Override
    public void start(Node node) {
        service().resumeNode(node.ref());
    }

    @Override
    public void stop(Node node, boolean cut) {
        service().suspendNode(node.ref());
    }

    @Override
    public void restart(String ref) {
        service().rebootNode(ref);
    }

    @Override
    public boolean destroy(String ref) {
        service().destroyNode(ref);
        return false;
    }

    @Override
    public boolean tag(String ref, Map<String, String> tags) {
        return false;
    }

    @Override
    public Optional<String> refusal(Order order) {
        return settings.network().isEmpty() && !settings.exposed()
                ? Optional.of(
                        "This endpoint says no network to put servers into (setting network), and the cloud would choose"
                                + " one that may be reached from outside.")
                : Optional.empty();
    }

    @Override
    public Set<String> capabilities() {
        return lacksSeed ? Set.of("NoSeed") : Set.of();
    }

    @Override
    public void close() {
        context.made().ifPresent(ComputeServiceContext::close);
    }
}
