// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Ref;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.Group;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.api.server.Servers.Strategy;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.model.Cidr;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;

/**
 * A server to deploy: the tiny image, one CPU, 96 MiB.
 *
 * @param commands what its user data lets it run at its first start
 */
record Wish(String name, List<WishedNic> nics, List<String> sshKeys, List<String> commands, Placement placement) {
    /** Root's password at the serial console, set by the user data. */
    static final String PASSWORD = "open sesame";

    private static final int MEMORY_MIB = 96;

    static Wish of(String name, String network) {
        return new Wish(
                name,
                List.of(new WishedNic(new Ref(network), Optional.empty())),
                List.of(),
                List.of(),
                Placement.DEFAULT);
    }

    /** On this very host. */
    Wish on(String host) {
        return placed(new Placement(Strategy.SPREAD, Set.of(host), Optional.empty()));
    }

    Wish by(Strategy strategy) {
        return placed(new Placement(strategy, Set.of(), Optional.empty()));
    }

    Wish in(Group group) {
        return placed(new Placement(Strategy.SPREAD, Set.of(), Optional.of(group)));
    }

    private Wish placed(Placement where) {
        return new Wish(name, nics, sshKeys, commands, where);
    }

    /** With this address on its first network. */
    Wish at(String address) {
        List<WishedNic> others = new ArrayList<>(nics);
        others.set(0, new WishedNic(nics.get(0).network(), Optional.of(Cidr.address(address))));
        return new Wish(name, others, sshKeys, commands, placement);
    }

    Wish alsoOn(String network) {
        List<WishedNic> more = new ArrayList<>(nics);
        more.add(new WishedNic(new Ref(network), Optional.empty()));
        return new Wish(name, more, sshKeys, commands, placement);
    }

    Wish withKey(String key) {
        return new Wish(name, nics, List.of(key), commands, placement);
    }

    Wish running(String... all) {
        return new Wish(name, nics, sshKeys, List.of(all), placement);
    }

    DeployServer command(Ref organization) {
        return new DeployServer(
                organization,
                new Name(name),
                nics,
                Tenant.IMAGE,
                new Flavor(1, MEMORY_MIB),
                List.of(1L),
                sshKeys,
                Optional.of(new Secret(userData())),
                Optional.empty(),
                Map.of(),
                false,
                Optional.empty(),
                placement);
    }

    private String userData() {
        StringBuilder text = new StringBuilder("#cloud-config\npassword: " + PASSWORD + "\n");
        if (!commands.isEmpty()) {
            text.append("runcmd:\n");
            commands.forEach(command -> text.append("  - ").append(command).append('\n'));
        }
        return text.toString();
    }
}
