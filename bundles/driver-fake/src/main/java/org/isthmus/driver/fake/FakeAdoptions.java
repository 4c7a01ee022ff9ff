// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.Optional;
import org.isthmus.driver.fake.Entry.Effect;
import org.isthmus.driver.fake.Entry.Mark;
import org.isthmus.driver.fake.Ledger.Change;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.driver.fake.Switchboard.Outcome;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Adoptable;
import org.isthmus.spi.compute.ComputeDriver.Created;

/** Takes over the servers of {@link FakeDriver#addStranger}. The ledger knows a server by its id while it is ours. */
final class FakeAdoptions implements Adoptable {
    private final Servers servers;
    private final Switchboard switchboard;

    FakeAdoptions(Servers servers, Switchboard switchboard) {
        this.servers = servers;
        this.switchboard = switchboard;
    }

    @Override
    public Progress<Created> adopt(Call call, String ref, ServerId server) {
        return switchboard.change(Verb.ADOPT, call, ref, server.value(), far -> {
            FakeServer there = far.byRef(ref)
                    .orElseThrow(() -> new DriverException(Kind.NOT_FOUND, "There is no server " + ref + " here."));
            servers.mustReach(there.host());
            if (there.server().equals(server.value()) && there.token().equals(call.token())) {
                return Outcome.already(new Created(ref));
            }
            if (there.managed() || far.byId(server.value()).isPresent()) {
                throw new DriverException(
                        Kind.CONFLICT, "The server " + ref + " is ours already, or its new id is another's.");
            }
            FakeServer ours = there.owned(server.value(), call.token());
            return Outcome.with(new Created(ref), renamed(ours, ref, server.value()));
        });
    }

    @Override
    public Progress<Void> release(Call call, String ref) {
        return switchboard.change(Verb.RELEASE, call, ref, "", far -> {
            Optional<FakeServer> ours = far.byRef(ref).filter(FakeServer::managed);
            if (ours.isEmpty()) {
                return Outcome.already(null);
            }
            servers.mustReach(ours.get().host());
            return Outcome.with(
                    null, renamed(ours.get().owned("", ""), ours.get().server(), ref));
        });
    }

    private static Effect renamed(FakeServer server, String before, String after) {
        return Effect.leaves(
                server, new Mark(Thing.SERVER, before, Change.REMOVED), new Mark(Thing.SERVER, after, Change.MADE));
    }
}
