// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import java.util.List;
import java.util.Optional;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.xml.ServerMark;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.Created;

/** Takes over what somebody else made, by our mark alone, and lets it go again. */
public final class Adoption {
    private final Endpoint endpoint;

    public Adoption(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    public Progress<Created> adopt(Call call, String ref, ServerId server) {
        Runnable turn = endpoint.turns().take(ref);
        return endpoint.calls().call("adopt the server", host -> Progress.done(adopt(host, call, ref, server)), turn);
    }

    private static Created adopt(Hypervisor host, Call call, String ref, ServerId server) {
        Found found = Found.at(host, ref).orElseThrow(() -> Found.absent(ref));
        Optional<ServerMark> mark = found.mark();
        if (mark.isPresent()) {
            boolean same = mark.orElseThrow().token().equals(call.token())
                    && mark.orElseThrow().server().equals(server);
            if (!same) {
                throw new DriverException(
                        Kind.CONFLICT,
                        "The domain " + ref + " is the server "
                                + mark.orElseThrow().server() + " already, by another call.");
            }
            return new Created(ref);
        }
        if (Found.of(host, server).isPresent()) {
            throw new DriverException(
                    Kind.CONFLICT, "Another domain on this host is the server " + server + " already.");
        }
        ServerMark ours = new ServerMark(
                server, call.token(), host.hostName(), found.view().name(), true, List.of());
        host.domains().mark(ref, Optional.of(ours.text()));
        return new Created(ref);
    }

    public Progress<Void> release(String ref) {
        Runnable turn = endpoint.turns().take(ref);
        return endpoint.calls()
                .call(
                        "let go of the server",
                        host -> {
                            if (Found.at(host, ref).flatMap(Found::mark).isPresent()) {
                                host.domains().mark(ref, Optional.empty());
                            }
                            return Progress.done();
                        },
                        turn);
    }
}
