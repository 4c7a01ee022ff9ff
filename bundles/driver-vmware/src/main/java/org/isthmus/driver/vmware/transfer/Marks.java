// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import com.vmware.vim25.CustomFieldDef;
import com.vmware.vim25.CustomFieldStringValue;
import com.vmware.vim25.CustomFieldValue;
import com.vmware.vim25.ManagedObjectReference;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.VimFault;

/**
 * What is written onto a virtual machine or template, as custom fields, so that it is known again. A clone that somebody
 * makes in the vCenter carries copies of the fields; {@link #SELF} tells it from what was marked.
 */
public final class Marks {
    /** Whose copy a template is. */
    public static final String IMAGE = "isthmus.image";
    /** What wish made it. */
    public static final String TOKEN = "isthmus.token";
    /** Its own {@code instanceUuid}: a mark copied to another machine does not hold there. */
    public static final String SELF = "isthmus.self";

    /** What has to be asked of a machine for {@link #of}. */
    static final List<String> PATHS = List.of("customValue", "config.instanceUuid");

    private static final String KIND = "VirtualMachine";

    private final Map<Integer, String> names;

    private Marks(Map<Integer, String> names) {
        this.names = names;
    }

    /** The fields there are, in one question. */
    public static Marks ask(Talk talk) {
        Map<Integer, String> names = new HashMap<>();
        for (CustomFieldDef each : fields(talk)) {
            if (each.getManagedObjectType() == null || each.getManagedObjectType().equals(KIND)) {
                names.put(each.getKey(), each.getName());
            }
        }
        return new Marks(names);
    }

    private static List<CustomFieldDef> fields(Talk talk) {
        ManagedObjectReference fields = talk.content().getCustomFieldsManager();
        return talk.see(fields, "field")
                .map(seen -> seen.list("field", CustomFieldDef.class))
                .orElse(List.of());
    }

    /** The marks that hold on a machine; none on a clone of one that was marked. */
    Map<String, String> of(Seen machine) {
        Map<String, String> marks = new HashMap<>();
        for (CustomFieldValue each : machine.list("customValue", CustomFieldValue.class)) {
            String name = names.get(each.getKey());
            if (name != null && each instanceof CustomFieldStringValue text) {
                marks.put(name, text.getValue());
            }
        }
        boolean own = machine.text("config.instanceUuid").equals(marks.get(SELF));
        return own ? marks : Map.of();
    }

    /** Writes marks; they hold from the last one on, which is {@link #SELF}. */
    static void write(Talk talk, ManagedObjectReference machine, String self, Map<String, String> marks) {
        ManagedObjectReference manager = talk.content().getCustomFieldsManager();
        Map<String, Integer> keys = new HashMap<>();
        for (CustomFieldDef each : fields(talk)) {
            if (each.getManagedObjectType() == null || each.getManagedObjectType().equals(KIND)) {
                keys.put(each.getName(), each.getKey());
            }
        }
        Map<String, String> all = new HashMap<>(marks);
        all.put(SELF, self);
        for (String name : marks.keySet().stream().sorted().toList()) {
            set(talk, manager, machine, keys, name, all.get(name));
        }
        set(talk, manager, machine, keys, SELF, self);
    }

    private static void set(
            Talk talk,
            ManagedObjectReference manager,
            ManagedObjectReference machine,
            Map<String, Integer> keys,
            String name,
            String value) {
        int key = keys.containsKey(name) ? keys.get(name) : define(talk, manager, name);
        talk.change(port -> {
            port.setField(manager, machine, key, value);
            return true;
        });
    }

    private static int define(Talk talk, ManagedObjectReference manager, String name) {
        try {
            return talk.change(port -> port.addCustomFieldDef(manager, name, KIND, null, null))
                    .getKey();
        } catch (VimFault fault) {
            if (!fault.is("DuplicateName")) {
                throw fault;
            }
        }
        // somebody else was faster
        return fields(talk).stream()
                .filter(each -> each.getName().equals(name))
                .findFirst()
                .map(CustomFieldDef::getKey)
                .orElseThrow(() -> new VimFault("NotFound", "the custom field " + name));
    }
}
