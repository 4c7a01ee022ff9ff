// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.TaskInProgress;
import com.vmware.vim25.TaskInfo;
import com.vmware.vim25.TaskInfoState;
import com.vmware.vim25.TaskReasonUser;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.isthmus.driver.vmware.vim.Question;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Tasks;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.driver.vmware.vim.VimFault;

/** What a transfer does besides moving bytes, waiting for each to be done. */
final class Chores {
    private static final Duration FIRST = Duration.ofMillis(50);
    private static final Duration LONGEST = Duration.ofSeconds(2);
    private static final int TRIES = 30;

    private final Vim vim;
    private final Transfer transfer;

    Chores(Vim vim, Transfer transfer) {
        this.vim = vim;
        this.transfer = transfer;
    }

    /** Asks for a task and waits until it has ended well. */
    TaskInfo done(Question<ManagedObjectReference> question) {
        ManagedObjectReference task = vim.talk().change(question);
        TaskInfo info = ended(task);
        if (info.getState() == TaskInfoState.ERROR) {
            throw Tasks.fault(info);
        }
        return info;
    }

    private TaskInfo ended(ManagedObjectReference task) {
        Duration pause = FIRST;
        while (true) {
            TaskInfo info = vim.talk()
                    .task(task)
                    .orElseThrow(() -> new VimFault("ManagedObjectNotFound", "the vCenter forgot " + task.getValue()));
            if (Tasks.succeeded(info) || Tasks.failed(info)) {
                return info;
            }
            transfer.pause(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST) > 0 ? LONGEST : pause.multipliedBy(2);
        }
    }

    /**
     * Removes a virtual machine or template of ours. A lease that a dead process left on it is ended by cancelling its
     * task; absent is done.
     */
    void remove(ManagedObjectReference machine) {
        for (int i = 0; i < TRIES; i++) {
            ManagedObjectReference task;
            try {
                task = vim.talk().change(port -> port.destroyTask(machine));
            } catch (VimFault fault) {
                if (fault.is("ManagedObjectNotFound")) {
                    return;
                }
                throw fault;
            }
            TaskInfo info = ended(task);
            if (Tasks.succeeded(info)) {
                return;
            }
            VimFault fault = Tasks.fault(info);
            if (fault.is("ManagedObjectNotFound")) {
                return;
            }
            if (!fault.busy()) {
                throw fault;
            }
            if (info.getError().getFault() instanceof TaskInProgress busy && busy.getTask() != null) {
                cancel(busy.getTask());
            }
            transfer.pause(FIRST);
        }
        throw new VimFault("TaskInProgress", machine.getValue() + " is busy and cannot be removed");
    }

    private void cancel(ManagedObjectReference task) {
        try {
            vim.talk().change(port -> {
                port.cancelTask(task);
                return true;
            });
        } catch (VimFault fault) {
            // it has ended meanwhile, or cannot be ended: the next try says
        }
    }

    /** Ends what we ourselves still read out of it: the lease of a process that died. */
    void endReading(ManagedObjectReference machine) {
        Optional<Seen> seen = vim.talk().see(machine, "recentTask");
        List<ManagedObjectReference> recent = seen.map(each -> each.list("recentTask", ManagedObjectReference.class))
                .orElse(List.of());
        for (ManagedObjectReference each : recent) {
            Optional<TaskInfo> info = vim.talk().task(each);
            if (info.filter(this::isOurReading).isPresent()) {
                cancel(each);
            }
        }
    }

    private boolean isOurReading(TaskInfo info) {
        return info.getState() == TaskInfoState.RUNNING
                && info.getDescriptionId() != null
                && info.getDescriptionId().toLowerCase(Locale.ROOT).contains("exportvm")
                && info.getReason() instanceof TaskReasonUser user
                && user.getUserName().equalsIgnoreCase(vim.where().user());
    }
}
