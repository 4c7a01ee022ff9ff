// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.aws;

import com.google.common.collect.ImmutableMultimap;
import com.google.inject.AbstractModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.isthmus.driver.jclouds.cloud.AnyCloud;
import org.isthmus.driver.jclouds.cloud.Cloud;
import org.isthmus.driver.jclouds.cloud.CloudImage;
import org.isthmus.driver.jclouds.cloud.CloudSettings;
import org.isthmus.driver.jclouds.cloud.Lazily;
import org.isthmus.driver.jclouds.cloud.Node;
import org.isthmus.driver.jclouds.cloud.Order;
import org.isthmus.driver.jclouds.cloud.Providers;
import org.isthmus.driver.jclouds.cloud.Size;
import org.isthmus.driver.jclouds.cloud.UserData;
import org.isthmus.driver.jclouds.cloud.Zone;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.jclouds.aws.ec2.AWSEC2Api;
import org.jclouds.aws.ec2.compute.suppliers.AWSEC2HardwareSupplier;
import org.jclouds.aws.ec2.features.AWSInstanceApi;
import org.jclouds.aws.filters.FormSignerV4.ServiceAndRegion;
import org.jclouds.compute.ComputeServiceContext;
import org.jclouds.ec2.domain.AvailabilityZoneInfo;
import org.jclouds.ec2.domain.Image;
import org.jclouds.ec2.domain.InstanceState;
import org.jclouds.ec2.domain.Reservation;
import org.jclouds.ec2.domain.RunningInstance;
import org.jclouds.ec2.domain.Subnet;
import org.jclouds.ec2.options.DescribeImagesOptions;
import org.jclouds.rest.AuthorizationException;

/**
 * EC2. A machine is made with a client token, for which EC2 makes one machine however often it is asked, and with its tags in
 * the same request. It goes into a subnet that the endpoint names, with a public address refused in the request itself.
 *
 * <p>Every request goes to the endpoint's address: jclouds would ask for the list of regions before each first one.
 */
public final class Ec2Cloud implements Cloud {
    /** The first that knows tags in RunInstances; jclouds' own is older than public addresses that can be refused. */
    private static final String API_VERSION = "2016-11-15";

    private static final String DEFAULT_REGION = "us-east-1";
    private static final int LONGEST_SEED = 16_384;
    /** The cheapest first. */
    private static final List<String> FAMILIES = List.of("t3.", "m5.", "c5.", "r4.");

    private static final List<Size> TYPES = types();
    /** Null: the address of the endpoint. */
    private static final String HERE = null;

    private final CloudSettings settings;
    private final String region;
    private final Lazily<ComputeServiceContext> context;

    public Ec2Cloud(CloudSettings settings) {
        this.region = settings.region().orElse(DEFAULT_REGION);
        this.settings = settings;
        Properties properties = new Properties();
        properties.setProperty("jclouds.api-version", API_VERSION);
        properties.setProperty("jclouds.regions", region);
        // asking again is what the host does
        properties.setProperty("jclouds.max-retries", "0");
        String address = settings.endpoint().orElse("https://ec2." + region + ".amazonaws.com");
        this.context = new Lazily<>(() -> Providers.context("aws-ec2", settings, properties)
                .endpoint(address)
                .modules(List.of(new Scope(region)))
                .buildView(ComputeServiceContext.class));
    }

    private AWSEC2Api api() {
        return context.get().unwrapApi(AWSEC2Api.class);
    }

    /** What requests are signed for; jclouds would read it off the first two words of the host's name. */
    private static final class Scope extends AbstractModule {
        private final String region;

        private Scope(String region) {
            this.region = region;
        }

        @Override
        protected void configure() {
            bind(ServiceAndRegion.class).toInstance(new ServiceAndRegion() {
                @Override
                public String service() {
                    return "ec2";
                }

                @Override
                public String region(String host) {
                    return region;
                }
            });
        }
    }

    private AWSInstanceApi instances() {
        return api().getInstanceApi().get();
    }

    @Override
    public String answer() {
        return "EC2, region " + region + ", " + zones().size() + " zones";
    }

    @Override
    public List<Zone> zones() {
        List<Zone> zones = new ArrayList<>();
        Optional<String> within = zoneOfSubnet();
        for (AvailabilityZoneInfo zone :
                api().getAvailabilityZoneAndRegionApi().get().describeAvailabilityZonesInRegion(HERE)) {
            if (settings.uses(zone.getZone())) {
                String why = "available".equals(zone.getState())
                        ? within.filter(place -> !place.equals(zone.getZone()))
                                .map(place -> "the endpoint's subnet "
                                        + settings.network().orElse("") + " is in " + place + ".")
                                .orElse("")
                        : zone.getState() + ": " + String.join("; ", zone.getMessages());
                zones.add(new Zone(zone.getZone(), why.isEmpty(), why));
            }
        }
        return zones;
    }

