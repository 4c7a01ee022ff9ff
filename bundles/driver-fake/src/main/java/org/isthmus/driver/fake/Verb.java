// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.Optional;

/** Everything that can be asked of the fake, as faults and the ledger call it. */
public enum Verb {
    CREATE("create"),
    POWER("power"),
    DELETE("delete"),
    FIND("find"),
    LIST("list"),
    CAPACITY("capacity"),
    HEALTH("health"),
    RESIZE("resize"),
    ATTACH_DISK("attachDisk"),
    DETACH_DISK("detachDisk"),
    GROW_DISK("growDisk"),
    ATTACH_NIC("attachNic"),
    DETACH_NIC("detachNic"),
    TAKE_SNAPSHOT("takeSnapshot"),
    REVERT_SNAPSHOT("revertSnapshot"),
    DELETE_SNAPSHOT("deleteSnapshot"),
    SNAPSHOTS("snapshots"),
    OPEN_CONSOLE("openConsole"),
    CONSOLE_LOG("consoleLog"),
    COUNTERS("counters"),
    ADOPT("adopt"),
    RELEASE("release"),
    SHAPE("shape"),
    EXPORT_IMAGE("exportImage"),
    ABANDON_EXPORT("abandonExport"),
    IMPORT_IMAGE("importImage"),
    REMOVE_IMAGE("removeImage"),
    IMAGES("images"),
    ENSURE_NETWORK("ensureNetwork"),
    ENSURE_PORT("ensurePort"),
    REMOVE_PORT("removePort"),
    REMOVE_NETWORK("removeNetwork"),
    FIND_NETWORK("findNetwork"),
    LIST_NETWORKS("listNetworks"),
    /** Not asked by the controller: what {@link FakeDriver#addStranger} and its like do. */
    ADD_STRANGER("addStranger"),
    /** Not asked by the controller: {@link FakeDriver#guestSays}. */
    GUEST_SAYS("guestSays");

    private final String text;

    Verb(String text) {
        this.text = text;
    }

    /** As written in a fault's {@code on} and in the ledger. */
    public String text() {
        return text;
    }

    static Optional<Verb> of(String text) {
        for (Verb verb : values()) {
            if (verb.text.equals(text)) {
                return Optional.of(verb);
            }
        }
        return Optional.empty();
    }
}
