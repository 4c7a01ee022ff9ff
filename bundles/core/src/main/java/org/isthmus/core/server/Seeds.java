// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.List;
import java.util.Optional;
import org.isthmus.core.network.Port;
import org.isthmus.model.Secret;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.isthmus.spi.network.PortBinding;

/** The NoCloud seed of a server (cloud-init, "NoCloud" data source; network config version 2). */
final class Seeds {
    /** Only root's part of sshd's settings, so that what an image has for others stays. Once: afterwards they are the owner's. */
    private static final String TRUST =
            """
            #cloud-boothook
            #!/bin/sh
            # By Isthmus: a certificate of the organization's SSH authority for this server lets in as root.
            set -eu
            umask 022
            own=/etc/ssh/isthmus
            server=@SERVER@
            [ "$(cat "$own/root" 2>/dev/null)" = "$server" ] && exit 0
            mkdir -p "$own" /etc/ssh/sshd_config.d
            cat >"$own/authorities" <<'END'
            @AUTHORITY@
            END
            {
              echo 'Match User root'
              echo "  TrustedUserCAKeys $own/authorities"
              echo "  AuthorizedPrincipalsFile $own/root"
              grep -Eiqs '^[[:space:]]*PermitRootLogin[[:space:]]+yes' /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf ||
                echo '  PermitRootLogin prohibit-password'
              echo 'Match all'
            } >"$own/sshd"
            if [ ! -e /etc/ssh/sshd_config ] ||
              grep -Eiqs '^[[:space:]]*Include[[:space:]]+/etc/ssh/sshd_config[.]d/' /etc/ssh/sshd_config; then
              mv "$own/sshd" /etc/ssh/sshd_config.d/10-isthmus.conf
            elif ! grep -q "$own/root" /etc/ssh/sshd_config; then
              cat "$own/sshd" >>/etc/ssh/sshd_config
            fi
            echo "$server" >"$own/root"
            kill -HUP "$(cat /run/sshd.pid 2>/dev/null)" 2>/dev/null || :
            """;

    private Seeds() {}

    /**
     * Puts it together.
     *
     * @param trusted the public key of the authority whose certificates for this server let in as root
     */
    static Seed of(Server server, Optional<Secret> userData, Optional<String> trusted, List<Port> ports) {
        return new Seed(
                metaData(server),
                userData.map(Secret::reveal).orElseGet(() -> defaultUserData(server)),
                network(ports),
                trusted.map(key -> trusting(server, key)).orElse(""));
    }

    /**
     * What makes the guest's sshd trust the authority. As vendor data it leaves the owner's user data alone, and they can
     * switch it off; as a boot hook it runs before sshd starts, whatever else is in the user data.
     */
    private static String trusting(Server server, String key) {
        return TRUST.replace("@SERVER@", server.id().value()).replace("@AUTHORITY@", key);
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
            Optional<String> address =
                    ports.get(i).binding().map(binding -> binding.attributes().get(PortBinding.ADDRESS));
            if (address.isPresent()) {
                // nobody answers DHCP there
                text.append("    dhcp4: false\n");
                text.append("    addresses:\n      - ")
                        .append(quoted(address.get()))
                        .append('\n');
            } else {
                text.append("    dhcp4: true\n");
            }
        }
        return text.toString();
    }

    /** A double-quoted YAML scalar: an ssh key's comment may hold anything printable. */
    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
