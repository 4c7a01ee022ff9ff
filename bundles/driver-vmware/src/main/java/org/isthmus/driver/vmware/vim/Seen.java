// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.vim;

import com.vmware.vim25.DynamicProperty;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.MissingProperty;
import com.vmware.vim25.ObjectContent;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/** An object with the properties asked for, as it was in one moment. */
public final class Seen {
    private final ManagedObjectReference object;
    private final Map<String, Object> values;

    private Seen(ManagedObjectReference object, Map<String, Object> values) {
        this.object = object;
        this.values = values;
    }

    /** Properties that are not set are left out; one that may not be read is a refusal, never "not set". */
    static Seen of(ObjectContent content) {
        Map<String, Object> values = new HashMap<>();
        for (DynamicProperty each : content.getPropSet()) {
            values.put(each.getName(), each.getVal());
        }
        for (MissingProperty each : content.getMissingSet()) {
            String fault = each.getFault().getFault() == null
                    ? "SystemError"
                    : each.getFault().getFault().getClass().getSimpleName();
            if (fault.equals("NoPermission") || fault.equals("NotAuthenticated")) {
                throw new VimFault(
                        fault, each.getPath() + " of " + content.getObj().getValue());
            }
        }
        return new Seen(content.getObj(), values);
    }

    public ManagedObjectReference object() {
        return object;
    }

    /** The reference as text, unique within one vCenter: {@code vm-42}. */
    public String ref() {
        return object.getValue();
    }

    public <T> Optional<T> get(String path, Class<T> type) {
        Object value = values.get(path);
        if (value == null) {
            return Optional.empty();
        }
        if (!type.isInstance(value)) {
            throw new DriverException(
                    Kind.BROKEN,
                    path + " of " + ref() + " is " + value.getClass().getSimpleName() + ".");
        }
        return Optional.of(type.cast(value));
    }

    public <T> T must(String path, Class<T> type) {
        return get(path, type).orElseThrow(() -> new DriverException(Kind.BROKEN, ref() + " has no " + path + "."));
    }

    public String text(String path) {
        return get(path, String.class).orElse("");
    }

    /** A property that is an array; empty when it is not set. */
    public <T> List<T> list(String path, Class<T> type) {
        Object array = values.get(path);
        if (array == null) {
            return List.of();
        }
        try {
            // ArrayOfX has one getter that answers the list
            for (Method each : array.getClass().getMethods()) {
                if (each.getReturnType() == List.class && each.getParameterCount() == 0) {
                    return ((List<?>) each.invoke(array))
                            .stream().map(type::cast).toList();
                }
            }
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new DriverException(Kind.BROKEN, path + " of " + ref() + " cannot be read.", e);
        }
        throw new DriverException(
                Kind.BROKEN, path + " of " + ref() + " is " + array.getClass().getSimpleName() + ", no list.");
    }
}
