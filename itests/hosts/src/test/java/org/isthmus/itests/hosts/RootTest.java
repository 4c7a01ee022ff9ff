// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.ssh.SshCertificates.Forwarding;
import org.isthmus.api.ssh.SshCertificates.IssueSshCertificate;
import org.isthmus.api.ssh.SshCertificates.IssuedCertificate;
import org.isthmus.api.ssh.SshCertificates.RotateSshAuthority;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Root in a server by certificate: Debian's OpenSSH on both sides, between two servers of one network, for nobody else gets
 * there. Rita has the role server-root on one of them, and her key pair on the other.
 */
@ExtendWith(OnLab.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(600)
final class RootTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofSeconds(15);
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final String WEB = "web";
    private static final String DESK = "desk";
    /** A serial console loses what is typed in longer lines. */
    private static final int TYPED = 400;

    private static final String SSH = "ssh -i /root/id -o BatchMode=yes -o IdentitiesOnly=yes -o ConnectTimeout=30"
            + " -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/root/known -o LogLevel=ERROR ";

    private Cloud cloud;
    private Tenant acme;
    private Tenant globex;
    private Caller rita;
    private Guest web;
    private Guest desk;
    private String key;

    @BeforeAll
    void twoServersAndSomebodyWithAKey(Cloud given) {
        cloud = given;
        acme = given.acme();
        globex = given.globex();
        acme.network("office", "10.6.1.0/24");
        List<Guest> guests = acme.deploy(Wish.of(WEB, "office"), Wish.of(DESK, "office"));
        web = guests.get(0);
        desk = guests.get(1);
        rita = cloud.person(acme, "rita", "server-root", web.view().id());
        guests.forEach(Guest::awaitBoot);
        for (Guest guest : guests) {
            Waiting.untilTrue(
                    "the sshd of " + guest.name(), SOON, () -> guest.run("ls /run/sshd.pid 2>/dev/null || true")
                            .equals("/run/sshd.pid"));
        }
        desk.run("ssh-keygen -q -t ed25519 -N '' -C rita -f /root/id");
        key = desk.run("cat /root/id.pub");
    }

    @AfterAll
    void clearAway() {
        if (acme != null) {
            acme.clear();
            globex.clear();
        }
    }

    private IssueSshCertificate wish(Tenant of, String server, Duration validFor, Forwarding... forwarding) {
        return new IssueSshCertificate(
                of.organization(),
                new Ref(server),
                key,
                Optional.of(validFor),
                Set.of(forwarding),
                List.of(),
                Optional.empty());
    }

    private IssuedCertificate issued(Caller to, IssueSshCertificate wish) {
        return cloud.submit(to, wish).result();
    }

    private IssuedCertificate rightful() {
        return issued(rita, wish(acme, WEB, Duration.ofMinutes(5)));
    }

    /** Puts it beside the private key, where ssh looks for it. */
    private void have(String certificate) {
        desk.run(": > /root/id-cert.pub");
        for (int at = 0; at < certificate.length(); at += TYPED) {
            String piece = certificate.substring(at, Math.min(at + TYPED, certificate.length()));
            desk.run("printf %s '" + piece + "' >> /root/id-cert.pub");
        }
    }

    /** What a command prints that somebody at the desk lets run on web; or why ssh did not. */
    private String onWeb(String command) {
        return onWeb("", command);
    }

    private String onWeb(String options, String command) {
        return desk.run(SSH + options + " root@" + web.address() + " " + command + " || echo ended $?");
    }

    private void assertRefused(String why) {
        String answer = onWeb("whoami");

        assertTrue(answer.contains("Permission denied"), answer);
        assertTrue(answer.endsWith("ended 255"), answer);
        if (!why.isEmpty()) {
            assertTrue(said().contains(why), said());
        }
    }

    /** What the sshd of web has logged. */
    private String said() {
        return web.run("cat /run/sshd.log");
    }

    @Test
    void whoHasTheRightIsRootUnderTheirOwnName() {
        IssuedCertificate mine = rightful();
        have(mine.certificate());

        assertEquals("root\nweb", onWeb("'whoami; hostname'"));

        String id = "rita@acme " + web.view().id() + " itests-hosts";
        assertEquals(id, mine.keyId());
        String accepted = said().lines()
                .filter(line -> line.startsWith("Accepted publickey for root") && line.contains(mine.serial()))
                .findFirst()
                .orElse("nobody was let in");
        assertTrue(
                accepted.contains("ED25519-CERT " + mine.fingerprint() + " ID " + id + " (serial " + mine.serial()),
                accepted);
    }

    @Test
    void theKeyWithoutACertificateLetsNobodyIn() {
        desk.run("rm -f /root/id-cert.pub");

        assertRefused("");
    }

    @Test
    void aCertificateEnds() {
        // on a busy machine one may end before anybody came in with it: then one of twice its time
        Duration time = SHORT;
        have(issued(rita, wish(acme, WEB, time)).certificate());
        while (!onWeb("whoami").equals("root")) {
            time = time.multipliedBy(2);
            assertTrue(time.compareTo(LONG) < 0, this::said);
            have(issued(rita, wish(acme, WEB, time)).certificate());
        }

        Waiting.untilTrue("it has ended", time.plus(SOON), () -> onWeb("whoami").contains("Permission denied"));

        assertRefused("Certificate invalid: expired");
    }

    @Test
    void aCertificateForOneServerOpensNoOtherOfTheOrganization() {
        have(issued(acme.caller(), wish(acme, DESK, Duration.ofMinutes(5))).certificate());

        assertRefused("Certificate does not contain an authorized principal");
    }

    @Test
    void aRightOnOneServerGivesNoCertificateForAnother() {
        ProblemException refusal =
                assertThrows(ProblemException.class, () -> issued(rita, wish(acme, DESK, Duration.ofMinutes(5))));

        assertSame(Problem.NOT_FOUND, refusal.type());
    }

    @Test
    void theAuthorityOfAnotherOrganizationOpensNothingHere() {
        globex.network("office", "10.6.1.0/24");
        globex.deploy(Wish.of(WEB, "office"));
        have(issued(globex.caller(), wish(globex, WEB, Duration.ofMinutes(5))).certificate());

        assertRefused("");
    }

    /** It says all that a good one says, but for who signed it. */
    @Test
    void anAuthorityOfOnesOwnMakingOpensNothing() {
        desk.run("rm -f /root/forged* /root/id-cert.pub; ssh-keygen -q -t ed25519 -N '' -f /root/forged");
        desk.run("ssh-keygen -q -s /root/forged -I rita@acme -n " + web.view().id() + ",root /root/id.pub");

        assertRefused("");
    }

    @Test
    void portsAreForwardedOnlyWhenItWasAskedFor() {
        have(rightful().certificate());
        String refused = throughWeb();
        assertTrue(refused.contains("stdio forwarding failed") && refused.endsWith("ended 255"), refused);

        have(issued(rita, wish(acme, WEB, Duration.ofMinutes(5), Forwarding.PORTS))
                .certificate());
        String got = throughWeb();
        assertTrue(got.contains("SSH-2.0-OpenSSH"), got);
    }

    /** What web's own sshd says to somebody who comes to it through web, and hangs up. */
    private String throughWeb() {
        // ssh leaves what it writes to not waiting for its reader; the console's shell would take that for its end
        return desk.run(
                "{ echo | " + SSH + "-W 127.0.0.1:22 root@" + web.address() + " || echo ended $?; } 2>&1 | cat");
    }

    @Test
    void aServerMadeBeforeTheAuthorityGotANewKeyLetsInAsBefore() {
        cloud.submit(acme.caller(), new RotateSshAuthority(acme.organization(), false));
        have(rightful().certificate());

        assertEquals("root", onWeb("whoami"));
    }
}
