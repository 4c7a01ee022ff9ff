// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.TaskInfo;
import com.vmware.vim25.TaskInfoState;
import com.vmware.vim25.TaskReasonUser;
import com.vmware.vim25.UserSession;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.isthmus.driver.vmware.vim.Question;
import org.isthmus.driver.vmware.vim.Talk;
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
            pause = longer(pause);
        }
    }

    /**
     * Removes a virtual machine or template of ours. A lease that a dead process left on it is ended by cancelling its
     * task; what others do with it is waited for; absent is done.
     */
    void remove(ManagedObjectReference machine) {
        Duration pause = FIRST;
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
            fault.task().ifPresent(this::endOurs);
            transfer.pause(pause);
            pause = longer(pause);
        }
        throw new VimFault("TaskInProgress", machine.getValue() + " is busy and cannot be removed");
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST) > 0 ? LONGEST : twice;
    }

    /** Ends what we ourselves still read out of it: the lease of a process that died. */
    void endReading(ManagedObjectReference machine) {
        vim.talk()
                .see(machine, "recentTask")
                .map(seen -> seen.list("recentTask", ManagedObjectReference.class))
                .orElse(List.of())
                .forEach(this::endOurs);
    }

    /** Cancels the task of a lease of ours, and no other: somebody may be making a server of a template meanwhile. */
    void endOurs(ManagedObjectReference task) {
        if (vim.talk().task(task).filter(this::isLeaseOfOurs).isEmpty()) {
            return;
        }
        try {
            vim.talk().change(port -> {
                port.cancelTask(task);
                return true;
            });
        } catch (VimFault fault) {
            // it has ended meanwhile, or cannot be ended: the next try says
        }
    }

    private boolean isLeaseOfOurs(TaskInfo info) {
        if (info.getState() != TaskInfoState.RUNNING || info.getDescriptionId() == null) {
            return false;
        }
        String what = info.getDescriptionId().toLowerCase(Locale.ROOT);
        return (what.contains("importvapp") || what.contains("exportvm"))
                && info.getReason() instanceof TaskReasonUser user
                && user.getUserName().equalsIgnoreCase(ourName());
    }

    /** As the vCenter calls us in its tasks, such as VSPHERE.LOCAL\\isthmus: not what we log in with. */
    private String ourName() {
        Talk talk = vim.talk();
        return talk.see(talk.content().getSessionManager(), "currentSession")
                .flatMap(seen -> seen.get("currentSession", UserSession.class))
                .map(UserSession::getUserName)
                .orElse("");
    }
}
