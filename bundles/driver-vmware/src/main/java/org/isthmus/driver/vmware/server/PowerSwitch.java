// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import java.time.Duration;
import java.util.Optional;
import org.isthmus.driver.vmware.vim.VimFault;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;

/** Switches servers. Where one already is, nothing is done. */
public final class PowerSwitch {
    private static final Duration GUEST = Duration.ofSeconds(3);
    private static final String ASKED = "asked";
    private static final String NEVER = "-";
    private static final String DONE = "done";

    private final Machines machines;
    private final Call call;

    public PowerSwitch(Machines machines, Call call) {
        this.machines = machines;
        this.call = call;
    }

    public Progress<Void> to(String ref, PowerWish wish) {
        return Errands.run(machines.talk(), call, wish + " of " + ref, errands -> {
            Machine machine = machines.ours(ref);
            switch (wish) {
                case ON -> on(errands, machine);
                case OFF -> off(errands, machine);
                case SHUT_DOWN -> shutDown(machine);
                case RESTARTED -> restart(errands, machine);
            }
            return null;
        });
    }

    private static void on(Errands errands, Machine machine) {
        if (machine.power() != Power.ON) {
            unlessThere(() -> errands.once("on", port -> port.powerOnVMTask(machine.object(), null)));
        }
    }

    static void off(Errands errands, Machine machine) {
        if (machine.power() != Power.OFF) {
            unlessThere(() -> errands.once("off", port -> port.powerOffVMTask(machine.object())));
        }
    }

    /** Somebody else may have switched it in between. */
    private static void unlessThere(Runnable change) {
        try {
            change.run();
        } catch (VimFault fault) {
            if (!fault.is("InvalidPowerState")) {
                throw fault;
            }
        }
    }

    private void shutDown(Machine machine) {
        if (machine.power() == Power.OFF) {
            return;
        }
        if (!call.memo().equals(Optional.of(ASKED))) {
            ask(machine);
        }
        throw Errands.later(ASKED, GUEST);
    }

    private void ask(Machine machine) {
        try {
            machines.talk().change(port -> {
                port.shutdownGuest(machine.object());
                return null;
            });
        } catch (VimFault fault) {
            // nobody in there to be asked: the host waits as for a guest that does not obey, and then cuts the power
            if (!fault.is("ToolsUnavailable") && !fault.is("InvalidPowerState")) {
                throw fault;
            }
        }
    }

    /**
     * Once per token: what is written before says when the machine had booted until then, and the machine itself says
     * whether it has since.
     */
    private void restart(Errands errands, Machine machine) {
        String[] written = machine.attributes().getOrDefault(Mark.RESTART, "").split(" ", 2);
        boolean begun = written.length == 2 && written[0].equals(call.token());
        if (begun && written[1].equals(DONE)) {
            return;
        }
        String booted = machine.bootTime().orElse(NEVER);
        if (begun && machine.power() == Power.ON && !written[1].equals(booted)) {
            machines.fields().write(machine.object(), Mark.RESTART, call.token() + " " + DONE);
            return;
        }
        if (!begun) {
            machines.fields().write(machine.object(), Mark.RESTART, call.token() + " " + booted);
        }
        if (machine.power() == Power.ON) {
            errands.once("reset", port -> port.resetVMTask(machine.object()));
        } else {
            on(errands, machine);
        }
        machines.fields().write(machine.object(), Mark.RESTART, call.token() + " " + DONE);
    }
}
