// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import java.util.Optional;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.Created;

/** Takes over machines that are there, and lets them go: two custom attributes come and go, and nothing else. */
public final class Adoption {
    private final Machines machines;

    public Adoption(Machines machines) {
        this.machines = machines;
    }

    public Progress<Created> adopt(Call call, String ref, ServerId server) {
        return Errands.run(machines.talk(), call, "Adopting " + ref, errands -> {
            Machine machine = machines.at(ref)
                    .orElseThrow(() -> new DriverException(Kind.NOT_FOUND, "There is no machine " + ref + "."));
            if (machine.template()) {
                throw new DriverException(Kind.INVALID, ref + " is a template: it is an image, no server.");
            }
            Optional<Mark> mark = machine.mark();
            if (mark.isPresent() && mark.orElseThrow().whole()) {
                boolean same = mark.orElseThrow().equals(new Mark(server, Optional.of(call.token())));
                if (same) {
                    return new Created(ref);
                }
                throw new DriverException(
                        Kind.CONFLICT,
                        ref + " is already the server " + mark.orElseThrow().server());
            }
            if (machines.of(server).filter(other -> !other.ref().equals(ref)).isPresent()) {
                throw new DriverException(Kind.CONFLICT, "Server " + server + " is another machine already.");
            }
            Mark.write(machines.fields(), machine, server, call.token());
            return new Created(ref);
        });
    }

    public Progress<Void> release(Call call, String ref) {
        return Errands.run(machines.talk(), call, "Releasing " + ref, errands -> {
            Optional<Machine> machine =
                    machines.at(ref).filter(found -> found.mark().isPresent());
            machine.ifPresent(this::letGo);
            return null;
        });
    }

    private void letGo(Machine machine) {
        ServerId server = machine.mark().orElseThrow().server();
        // one that we made keeps its UUID: without this word it would be taken for one half made, and deleted as such
        boolean made = !machine.uuidIsNot(Mark.uuid(server));
        machines.fields().write(machine.object(), Mark.SERVER, made ? Mark.RELEASED + " " + machine.ref() : "");
        machines.fields().write(machine.object(), Mark.TOKEN, "");
        machines.fields().write(machine.object(), Mark.RESTART, "");
        machines.fields().write(machine.object(), Mark.REVERT, "");
    }
}
