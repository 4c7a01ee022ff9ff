// SPDX-License-Identifier: Apache-2.0

import java.lang.instrument.Instrumentation;

/**
 * Links what has been loaded: the archive takes no class of a bundle's that was not, and a start links only what it runs. An
 * agent, because nothing else knows all classes of all loaders.
 */
public final class Linker {
    public static void agentmain(String arguments, Instrumentation jvm) {
        int before = 0;
        Class<?>[] all = jvm.getAllLoadedClasses();
        // what is linked brings others with it
        while (all.length > before) {
            before = all.length;
            for (Class<?> each : all) {
                link(each);
            }
            all = jvm.getAllLoadedClasses();
        }
    }

    private static void link(Class<?> type) {
        try {
            // asking for them links, and does not initialize
            type.getDeclaredConstructors();
        } catch (LinkageError e) {
            // it refers to what is not installed: the archive goes without it
        }
    }
}
