// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import com.vmware.vim25.CustomFieldDef;
import com.vmware.vim25.CustomFieldStringValue;
import com.vmware.vim25.CustomFieldValue;
import com.vmware.vim25.ManagedObjectReference;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.VimFault;

/**
 * Custom attributes of the vCenter, by name, for objects of one type. What is written with them stays when a machine is
 * reverted or moved, and is copied when it is cloned.
 */
public final class Fields {
    private final Talk talk;
    private final String type;
    private final Map<Integer, String> names;

    private Fields(Talk talk, String type, Map<Integer, String> names) {
        this.talk = talk;
        this.type = type;
        this.names = names;
    }

    /** As they are defined now: asked each time, because somebody may have defined them anew. */
    public static Fields of(Talk talk, String type) {
        return new Fields(talk, type, defined(talk, type));
    }

    private static Map<Integer, String> defined(Talk talk, String type) {
        Map<Integer, String> names = new HashMap<>();
        ManagedObjectReference book = talk.content().getCustomFieldsManager();
        talk.see(book, "field")
                .map(seen -> seen.list("field", CustomFieldDef.class))
                .ifPresent(fields -> {
                    for (CustomFieldDef field : fields) {
                        if (field.getManagedObjectType() == null
                                || field.getManagedObjectType().isEmpty()
                                || field.getManagedObjectType().equals(type)) {
                            names.put(field.getKey(), field.getName());
                        }
                    }
                });
        return names;
    }

    /** What is written on an object that was seen with {@code customValue}. */
    public Map<String, String> on(Seen seen) {
        Map<String, String> values = new HashMap<>();
        for (CustomFieldValue value : seen.list("customValue", CustomFieldValue.class)) {
            String name = names.get(value.getKey());
            if (name != null
                    && value instanceof CustomFieldStringValue text
                    && !text.getValue().isEmpty()) {
                values.put(name, text.getValue());
            }
        }
        return values;
    }

    /** Writes one value; an empty one takes it away. Defines the attribute when it is not there. */
    public void write(ManagedObjectReference object, String name, String value) {
        Optional<Integer> known = key(names, name);
        if (known.isEmpty() && value.isEmpty()) {
            return;
        }
        int key = known.orElseGet(() -> define(name));
        ManagedObjectReference book = talk.content().getCustomFieldsManager();
        talk.change(port -> {
            port.setField(book, object, key, value);
            return null;
        });
    }

    private int define(String name) {
        ManagedObjectReference book = talk.content().getCustomFieldsManager();
        try {
            CustomFieldDef made = talk.change(port -> port.addCustomFieldDef(book, name, type, null, null));
            names.put(made.getKey(), name);
            return made.getKey();
        } catch (VimFault fault) {
            if (!fault.is("DuplicateName")) {
                throw fault;
            }
        }
        // another thread was faster
        names.putAll(defined(talk, type));
        return key(names, name).orElseThrow(() -> new VimFault("DuplicateName", "the attribute " + name));
    }

    private static Optional<Integer> key(Map<Integer, String> names, String name) {
        return names.entrySet().stream()
                .filter(each -> each.getValue().equals(name))
                .map(Map.Entry::getKey)
                .findFirst();
    }
}
