// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ServerSpec;

/** A compute driver that does what another does; broken ones change one thing about it. */
class ForwardingCompute implements ComputeDriver {
    final ComputeDriver sound;

    ForwardingCompute(ComputeDriver sound) {
        this.sound = sound;
    }

    @Override
    public Progress<Created> create(Call call, ServerSpec spec) {
        return sound.create(call, spec);
    }

    @Override
    public Progress<Void> power(Call call, String ref, PowerWish wish) {
        return sound.power(call, ref, wish);
    }

    @Override
    public Progress<Void> delete(Call call, ServerId server, Optional<String> ref) {
        return sound.delete(call, server, ref);
    }

    @Override
    public Optional<SeenServer> find(ServerId server) {
        return sound.find(server);
    }

    @Override
    public List<SeenServer> list() {
        return sound.list();
    }

    @Override
    public List<HostCapacity> capacity() {
        return sound.capacity();
    }

    @Override
    public List<ImageContent.Format> formats() {
        return sound.formats();
    }

    @Override
    public Health health() {
        return sound.health();
    }

    @Override
    public Set<String> capabilities() {
        return sound.capabilities();
    }

    @Override
    public <F> Optional<F> facet(Class<F> type) {
        return sound.facet(type);
    }

    @Override
    public void close() {
        sound.close();
    }
}
