// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.network.PortBinding;
import org.isthmus.tck.ComputeSubject;

/** The driver on a vCenter of the tests' own, as the contract wants to see it. */
record StandSubject(Stand stand, TestSite site, Path cache, ImageContent image, UnaryOperator<ComputeDriver> bent)
        implements ComputeSubject {
    private static final AtomicInteger STRANGERS = new AtomicInteger();
    private static final long STRANGERS_DISK = 4 << 20;

    @Override
    public ComputeDriver open(DriverContext context) {
        return bent.apply(site.open(context));
    }

    @Override
    public String host() {
        return site.host();
    }

    @Override
    public Optional<PortBinding> binding(NicId nic) {
        return Optional.of(new PortBinding(PortBinding.PORTGROUP, Map.of(PortBinding.PORTGROUP_KEY, site.portgroup())));
    }

    @Override
    public Optional<String> makeUnmanaged() {
        return Optional.of(site.machine("stranger-" + STRANGERS.incrementAndGet(), STRANGERS_DISK));
    }

    @Override
    public OptionalLong starts(String ref) {
        return OptionalLong.of(stand.count("PowerOnVM_Task") + stand.count("ResetVM_Task"));
    }

    @Override
    public List<String> leftovers(ServerId server) {
        return site.all("VirtualMachine", "name").stream()
                .map(seen -> seen.text("name"))
                .filter(name -> name.contains(server.value()))
                .toList();
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
