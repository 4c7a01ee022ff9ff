// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.vim;

import com.vmware.vim25.ManagedObjectReference;
import java.util.Map;
import java.util.Optional;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/** A fault as vSphere named it, such as {@code InvalidPowerState}. */
public final class VimFault extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final String VOCABULARY = "com.vmware.vim25.";
    private static final String BUSY = "TaskInProgress";
    private static final String CHANGED = "ConcurrentAccess";

    /** A fault that is not named here is looked up by the kinds of fault it belongs to, upwards. */
    private static final Map<String, Kind> KINDS = Map.ofEntries(
            Map.entry("InvalidLogin", Kind.DENIED),
            Map.entry("NoPermission", Kind.DENIED),
            Map.entry("NotAuthenticated", Kind.UNAVAILABLE),
            Map.entry("PasswordExpired", Kind.DENIED),
            Map.entry("ManagedObjectNotFound", Kind.NOT_FOUND),
            Map.entry("NotFound", Kind.NOT_FOUND),
            Map.entry("FileNotFound", Kind.NOT_FOUND),
            Map.entry("DuplicateName", Kind.CONFLICT),
            Map.entry("AlreadyExists", Kind.CONFLICT),
            Map.entry("ResourceInUse", Kind.CONFLICT),
            Map.entry("InvalidState", Kind.CONFLICT),
            Map.entry("FileLocked", Kind.CONFLICT),
            Map.entry("FileAlreadyExists", Kind.CONFLICT),
            Map.entry(BUSY, Kind.UNAVAILABLE),
            Map.entry(CHANGED, Kind.UNAVAILABLE),
            Map.entry("HostCommunication", Kind.UNAVAILABLE),
            Map.entry("HostNotConnected", Kind.UNAVAILABLE),
            Map.entry("HostConnectFault", Kind.UNAVAILABLE),
            Map.entry("RequestCanceled", Kind.UNAVAILABLE),
            Map.entry("Timedout", Kind.UNAVAILABLE),
            Map.entry("InsufficientResourcesFault", Kind.NO_CAPACITY),
            Map.entry("InsufficientStorageSpace", Kind.NO_CAPACITY),
            Map.entry("NoDiskSpace", Kind.NO_CAPACITY),
            Map.entry("OutOfBounds", Kind.INVALID),
            Map.entry("InvalidArgument", Kind.INVALID),
            Map.entry("InvalidRequest", Kind.INVALID),
            Map.entry("InvalidName", Kind.INVALID),
            Map.entry("InvalidFolder", Kind.INVALID),
            Map.entry("InvalidDatastore", Kind.INVALID),
            Map.entry("VmConfigFault", Kind.INVALID),
            Map.entry("CustomizationFault", Kind.INVALID),
            Map.entry("MigrationFault", Kind.INVALID),
            Map.entry("NotSupported", Kind.INVALID),
            Map.entry("NotEnoughLicenses", Kind.INVALID));

    private final String name;
    private final String task;

    public VimFault(String name, String text) {
        this(name, text, "");
    }

    /** A fault that says which task is in the way; "" when it does not. */
    VimFault(String name, String text, String task) {
        super(text == null || text.isBlank() || text.equals(name) ? name : name + ": " + text);
        this.name = name;
        this.task = task;
    }

    /** The task that is in the way, when the fault says which. */
    public Optional<ManagedObjectReference> task() {
        return task.isEmpty() ? Optional.empty() : Optional.of(Tasks.task(task));
    }

    /** As in the API's reference. */
    public String name() {
        return name;
    }

    public boolean is(String wanted) {
        return name.equals(wanted);
    }

    /** Something else is being done to it, or was since it was looked at: asking again helps. */
    public boolean busy() {
        return name.equals(BUSY) || name.equals(CHANGED);
    }

    /** For the host, with the fault's name in its message. */
    public DriverException toDriver(String what) {
        return new DriverException(kind(), what + ": " + getMessage(), this);
    }

    Kind kind() {
        Kind known = KINDS.get(name);
        if (known != null) {
            return known;
        }
        try {
            Class<?> fault = Class.forName(VOCABULARY + name, false, VimFault.class.getClassLoader());
            for (Class<?> each = fault; each != null && each != Object.class; each = each.getSuperclass()) {
                known = KINDS.get(each.getSimpleName());
                if (known != null) {
                    return known;
                }
            }
        } catch (ClassNotFoundException e) {
            // newer than our vocabulary: its name is in the message all the same
        }
        return Kind.BROKEN;
    }
}
