// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.isthmus.api.ProblemException;
import org.isthmus.api.network.Networks.NetworkView;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerView.NicView;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Two organizations with the same subnet, and a server each with the same address: who reaches whom. Everything that must
 * not get through is shown to get through once the one thing that stops it is taken away.
 */
@ExtendWith(OnLab.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(600)
final class IsolationTest {
    private static final String SHARED_ADDRESS = "10.1.0.77";
    /** Where inet sits when somebody bridges it into the network. */
    private static final String INTRUDER = "10.1.0.250";

    private static final Duration SOON = Duration.ofSeconds(20);

    private Cloud cloud;
    private Lab lab;
    private NetworkView network;
    private Guest one;
    private Guest two;
    private Guest other;

    @BeforeAll
    void threeGuests(Cloud given) throws IOException {
        cloud = given;
        lab = given.lab();
        network = cloud.acme().network("lan", "10.1.0.0/24");
        cloud.globex().network("lan", "10.1.0.0/24");
        String key = Files.readString(Path.of(lab.fact("SSH_KEY") + ".pub")).strip();
        List<Guest> ours = cloud.acme()
                .deploy(
                        Wish.of("one", "lan").on(Lab.H1).withKey(key),
                        Wish.of("two", "lan").on(Lab.H2).at(SHARED_ADDRESS));
        one = ours.get(0);
        two = ours.get(1);
        other = cloud.globex()
                .deploy(Wish.of("other", "lan").on(Lab.H1).at(SHARED_ADDRESS))
                .get(0);
        List.of(one, two, other).forEach(Guest::awaitBoot);
    }

    @AfterAll
    void clearAway() {
        if (cloud != null) {
            cloud.tenants().forEach(Tenant::clear);
        }
    }

    @Test
    void guestsOfANetworkReachEachOtherByAddressAndByName() {
        // Open vSwitch in user space loses what comes before it knows the other host's card
        Waiting.untilTrue("one reaches two", SOON, () -> one.probe("ping=" + SHARED_ADDRESS)
                .equals("OK"));
        assertAll(
                () -> assertEquals(List.of(SHARED_ADDRESS), two.addresses(), "by DHCP"),
                () -> assertEquals("OK", one.probe("ping=two")),
                () -> assertEquals("hello from two", one.probe("get=http://two/")),
                () -> assertEquals("hello from one", two.probe("get=http://one/")),
                () -> assertTrue(one.probe("dns=two").lines().anyMatch(SHARED_ADDRESS::equals)),
                () -> assertEquals("hello from two", one.probe("get=http://" + SHARED_ADDRESS + "/")));
    }

    @Test
    void nothingCrossesBetweenOrganizationsThoughTheirAddressesAreTheSame() {
        String first = one.address();

        assertAll(
                () -> assertEquals("FAIL", other.probe("ping=" + first), "in its network nobody has that address"),
                () -> assertEquals("FAIL", other.probe("tcp=" + first + ":80")),
                () -> assertEquals("FAIL", other.probe("dns=one")),
                () -> assertEquals("FAIL", one.probe("dns=other")),
                () -> assertEquals("hello from other", other.probe("get=http://" + SHARED_ADDRESS + "/")),
                () -> assertEquals("hello from two", one.probe("get=http://" + SHARED_ADDRESS + "/")));
    }

    @Test
    void nothingGoesOutAndNothingComesIn() {
        one.run("ip route replace " + Lab.INTERNET + " dev eth0");
        try {
            lab.shell("inet", "ip addr add " + INTRUDER + "/24 dev ext0").well();

            assertEquals("FAIL", one.probe("ping=" + Lab.INTERNET));
            assertEquals("FAIL", one.probe("tcp=" + Lab.INTERNET + ":80"));
            assertEquals("FAIL", one.probe("ping=" + INTRUDER));
            assertEquals("", answering("10.1.0"), "inet scans the network's subnet");
            assertEquals(Lab.INTERNET, answering("203.0.113"), "on the external segment there is only inet itself");

            // somebody bridges the network to the outside: now inet is heard, so it was not deaf before
            bridge();
            Waiting.untilTrue("inet gets in", SOON, () -> fetched(one.address()).equals("hello from one"));
            assertEquals(one.address() + "\n" + SHARED_ADDRESS, answering("10.1.0"));
            assertEquals("hello from the Internet", one.probe("get=http://" + INTRUDER + "/"));
            assertEquals("one", ssh(one.address()), "by the key in the seed");
            assertEquals("FAIL", one.probe("ping=" + Lab.INTERNET), "still not beyond the subnet");

            lab.nbctl("--wait=hv", "lsp-del", "by-hand");
            Waiting.untilTrue(
                    "inet is out again", SOON, () -> fetched(one.address()).isEmpty());
            assertEquals("", answering("10.1.0"));
        } finally {
            lab.nbctl("--wait=hv", "--if-exists", "lsp-del", "by-hand");
            lab.shell("inet", "ip addr del " + INTRUDER + "/24 dev ext0");
            one.run("ip route del " + Lab.INTERNET + " dev eth0");
        }
    }

    private void bridge() {
        lab.nbctl(
                "--wait=hv",
                "--",
                "lsp-add",
                network.id().value(),
                "by-hand",
                "--",
                "lsp-set-type",
                "by-hand",
                "localnet",
                "--",
                "lsp-set-addresses",
                "by-hand",
                "unknown",
                "--",
                "lsp-set-options",
                "by-hand",
                "network_name=" + lab.fact("EXTERNAL_NETWORK"));
    }

    /** Which addresses of a /24 answer inet on port 80, one a line. */
    private String answering(String prefix) {
        return lab.shell(
                        "inet",
                        "ip neigh flush dev ext0; ulimit -n 4096; for n in {1..249}; do"
                                + " (exec 3<>/dev/tcp/" + prefix + ".$n/80) 2>/dev/null && echo " + prefix + ".$n &"
                                + " done & sleep 3; kill $(jobs -p) 2>/dev/null; true")
                .output()
                .lines()
                .filter(line -> line.startsWith(prefix))
                .sorted()
                .reduce((a, b) -> a + "\n" + b)
                .orElse("");
    }

    private String fetched(String address) {
        return lab.on("inet", "curl", "-s", "-m", "3", "http://" + address + "/")
                .output();
    }

    private String ssh(String address) {
        return lab.on(
                        "inet",
                        "ssh",
                        "-q",
                        "-i",
                        lab.fact("SSH_KEY"),
                        "-o",
                        "StrictHostKeyChecking=no",
                        "-o",
                        "UserKnownHostsFile=/dev/null",
                        "-o",
                        "BatchMode=yes",
                        "-o",
                        "ConnectTimeout=20",
                        "root@" + address,
                        "hostname")
                .well();
    }

    @Test
    void aSpoofedAddressOrCardIsDropped() {
        String spoofedAddress = "spoofip=10.1.0.99," + SHARED_ADDRESS;
        String spoofedCard = "spoofmac=02:00:5e:00:00:99," + SHARED_ADDRESS;

        assertEquals("FAIL", one.probe(spoofedAddress));
        assertEquals("FAIL", one.probe(spoofedCard));
        assertEquals("OK", one.probe("ping=" + SHARED_ADDRESS), "as itself it gets through");

        NicView nic = one.view().nics().get(0);
        String port = nic.id().value().substring(4);
        String own = nic.mac() + " " + nic.address();
        lab.nbctl("--wait=hv", "--", "lsp-set-port-security", port, "--", "lsp-set-addresses", port, "unknown", own);
        try {
            assertEquals("OK", one.probe(spoofedAddress), "without port security it gets through");
            assertEquals("OK", one.probe(spoofedCard), "without port security it gets through");
        } finally {
            lab.nbctl("--wait=hv", "--", "lsp-set-addresses", port, own, "--", "lsp-set-port-security", port, own);
        }
    }

    @Test
    void thereIsNoServerWithoutANetwork() {
        Wish wish = new Wish(
                "alone",
                List.of(),
                List.of(),
                List.of(),
                Wish.of("alone", "lan").placement());

        ProblemException refused = assertThrows(
                ProblemException.class, () -> wish.command(cloud.acme().organization()));

        assertSame(ServerProblem.NO_NETWORK, refused.type());
    }
}
