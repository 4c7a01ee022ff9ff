// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ServerSpec;

/** A driver that hands on every call. */
class ForwardingDriver implements ComputeDriver {
    private final ComputeDriver driver;

    ForwardingDriver(ComputeDriver driver) {
        this.driver = driver;
    }

    @Override
    public Health health() {
        return driver.health();
    }

    @Override
    public Set<String> capabilities() {
        return driver.capabilities();
    }

    @Override
    public <F> Optional<F> facet(Class<F> type) {
        return driver.facet(type);
    }

    @Override
    public Progress<Created> create(Call call, ServerSpec spec) {
        return driver.create(call, spec);
    }

    @Override
    public Progress<Void> power(Call call, String ref, PowerWish wish) {
        return driver.power(call, ref, wish);
    }

    @Override
    public Progress<Void> delete(Call call, ServerId server, Optional<String> ref) {
        return driver.delete(call, server, ref);
    }

    @Override
    public Optional<SeenServer> find(ServerId server) {
        return driver.find(server);
    }

    @Override
    public List<SeenServer> list() {
        return driver.list();
    }

    @Override
    public List<HostCapacity> capacity() {
        return driver.capacity();
    }

    @Override
    public void close() {
        driver.close();
    }
}
