// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.isthmus.driver.jclouds.aws.Ec2Cloud;
import org.isthmus.driver.jclouds.aws.Ec2Failures;
import org.isthmus.driver.jclouds.cloud.AnyCloud;
import org.isthmus.driver.jclouds.cloud.Calls;
import org.isthmus.driver.jclouds.cloud.Cloud;
import org.isthmus.driver.jclouds.cloud.CloudSettings;
import org.isthmus.driver.jclouds.cloud.Failures;
import org.isthmus.driver.jclouds.cloud.Providers;
import org.isthmus.driver.jclouds.openstack.NovaCloud;
import org.isthmus.driver.jclouds.server.PowerSwitch;
import org.isthmus.driver.jclouds.server.Servers;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.network.NetworkDriver;

/** An open cloud. Every call runs on a thread of this endpoint's own, see {@link Calls}. */
final class JcloudsDriver implements ComputeDriver {
    /** Within the host's ten seconds, with some left for the way back. */
    private static final Duration LIMIT = Duration.ofSeconds(9);

    private final Calls calls;
    private final Cloud cloud;
    private final Servers servers;
    private final PowerSwitch power;
    private final Optional<NetworkDriver> networks;
    private final CloudSettings settings;

    private JcloudsDriver(CloudSettings settings, Calls calls, Cloud cloud, DriverContext context) {
        this.calls = calls;
        this.cloud = cloud;
        this.servers = new Servers(cloud, settings, calls, context);
        this.power = new PowerSwitch(cloud);
        this.networks = cloud.networks(calls);
        this.settings = settings;
    }

    static JcloudsDriver open(CloudSettings settings, DriverContext context) {
        return open(settings, context, UnaryOperator.identity());
    }

    /** @param wire what lies between this driver and the cloud; tests cut it */
    static JcloudsDriver open(CloudSettings settings, DriverContext context, UnaryOperator<Cloud> wire) {
        boolean ec2 = settings.provider().equals("aws-ec2");
        Failures failures = new Failures(
                settings.credential().reveal(), thrown -> ec2 ? Ec2Failures.kind(thrown) : Optional.empty());
        Calls calls = new Calls(LIMIT, failures);
        try {
            Cloud cloud = calls.call("open", () -> wire.apply(cloud(settings)));
            return new JcloudsDriver(settings, calls, cloud, context);
        } catch (RuntimeException e) {
            calls.close();
            throw e;
        }
    }

    private static Cloud cloud(CloudSettings settings) {
        // before a class is touched that needs it
        Providers.must(settings.provider());
        return switch (settings.provider()) {
            case "openstack-nova" -> new NovaCloud(settings);
            case "aws-ec2" -> new Ec2Cloud(settings);
            default -> new AnyCloud(settings);
        };
    }

    @Override
    public Health health() {
        try {
            return Health.up(calls.call("answer", cloud::answer));
        } catch (DriverException e) {
            return Health.down(e.getMessage());
        }
    }

    @Override
    public Set<String> capabilities() {
        Set<String> all = new TreeSet<>(cloud.capabilities());
        networks.ifPresent(part -> all.add("NetworkDriver"));
        all.add("TemplatesOnly");
        if (!cloud.holds()) {
            all.add("StartsAtOnce");
        }
        if (settings.exposed()) {
            all.add("PublicAddresses");
        }
        return all;
    }

    @Override
    public <F> Optional<F> facet(Class<F> type) {
        return type == NetworkDriver.class ? networks.map(type::cast) : ComputeDriver.super.facet(type);
    }

    /** None: content cannot be sent to a cloud through jclouds. */
    @Override
    public List<ImageContent.Format> formats() {
        return List.of();
    }

    @Override
    public Progress<Created> create(Call call, ServerSpec spec) {
        return calls.call("make the server", () -> servers.create(call, spec));
    }

    @Override
    public Progress<Void> power(Call call, String ref, PowerWish wish) {
        return calls.call("change the server's power", () -> power.power(call, ref, wish));
    }

    @Override
    public Progress<Void> delete(Call call, ServerId server, Optional<String> ref) {
        return calls.call("remove the server", () -> servers.delete(server, ref));
    }

    @Override
    public Optional<SeenServer> find(ServerId server) {
        return calls.call("show the server", () -> servers.find(server));
    }

    @Override
    public List<SeenServer> list() {
        return calls.call("list its servers", servers::list);
    }

    @Override
    public List<HostCapacity> capacity() {
        return calls.call("list its zones", servers::capacity);
    }

    @Override
    public void close() {
        calls.close();
        cloud.close();
    }
}
