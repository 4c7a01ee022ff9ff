// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import com.vmware.vim25.EventFilterSpec;
import com.vmware.vim25.EventFilterSpecByEntity;
import com.vmware.vim25.EventFilterSpecByTime;
import com.vmware.vim25.EventFilterSpecRecursionOption;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.TaskInfo;
import com.vmware.vim25.VmResettingEvent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.xml.datatype.DatatypeConfigurationException;
import javax.xml.datatype.DatatypeFactory;
import javax.xml.datatype.XMLGregorianCalendar;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.Tasks;
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
    private static final String RESET = "reset";
    private static final String RESET_TASK = "VirtualMachine.reset";

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
     * Once per token: what is written before says when the machine had booted until then, and what time it was for the
     * vCenter. Whether it was reset since, its tasks say, for some minutes, and its events.
     */
    private void restart(Errands errands, Machine machine) {
        String[] written = machine.attributes().getOrDefault(Mark.RESTART, "").split(" ", 3);
        boolean begun = written.length > 1 && written[0].equals(call.token());
        if (begun && written[1].equals(DONE)) {
            return;
        }
        String booted = machine.bootTime().orElse(NEVER);
        boolean bootedSince = begun && machine.power() == Power.ON && !written[1].equals(booted);
        if (!bootedSince) {
            if (!begun) {
                XMLGregorianCalendar now = now();
                machines.fields()
                        .write(machine.object(), Mark.RESTART, call.token() + " " + booted + " " + now.toXMLFormat());
            }
            if (machine.power() != Power.ON) {
                on(errands, machine);
            } else if (errands.before(RESET).isEmpty()
                    && !(begun && written.length == 3 && wasReset(machine, time(written[2])))) {
                errands.begin(RESET, port -> port.resetVMTask(machine.object()));
            }
        }
        machines.fields().write(machine.object(), Mark.RESTART, call.token() + " " + DONE);
    }

    private XMLGregorianCalendar now() {
        ManagedObjectReference vcenter = Tasks.object("ServiceInstance", "ServiceInstance");
        return machines.talk().read(port -> port.currentTime(vcenter));
    }

    private static XMLGregorianCalendar time(String text) {
        try {
            return DatatypeFactory.newInstance().newXMLGregorianCalendar(text);
        } catch (DatatypeConfigurationException e) {
            throw new IllegalStateException("Java cannot read times", e);
        }
    }

    /** Whether it was reset since; goes on only when no reset is under way. */
    private boolean wasReset(Machine machine, XMLGregorianCalendar since) {
        Talk talk = machines.talk();
        List<ManagedObjectReference> recent = talk.see(machine.object(), "recentTask")
                .map(seen -> seen.list("recentTask", ManagedObjectReference.class))
                .orElse(List.of());
        for (Seen each : talk.see(recent, "info")) {
            TaskInfo info = each.must("info", TaskInfo.class);
            boolean reset = RESET_TASK.equals(info.getDescriptionId()) && !isBefore(info.getQueueTime(), since);
            if (reset && !Tasks.failed(info)) {
                Errands.settle(RESET, info);
                return true;
            }
        }
        EventFilterSpecByEntity self = new EventFilterSpecByEntity();
        self.setEntity(machine.object());
        self.setRecursion(EventFilterSpecRecursionOption.SELF);
        EventFilterSpecByTime later = new EventFilterSpecByTime();
        later.setBeginTime(since);
        EventFilterSpec filter = new EventFilterSpec();
        filter.setEntity(self);
        filter.setTime(later);
        filter.getEventTypeId().add(VmResettingEvent.class.getSimpleName());
        ManagedObjectReference events = talk.content().getEventManager();
        return talk.read(port -> port.queryEvents(events, filter)).stream()
                .anyMatch(event -> event instanceof VmResettingEvent && !isBefore(event.getCreatedTime(), since));
    }

    private static boolean isBefore(XMLGregorianCalendar time, XMLGregorianCalendar since) {
        return time.toGregorianCalendar().before(since.toGregorianCalendar());
    }
}
