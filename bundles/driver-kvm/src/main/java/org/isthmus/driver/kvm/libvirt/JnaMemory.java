// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import com.sun.jna.Native;
import com.sun.jna.Structure;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What JNA remembers of classes. JNA stays while this bundle's versions come and go, and its maps have weak keys with values
 * that hold the very key (a structure's fields, a library's options): by itself it would keep every version for ever. JNA has
 * no call for that (seen in 5.19), so its maps are emptied of one version's classes by their names.
 */
public final class JnaMemory {
    private static final Logger LOG = LoggerFactory.getLogger(JnaMemory.class);
    private static final List<String> OF_STRUCTURES = List.of("layoutInfo", "fieldOrder", "fieldList", "validationMap");
    private static final List<String> OF_LIBRARIES = List.of("typeOptions", "libraries");

    private JnaMemory() {}

    /** Forgets the classes of this version; what is used again is looked at again. Never throws. */
    public static void forgetUs() {
        forget(JnaMemory.class.getClassLoader());
    }

    static void forget(ClassLoader gone) {
        try {
            Lock lock = ((ReadWriteLock) of(Structure.class, "cacheStructureLock")).writeLock();
            lock.lock();
            try {
                for (String name : OF_STRUCTURES) {
                    remove((Map<?, ?>) of(Structure.class, name), gone);
                }
            } finally {
                lock.unlock();
            }
            for (String name : OF_LIBRARIES) {
                Map<?, ?> map = (Map<?, ?>) of(Native.class, name);
                synchronized (map) {
                    remove(map, gone);
                }
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.warn("JNA keeps the classes of a version of this driver that goes: {}", e.toString());
        }
    }

    private static void remove(Map<?, ?> map, ClassLoader gone) {
        map.keySet().removeIf(key -> key instanceof Class<?> type && type.getClassLoader() == gone);
    }

    private static Object of(Class<?> type, String name) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(null);
    }
}
