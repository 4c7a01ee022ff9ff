// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

final class RemoteTest {
    @Test
    void remotesAreWrittenAsOvsWritesThem() {
        assertEquals(
                List.of(
                        new Remote(Remote.Scheme.TCP, "10.0.0.1", 6641),
                        new Remote(Remote.Scheme.SSL, "db-2.example", 6641),
                        new Remote(Remote.Scheme.TCP, "fe80::1", 6641),
                        new Remote(Remote.Scheme.UNIX, "/var/run/ovn/ovnnb_db.sock", 0)),
                Remote.listOf(
                        "tcp:10.0.0.1:6641, ssl:db-2.example:6641,tcp:[fe80::1]:6641 ,unix:/var/run/ovn/ovnnb_db.sock"));
    }

    @Test
    void aRemotePrintsAsItIsWritten() {
        for (String text : List.of("tcp:10.0.0.1:6641", "ssl:[fe80::1]:1", "unix:/x")) {
            assertEquals(text, Remote.listOf(text).get(0).toString());
        }
    }

    @Test
    void whatIsNoRemoteIsRefused() {
        for (String text : List.of(
                "",
                "tcp:host",
                "tcp:host:0",
                "tcp:host:65536",
                "tcp:host:99999999999",
                "http://host:80",
                "unix:relative",
                "unix:/" + "x".repeat(107),
                "tcp:a:1,",
                "tcp:a b:1",
                "tcp:fe80::1:6641",
                "tcp:a:1,".repeat(17) + "tcp:a:1")) {
            assertThrows(IllegalArgumentException.class, () -> Remote.listOf(text), text);
        }
    }
}
