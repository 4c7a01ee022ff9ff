// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.copy;

import java.nio.file.Path;

/** A process of its own that copies and is killed in the middle of it. */
final class KilledCopy {
    static final int KILLED = 137;

    private KilledCopy() {}

    public static void main(String[] arguments) throws Exception {
        Target target = new Target(arguments[1], "", "");
        long after = Long.parseLong(arguments[2]);
        try (Copy copy = new Copy(Path.of(arguments[0]), target, new Copy.Progress() {
            @Override
            public void copied(Table table, long rows) {
                if (table.name().equals("sto_lease") && rows >= after) {
                    // no shutdown hook, no finally, no flush: as kill -9
                    Runtime.getRuntime().halt(KILLED);
                }
            }

            @Override
            public void compared(Table table, long rows) {
                // not reached
            }
        })) {
            copy.run();
        }
    }
}
