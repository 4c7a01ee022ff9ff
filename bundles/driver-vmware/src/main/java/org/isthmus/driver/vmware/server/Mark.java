// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import java.util.Map;
import java.util.Optional;
import org.isthmus.model.Ids.ServerId;

/**
 * Whose a machine is, as written on it: the server's id with the machine's own reference, so that a copy somebody makes of
 * it is not taken for it, and the token that made it. The token is written first, over one that came from a template or
 * with a copy: in the moment the server is written the machine is whole.
 *
 * @param token empty while it is being made
 */
record Mark(ServerId server, Optional<String> token) {
    /** Attribute: server id, blank, the machine's reference. */
    static final String SERVER = "isthmus.server";
    /** Attribute, and key of the extra configuration from the first moment on: the token of its create. */
    static final String TOKEN = "isthmus.token";
    /** Attribute: the token of the restart begun last, when the machine had booted before it, and when it was begun. */
    static final String RESTART = "isthmus.restart";
    /** Attribute: the token of the revert done last. */
    static final String REVERT = "isthmus.revert";
    /** Stands in place of a server id on a machine that we made and let go. */
    static final String RELEASED = "released";

    private static String of(ServerId server, String ref) {
        return server.value() + " " + ref;
    }

    /** Makes a machine a whole one of ours; once more does no harm. */
    static void write(Fields fields, Machine machine, ServerId server, String token) {
        fields.write(machine.object(), TOKEN, token);
        fields.write(machine.object(), SERVER, of(server, machine.ref()));
    }

    /**
     * Reads it, or empty when there is none, or one that was written on another machine.
     *
     * @param attributes as on the machine
     */
    static Optional<Mark> on(String ref, Map<String, String> attributes) {
        String[] parts = attributes.getOrDefault(SERVER, "").split(" ", 2);
        if (parts.length != 2 || !parts[1].equals(ref)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Mark(new ServerId(parts[0]), Optional.ofNullable(attributes.get(TOKEN))));
        } catch (IllegalArgumentException e) {
            // somebody wrote something else there
            return Optional.empty();
        }
    }

    static boolean released(String ref, Map<String, String> attributes) {
        return attributes.getOrDefault(SERVER, "").equals(RELEASED + " " + ref);
    }

    boolean whole() {
        return token.isPresent();
    }

    /** The machine's own UUID, by which it is found at once and which is there from its first moment on. */
    static String uuid(ServerId server) {
        return server.value().substring(ServerId.PREFIX.length() + 1);
    }
}