    /** Where servers can be: a subnet is in one zone. Empty where none is named, or it may not be looked at. */
    private Optional<String> zoneOfSubnet() {
        if (settings.network().isEmpty()) {
            return Optional.empty();
        }
        try {
            return api()
                    .getSubnetApi()
                    .get()
                    .filter(ImmutableMultimap.of("subnet-id", settings.network().orElseThrow()))
                    .toList()
                    .stream()
                    .map(Subnet::getAvailabilityZone)
                    .findFirst();
        } catch (AuthorizationException e) {
            // the right to look at subnets is not needed for anything else
            return Optional.empty();
        }
    }

    @Override
    public List<Node> nodes() {
        List<Node> nodes = nodes(instances().describeInstancesInRegion(HERE));
        if (nodes.isEmpty()
                && api().getAvailabilityZoneAndRegionApi()
                        .get()
                        .describeAvailabilityZonesInRegion(HERE)
                        .isEmpty()) {
            // the provider takes "not found" for an empty list
            throw new DriverException(Kind.UNAVAILABLE, "The cloud shows neither instances nor zones.");
        }
        return nodes;
    }

    private static List<Node> nodes(Set<? extends Reservation<? extends RunningInstance>> reservations) {
        List<Node> nodes = new ArrayList<>();
        for (Reservation<? extends RunningInstance> reservation : reservations) {
            for (RunningInstance instance : reservation) {
                // shown for an hour after it is gone
                if (instance.getInstanceState() != InstanceState.TERMINATED) {
                    nodes.add(node(instance));
                }
            }
        }
        return nodes;
    }

    private static Node node(RunningInstance instance) {
        String type = instance.getInstanceType();
        return new Node(
                instance.getId(),
                instance.getAvailabilityZone() == null ? "" : instance.getAvailabilityZone(),
                instance.getTags().getOrDefault("Name", instance.getId()),
                instance.getTags(),
                state(instance.getInstanceState()),
                type,
                known(type),
                instance.getIpAddress() != null,
                instance.getReason() == null ? "" : instance.getReason());
    }

    private static Node.State state(InstanceState state) {
        return switch (state) {
            case PENDING -> Node.State.MAKING;
            case RUNNING -> Node.State.ON;
            case STOPPING -> Node.State.CHANGING;
            case STOPPED -> Node.State.OFF;
            case SHUTTING_DOWN, TERMINATED -> Node.State.GOING;
            default -> Node.State.UNKNOWN;
        };
    }

    @Override
    public Optional<Node> node(String ref) {
        // an id of another form is refused by EC2, and is no machine of it
        return ref.startsWith("i-")
                ? nodes(instances().describeInstancesInRegion(HERE, ref)).stream()
                        .findFirst()
                : Optional.empty();
    }

    /** Such as one whose volume was refused: it is made, and terminated a moment later. */
    @Override
    public Optional<String> ended(String ref) {
        for (Reservation<? extends RunningInstance> reservation : instances().describeInstancesInRegion(HERE, ref)) {
            for (RunningInstance instance : reservation) {
                if (instance.getInstanceState() == InstanceState.TERMINATED) {
                    return Optional.of(instance.getReason() == null ? "" : instance.getReason());
                }
            }
        }
        return Optional.empty();
    }

    /** Begun with one of our client tokens, and not shown with its tags: EC2 shows these a little later at times. */
    @Override
    public List<Node> untagged(String server) {
        return nodes(instances()
                .describeInstancesInRegionWithFilter(HERE, ImmutableMultimap.of("client-token", server + "-*")));
    }

    /** jclouds has them in a list of its own; what is newer is named by the operator. */
    private static List<Size> types() {
        return new AWSEC2HardwareSupplier(Set.of())
                .get().stream()
                        .map(AnyCloud::size)
                        // the boot disk is a volume of the size that is wished
                        .map(size -> new Size(size.id(), size.cpus(), size.memoryMiB(), 0))
                        .toList();
    }

    private static Size known(String type) {
        return TYPES.stream().filter(size -> size.id().equals(type)).findFirst().orElse(Size.unknown(type));
    }

