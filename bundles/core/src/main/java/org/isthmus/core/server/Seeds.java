// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.List;
import java.util.Optional;
import org.isthmus.core.network.Port;
import org.isthmus.model.Secret;
import org.isthmus.spi.compute.ServerSpec.Seed;

/** The NoCloud seed of a server (cloud-init, "NoCloud" data source; network config version 2). */
final class Seeds {
    private Seeds() {}

    static Seed of(Server server, Optional<Secret> userData, List<Port> ports) {
        return new Seed(
                metaData(server),
                userData.map(Secret::reveal).orElseGet(() -> defaultUserData(server)),
                network(ports));
    }

    private static String metaData(Server server) {
        StringBuilder text = new StringBuilder();
        text.append("instance-id: ").append(server.id()).append('\n');
        text.append("local-hostname: ").append(server.name()).append('\n');
        keys(text, "public-keys", server.sshKeys());
        return text.toString();
    }

    private static String defaultUserData(Server server) {
        StringBuilder text = new StringBuilder("#cloud-config\n");
        text.append("hostname: ").append(server.name()).append('\n');
        keys(text, "ssh_authorized_keys", server.sshKeys());
        return text.toString();
    }

    private static void keys(StringBuilder text, String name, List<String> keys) {
        if (keys.isEmpty()) {
            return;
        }
        text.append(name).append(":\n");
        keys.forEach(key -> text.append("  - ").append(quoted(key)).append('\n'));
    }

    private static String network(List<Port> ports) {
        StringBuilder text = new StringBuilder("version: 2\nethernets:\n");
        for (int i = 0; i < ports.size(); i++) {
            text.append("  nic").append(i).append(":\n");
            text.append("    match:\n");
            text.append("      macaddress: ")
                    .append(quoted(ports.get(i).mac().value()))
                    .append('\n');
            text.append("    dhcp4: true\n");
        }
        return text.toString();
    }

    /** A double-quoted YAML scalar: an ssh key's comment may hold anything printable. */
    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
