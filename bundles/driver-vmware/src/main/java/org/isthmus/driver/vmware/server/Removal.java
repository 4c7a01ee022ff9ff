// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import java.time.Duration;
import java.util.Optional;
import org.isthmus.driver.vmware.vim.VimFault;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.Power;

/** Removes a server with its disks and snapshots, whole or half made; never what carries another mark, or none. */
public final class Removal {
    private static final String OFF = "off";
    private static final String DESTROY = "destroy";

    private Removal() {}

    public static Progress<Void> run(Machines machines, Creation.Contents contents, Call call, ServerId server) {
        return Errands.run(machines.talk(), call, "Deleting server " + server, errands -> {
            if (!contents.breakOff(server)) {
                throw Errands.later("breaking off", Duration.ofMillis(200));
            }
            Optional<Machine> machine = machines.of(server);
            machine.ifPresent(found -> remove(errands, contents, found));
            return null;
        });
    }

    private static void remove(Errands errands, Creation.Contents contents, Machine machine) {
        try {
            if (machine.power() != Power.OFF) {
                errands.once(OFF, port -> port.powerOffVMTask(machine.object()));
            }
        } catch (VimFault fault) {
            if (!fault.is("InvalidPowerState")) {
                throw fault;
            }
        }
        try {
            errands.once(DESTROY, port -> port.destroyTask(machine.object()));
        } catch (VimFault fault) {
            // the next call finds it free, or gone
            fault.task().ifPresent(contents::end);
            if (!fault.is("ManagedObjectNotFound")) {
                throw fault;
            }
        }
    }
}
