// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.xml.DomainView;
import org.isthmus.driver.kvm.xml.DomainXml;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;

/** Other CPU counts and memory sizes for a server that is off: one new definition, so that it is never half so. */
public final class Resizing {
    private final Endpoint endpoint;

    public Resizing(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    public Progress<Void> resize(String ref, int cpus, long memoryMiB) {
        Runnable turn = endpoint.turns().take(ref);
        return endpoint.calls()
                .call(
                        "resize the server",
                        host -> {
                            resize(host, ref, cpus, memoryMiB);
                            return Progress.done();
                        },
                        turn);
    }

    private static void resize(Hypervisor host, String ref, int cpus, long memoryMiB) {
        Found found = Found.ours(host, ref);
        if (found.view().cpus() == cpus && found.view().memoryMiB() == memoryMiB) {
            return;
        }
        if (found.active()) {
            throw new DriverException(
                    Kind.CONFLICT, "The server " + ref + " is running; stop it before it is given another size.");
        }
        Servers.checkSize(host, cpus, memoryMiB);
        DomainView view = new DomainView(host.domains().description(ref, true));
        host.domains().define(DomainXml.resized(view.domain(), cpus, memoryMiB));
    }
}