    /** Those that may be taken without being named: of the processor that images are for, and still offered. */
    @Override
    public List<Size> sizes() {
        return FAMILIES.stream()
                .flatMap(family -> TYPES.stream().filter(size -> size.id().startsWith(family)))
                .toList();
    }

    @Override
    public Optional<CloudImage> image(String ref) {
        return ref.startsWith("ami-")
                ? ami(ref).map(image -> new CloudImage(ref, image.getName(), rootGiB(image)))
                : Optional.empty();
    }

    private Optional<Image> ami(String ref) {
        return api()
                .getAMIApi()
                .get()
                .describeImagesInRegion(HERE, DescribeImagesOptions.Builder.imageIds(ref))
                .stream()
                .findFirst()
                .map(Image.class::cast);
    }

    private static long rootGiB(Image image) {
        Image.EbsBlockDevice root = image.getEbsBlockDevices().get(String.valueOf(image.getRootDeviceName()));
        return root == null ? 0 : root.getVolumeSize();
    }

    @Override
    public Optional<String> refusal(Order order) {
        if (UserData.of(order.spec().seed()).length > LONGEST_SEED) {
            return Optional.of("User data has at most " + LONGEST_SEED + " bytes here.");
        }
        return settings.network().isEmpty()
                ? Optional.of(
                        "This endpoint says no subnet to put servers into (setting network); EC2 would choose one that"
                                + " may be reached from outside.")
                : Optional.empty();
    }

    @Override
    public String make(Order order) {
        Image image = ami(order.image().ref())
                .orElseThrow(() -> new DriverException(
                        Kind.NOT_FOUND,
                        "The cloud has no image " + order.image().ref() + "."));
        RunOptions options = new RunOptions();
        options.withClientToken(order.key());
        options.asType(order.size().id());
        byte[] userData = UserData.of(order.spec().seed());
        if (userData.length > 0) {
            options.withUserData(userData);
        }
        options.with("NetworkInterface.1.DeviceIndex", "0")
                .with("NetworkInterface.1.SubnetId", settings.network().orElseThrow())
                .with("NetworkInterface.1.AssociatePublicIpAddress", String.valueOf(settings.exposed()))
                .with("NetworkInterface.1.DeleteOnTermination", "true")
                // a guest that powers itself off is off, and not gone
                .with("InstanceInitiatedShutdownBehavior", "stop");
        for (int i = 0; i < settings.securityGroups().size(); i++) {
            options.with(
                    "NetworkInterface.1.SecurityGroupId." + (i + 1),
                    settings.securityGroups().get(i));
        }
        if (image.getRootDeviceName() != null) {
            long gib = (order.spec().disks().get(0).sizeBytes() + (1L << 30) - 1) >> 30;
            options.with("BlockDeviceMapping.1.DeviceName", image.getRootDeviceName())
                    .with("BlockDeviceMapping.1.Ebs.VolumeSize", String.valueOf(Math.max(gib, rootGiB(image))))
                    .with("BlockDeviceMapping.1.Ebs.DeleteOnTermination", "true");
        }
        List<Map.Entry<String, String>> tags = new ArrayList<>(order.tags().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .toList());
        tags.add(Map.entry("Name", order.spec().name().value()));
        for (String kind : List.of("instance", "volume")) {
            int number = kind.equals("instance") ? 1 : 2;
            options.with("TagSpecification." + number + ".ResourceType", kind);
            for (int i = 0; i < tags.size(); i++) {
                String tag = "TagSpecification." + number + ".Tag." + (i + 1);
                options.with(tag + ".Key", tags.get(i).getKey())
                        .with(tag + ".Value", tags.get(i).getValue());
            }
        }
        return instances()
                .runInstancesInRegion(HERE, order.spec().host(), order.image().ref(), 1, 1, options)
                .iterator()
                .next()
                .getId();
    }

    @Override
    public void start(Node node) {
        instances().startInstancesInRegion(HERE, node.ref());
    }

    @Override
    public void stop(Node node, boolean cut) {
        instances().stopInstancesInRegion(HERE, cut, node.ref());
    }

    @Override
    public void restart(String ref) {
        instances().rebootInstancesInRegion(HERE, ref);
    }

    @Override
    public boolean destroy(String ref) {
        return !instances().terminateInstancesInRegion(HERE, ref).isEmpty();
    }

    @Override
    public boolean tag(String ref, Map<String, String> tags) {
        api().getTagApi().get().applyToResources(tags, List.of(ref));
        return true;
    }

    @Override
    public Set<String> capabilities() {
        return Set.of();
    }

    @Override
    public void close() {
        context.made().ifPresent(ComputeServiceContext::close);
    }
}
