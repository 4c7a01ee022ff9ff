// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.vim;

import com.vmware.vim25.LocalizedMethodFault;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.TaskInProgress;
import com.vmware.vim25.TaskInfo;
import com.vmware.vim25.TaskInfoState;

/** What a task says. */
public final class Tasks {
    private Tasks() {}

    public static boolean succeeded(TaskInfo info) {
        return info.getState() == TaskInfoState.SUCCESS;
    }

    public static boolean failed(TaskInfo info) {
        return info.getState() == TaskInfoState.ERROR;
    }

    /** Why it failed. */
    public static VimFault fault(TaskInfo info) {
        LocalizedMethodFault error = info.getError();
        if (error == null || error.getFault() == null) {
            return new VimFault("SystemError", error == null ? "" : error.getLocalizedMessage());
        }
        String task = error.getFault() instanceof TaskInProgress busy && busy.getTask() != null
                ? busy.getTask().getValue()
                : "";
        return new VimFault(error.getFault().getClass().getSimpleName(), error.getLocalizedMessage(), task);
    }

    /** A task by its reference. */
    public static ManagedObjectReference task(String ref) {
        return object("Task", ref);
    }

    /** An object by its type and reference. */
    public static ManagedObjectReference object(String type, String ref) {
        ManagedObjectReference object = new ManagedObjectReference();
        object.setType(type);
        object.setValue(ref);
        return object;
    }
}
