// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.isthmus.api.Ref;
import org.isthmus.api.network.Networks.NetworkView;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is deleted leaves nothing behind: not on a host, not in OVN. */
@ExtendWith(OnLab.class)
@Timeout(600)
final class DeletionTest {
    private Cloud cloud;

    @AfterEach
    void clearAway() {
        if (cloud != null) {
            cloud.tenants().forEach(Tenant::clear);
        }
    }

    @Test
    void ofADeletedServerAndItsNetworkNothingIsLeft(Cloud given) {
        cloud = given;
        Tenant acme = cloud.acme();
        Below below = new Below(cloud);
        NetworkView network = acme.network("brief", "10.6.0.0/24");
        acme.deploy(Wish.of("short-lived", "brief"), Wish.of("survivor", "brief"));
        acme.done(new Servers.AttachDisk(acme.organization(), new Ref("short-lived"), 1));
        acme.done(new Servers.TakeSnapshot(acme.organization(), new Ref("short-lived"), new Name("before-the-end")));
        ServerView server = acme.server("short-lived");
        below.agreesWithTheRecords();
        assertFalse(below.files(server.id().value()).isEmpty(), "its disks, seed and log are there");
        assertFalse(below.rows("short-lived").isEmpty(), "its name is there");
        assertFalse(below.plugged(server.nics().get(0).id()).isEmpty(), "its interface is there");

        acme.delete("short-lived");

        below.holdsNothingOf(server);
        assertEquals(List.of(), below.rows("short-lived"), "names of it");
        below.agreesWithTheRecords();

        acme.delete("survivor");
        acme.deleteNetwork("brief");

        assertEquals(List.of(), below.rows(network.id().value()));
        below.agreesWithTheRecords();
    }
}
