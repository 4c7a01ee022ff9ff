// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.DeleteServer;
import org.isthmus.api.ssh.SshCertificates.AuthorityKey;
import org.isthmus.api.ssh.SshCertificates.CertificateView;
import org.isthmus.api.ssh.SshCertificates.Forwarding;
import org.isthmus.api.ssh.SshCertificates.IssueSshCertificate;
import org.isthmus.api.ssh.SshCertificates.IssuedCertificate;
import org.isthmus.api.ssh.SshCertificates.KeyState;
import org.isthmus.api.ssh.SshCertificates.RotateSshAuthority;
import org.isthmus.core.Cloud;
import org.isthmus.core.RowStore;
import org.isthmus.core.ssh.OpenSsh;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Page;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RootAccessTest {
    private static final Ref WEB = new Ref("web");
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9mZ5m1Zk3hQ2oX7bq0o1yQ1h8m0d3s6c9w2v5x8z1a ada@laptop";

    @TempDir
    private Path directory;

    private Cloud cloud;
    private ServerView web;

    @BeforeEach
    void aServer() {
        cloud = new Cloud("root-access").furnished();
        web = cloud.deploy("web");
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private static IssueSshCertificate wish(String server, String key) {
        return new IssueSshCertificate(
                Cloud.ACME, new Ref(server), key, Optional.empty(), Set.of(), List.of(), Optional.empty());
    }

    private static IssueSshCertificate wish(Duration validFor) {
        return new IssueSshCertificate(
                Cloud.ACME, WEB, KEY, Optional.of(validFor), Set.of(), List.of(), Optional.empty());
    }

    /** Of a server to which somebody gave this key. */
    private static IssueSshCertificate trusting(int authority) {
        return new IssueSshCertificate(
                Cloud.ACME, WEB, KEY, Optional.empty(), Set.of(), List.of(), Optional.of(authority));
    }

    private IssuedCertificate issue(IssueSshCertificate wish) {
        return cloud.submit(cloud.user, wish).result();
    }

    private ProblemException refused(Caller caller, IssueSshCertificate wish) {
        return assertThrows(ProblemException.class, () -> cloud.submit(caller, wish));
    }

    @Test
    void whereThePolicyAsksForAFreshProofACertificateNeedsOneAsADeletionDoes() {
        cloud.policy(
                policy -> new Policy(1000, Duration.ZERO, Optional.empty(), List.of(), List.of(), Policy.Mfa.STEP_UP));

        ProblemException refused = refused(cloud.user, wish("web", KEY));

        assertEquals(IdentityProblem.STEP_UP_NEEDED, refused.type());
        assertEquals(List.of(), list(Map.of()));
    }

    private List<AuthorityKey> keys() {
        return cloud.domain.sshCertificates().authority(cloud.user, Cloud.ACME).keys();
    }

    private List<AuthorityKey> rotate(boolean abandon) {
        return cloud.submit(cloud.user, new RotateSshAuthority(Cloud.ACME, abandon))
                .result()
                .keys();
    }

    @Test
    void aCertificateOfEveryKindOfKeyIsWhatOpenSshReads() {
        OpenSsh real = new OpenSsh(directory);
        for (List<String> kind : List.of(
                List.of("-t", "ed25519"),
                List.of("-t", "ecdsa", "-b", "256"),
                List.of("-t", "ecdsa", "-b", "384"),
                List.of("-t", "rsa", "-b", "3072"))) {
            String key = real.key("key" + String.join("", kind), kind.toArray(String[]::new));

            IssuedCertificate issued = issue(wish("web", key));

            String said = real.look(issued.certificate());
            assertEquals(
                    List.of(
                            "Type: " + key.split(" ")[0] + "-cert-v01@openssh.com user certificate",
                            "Serial: " + issued.serial(),
                            "Key ID: \"ada@acme " + web.id() + " " + cloud.user.requestId() + "\"",
                            "Valid: from 2026-11-23T11:59:00 to 2026-11-23T12:05:00",
                            "Principals: | " + web.id(),
                            "Critical Options: (none)",
                            "Extensions: | permit-pty"),
                    facts(said, "Type", "Serial", "Key ID", "Valid", "Principals", "Critical Options", "Extensions"),
                    said);
            assertTrue(said.contains("Public key: " + kindWord(kind) + "-CERT " + real.fingerprint(key)), said);
            assertTrue(
                    said.contains("Signing CA: ED25519 "
                            + real.fingerprint(keys().get(0).publicKey())),
                    said);
            assertEquals(real.fingerprint(key), issued.fingerprint());
        }
    }

    private static String kindWord(List<String> kind) {
        return kind.get(1).toUpperCase(Locale.ROOT);
    }

    /** What ssh-keygen says of these, list items after a bar. */
    private static List<String> facts(String said, String... names) {
        String flat = said.replaceAll("\n {16,}", " | ").replaceAll("(?m): +\\|", ": |");
        return Arrays.stream(names)
                .map(name -> flat.lines()
                        .map(String::strip)
                        .filter(line -> line.startsWith(name + ":"))
                        .findFirst()
                        .orElse("no " + name))
                .toList();
    }

    @Test
    void forwardingAndPlacesAreInItOnlyWhenAskedFor() {
        OpenSsh real = new OpenSsh(directory);
        IssuedCertificate issued = issue(new IssueSshCertificate(
                Cloud.ACME,
                WEB,
                KEY,
                Optional.of(Duration.ofMinutes(1)),
                Set.of(Forwarding.PORTS, Forwarding.AGENT, Forwarding.X11),
                List.of(Cidr.of("10.9.0.0/16"), Cidr.of("192.0.2.7/32")),
                Optional.empty()));

        String said = real.look(issued.certificate());

        assertEquals(
                List.of(
                        "Critical Options: | source-address 10.9.0.0/16,192.0.2.7/32",
                        "Extensions: | permit-X11-forwarding | permit-agent-forwarding | permit-port-forwarding | permit-pty"),
                facts(said, "Critical Options", "Extensions"),
                said);
    }

    @Test
    void theAuditLogSaysWhoGotWhatAndOfARefusalWhy() {
        IssuedCertificate issued = issue(wish("web", KEY));
        cloud.house.access.take(cloud.user, Action.SERVER_ROOT);
        assertEquals(Problem.FORBIDDEN, refused(cloud.user, wish("web", KEY)).type());

        List<AuditLog.Fact> facts = cloud.house.audit.facts.stream()
                .filter(fact -> fact.action().equals("server.root"))
                .toList();
        assertEquals(
                List.of(AuditLog.Kind.ATTEMPT, AuditLog.Kind.OUTCOME, AuditLog.Kind.REFUSED),
                facts.stream().map(AuditLog.Fact::kind).toList());
        assertEquals(Subject.of("server", web.id()), facts.get(1).subject());
        Map<String, String> told = facts.get(1).data();
        assertEquals(issued.serial(), told.get("serial"));
        assertEquals(issued.fingerprint(), told.get("fingerprint"));
        assertEquals("2026-11-23T12:05:00Z", told.get("validBefore"));
        assertFalse(facts.toString().contains(issued.certificate()));
    }

    @Test
    void whoReadsTheAuditLogFindsWhoseASerialIs() {
        IssuedCertificate first = issue(wish("web", KEY));
        cloud.deploy("db");
        issue(wish("db", KEY));

        List<CertificateView> found = list(Map.of("serial", first.serial()));

        assertEquals(1, found.size());
        assertEquals("ada@acme", found.get(0).username());
        assertEquals(web.id(), found.get(0).server());
        assertEquals(first.keyId(), found.get(0).keyId());
        assertEquals(
                found.get(0),
                cloud.domain
                        .sshCertificates()
                        .get(cloud.user, Cloud.ACME, Ref.of(found.get(0).id())));
        assertEquals(1, list(Map.of("server", "web")).size());
        assertEquals(2, list(Map.of("username", "ada@acme")).size());
        assertEquals(1, list(Map.of("server", web.id().value())).size());
        assertEquals(
                Problem.MALFORMED,
                assertThrows(ProblemException.class, () -> list(Map.of("serial", "one")))
                        .type());
        cloud.house.access.take(cloud.user, Action.AUDIT_READ);
        assertEquals(
                Problem.FORBIDDEN,
                assertThrows(ProblemException.class, () -> list(Map.of())).type());
    }

    private List<CertificateView> list(Map<String, String> by) {
        return cloud.domain
                .sshCertificates()
                .list(cloud.user, Cloud.ACME, new Query(by, Optional.empty(), Page.Request.all()))
                .items();
    }

    @Test
    void aRightOnOneServerGivesNoCertificateForAnother() {
        ServerView db = cloud.deploy("db");
        cloud.house.access.limit(cloud.user, Subject.of("server", web.id()));

        assertEquals(List.of(web.id().value()), issue(wish("web", KEY)).principals());

        assertEquals(Problem.NOT_FOUND, refused(cloud.user, wish("db", KEY)).type());
        assertEquals(
                Problem.NOT_FOUND,
                refused(cloud.user, wish(db.id().value(), KEY)).type());
        assertEquals(
                Problem.NOT_FOUND, refused(cloud.user, wish("nothing", KEY)).type());
    }

    @Test
    void itIsGoodForMinutesAndNeverForLongerThanIsSet() {
        assertEquals(
                Duration.ofMinutes(5),
                Duration.between(
                        cloud.house.clock.instant(), issue(wish("web", KEY)).validBefore()));
        assertEquals(
                Duration.ofHours(1),
                Duration.between(
                        cloud.house.clock.instant(),
                        issue(wish(Duration.ofHours(1))).validBefore()));

        assertEquals(
                Problem.MALFORMED,
                refused(cloud.user, wish(Duration.ofHours(1).plusSeconds(1))).type());
        assertThrows(IllegalArgumentException.class, () -> wish(Duration.ofSeconds(9)));
    }

    @Test
    void aKeyThatIsNoneIsPointedAt() {
        ProblemException problem = refused(cloud.user, wish("web", "ssh-rsa AAAA"));

        assertEquals(Problem.MALFORMED, problem.type());
        assertEquals("/publicKey", problem.errors().get(0).pointer());
    }

    @Test
    void whoIsNoUserGetsNone() {
        assertEquals(
                Problem.FORBIDDEN, refused(cloud.operator, wish("web", KEY)).type());
    }

    @Test
    void aDeletedServerGivesNone() {
        cloud.done(cloud.user, new DeleteServer(Cloud.ACME, WEB));

        assertEquals(
                ServerProblem.WRONG_STATE, refused(cloud.user, wish("web", KEY)).type());
    }

    @Test
    void nobodyGetsMoreThanSixtyInAnHourAlsoNotAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Future<Boolean>> answers = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            answers.add(threads.submit(() -> {
                try {
                    issue(wish("web", KEY));
                    return true;
                } catch (ProblemException e) {
                    assertEquals(Problem.TOO_MANY, e.type());
                    assertEquals(Duration.ofHours(1), e.retryAfter().orElseThrow());
                    return false;
                }
            }));
        }
        int given = 0;
        for (Future<Boolean> answer : answers) {
            given += answer.get() ? 1 : 0;
        }
        threads.shutdown();

        assertEquals(60, given);
        Caller other = cloud.house.access.user("ben", "acme");
        cloud.submit(other, wish("web", KEY));
        cloud.house.clock.advance(Duration.ofHours(1));
        issue(wish("web", KEY));
        assertEquals(62, cloud.count("select count(*) from ssh_certificate"));
    }

    @Test
    void aDryRunAndARefusalCountForNothing() {
        cloud.house.gate.submit(cloud.user, wish("web", KEY), Gate.Submission.dry());

        assertEquals(0, cloud.count("select count(*) from ssh_quota"));
        assertEquals(0, cloud.count("select count(*) from ssh_certificate"));
    }

    @Test
    void serversOfBeforeAKeyWasReplacedGoOnWithTheirs() {
        OpenSsh real = new OpenSsh(directory);
        String former = keys().get(0).fingerprint();

        List<AuthorityKey> keys = rotate(false);
        cloud.deploy("db");

        assertEquals(
                List.of(KeyState.IN_USE, KeyState.FORMER),
                keys.stream().map(AuthorityKey::state).toList());
        String current = keys.get(0).fingerprint();
        assertNotEquals(former, current);
        assertTrue(real.look(issue(wish("web", KEY)).certificate()).contains(former));
        assertTrue(real.look(issue(wish("db", KEY)).certificate()).contains(current));
    }

    @Test
    void anAbandonedKeySignsNothingAnyMoreAndNobodyGetsACertificateThatTheServerRefuses() {
        OpenSsh real = new OpenSsh(directory);
        List<AuthorityKey> keys = rotate(true);

        ProblemException refused = refused(cloud.user, wish("web", KEY));

        assertEquals(Problem.CONFLICT, refused.type());
        assertTrue(refused.getMessage().contains("/etc/ssh/isthmus/authorities"), refused.getMessage());
        assertEquals(0, cloud.count("select count(*) from ssh_quota"));
        assertEquals(Problem.MALFORMED, refused(cloud.user, trusting(1)).type());
        assertTrue(
                real.look(issue(trusting(2)).certificate()).contains(keys.get(0).fingerprint()));

        assertEquals(
                List.of(KeyState.IN_USE, KeyState.ABANDONED),
                keys.stream().map(AuthorityKey::state).toList());
        assertTrue(real.look(issue(wish("web", KEY)).certificate())
                .contains(keys.get(0).fingerprint()));
        assertEquals(
                0, cloud.count("select count(*) from ssh_authority where generation = 1 and private_key is not null"));
    }

    @Test
    void aServerThatHasNoSeedYetTrustsTheKeyThatReplacesAnAbandonedOne() {
        OpenSsh real = new OpenSsh(directory);
        cloud.submit(cloud.user, Cloud.wish("db"));

        List<AuthorityKey> keys = rotate(true);
        cloud.house.work();

        assertTrue(real.look(issue(wish("db", KEY)).certificate())
                .contains(keys.get(0).fingerprint()));
        assertEquals(Problem.CONFLICT, refused(cloud.user, wish("web", KEY)).type());
    }

    @Test
    void aDeploymentThatWasCommittedJustAsItsKeyWasAbandonedGetsTheNewOne() {
        cloud.submit(cloud.user, Cloud.wish("db"));
        rotate(true);
        // as if neither had seen the other
        cloud.house.database.tx().execute(() -> new RowStore(
                        cloud.house.database.tx(), cloud.house.database.entityManagerFactory("core"))
                .change("update srv_trust set generation = 1"));

        cloud.house.work();

        issue(wish("db", KEY));
        assertEquals(2, list(Map.of("server", "db")).get(0).authority());
    }

    @Test
    void aServerWhoseDriverMayHaveTheOldSeedIsMadeAnew() {
        cloud.script().onNextCall(Verb.CREATE, () -> rotate(true));
        cloud.script().loseNextAnswer(Verb.CREATE);
        OperationId begun = cloud.submit(cloud.user, Cloud.wish("db"))
                .operation()
                .orElseThrow()
                .id();
        cloud.house.work();
        cloud.house.clock.advance(Duration.ofMinutes(1));
        cloud.house.work();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun).state());
        issue(wish("db", KEY));
        assertEquals(2, list(Map.of("server", "db")).get(0).authority());
    }

    @Test
    void aServerWhoseSeedIsBeingWrittenIsKnownToTrustWhatIsInIt() {
        cloud.script().onNextCall(Verb.CREATE, () -> rotate(true));
        cloud.deploy("db");

        assertEquals(
                1,
                cloud.count("select generation from srv_trust t join srv_server s on s.id = t.server_id"
                        + " where s.name = 'db'"));
        assertEquals(Problem.CONFLICT, refused(cloud.user, wish("db", KEY)).type());
    }

    @Test
    void aCertificateEndsWithTheRightByWhichItWasGiven() {
        Instant now = cloud.house.clock.instant();
        cloud.house.access.ends(cloud.user, now.plusSeconds(60));

        assertEquals(now.plusSeconds(60), issue(wish(Duration.ofHours(1))).validBefore());
        assertEquals(now.plusSeconds(20), issue(wish(Duration.ofSeconds(20))).validBefore());

        cloud.house.access.ends(cloud.user, now);
        assertEquals(Problem.FORBIDDEN, refused(cloud.user, wish("web", KEY)).type());
        assertEquals(2, cloud.count("select count(*) from ssh_certificate"));
    }

    @Test
    void aKeyThatNoServerTrustsIsForgotten() {
        rotate(false);
        rotate(false);
        List<AuthorityKey> keys = rotate(false);

        assertEquals(List.of(4, 3, 1), keys.stream().map(AuthorityKey::number).toList());
    }

    @Test
    void theSeedTellsTheGuestWhomToTrustAndForWhichServer() {
        ServerStore servers = new ServerStore(
                new RowStore(cloud.house.database.tx(), cloud.house.database.entityManagerFactory("core")));
        Server server = cloud.house.database.tx().read(() -> servers.must(web.id()));
        Seed seed = Seeds.of(server, Optional.empty(), Optional.of(keys().get(0).publicKey()), List.of());

        String vendor = seed.vendorData();
        assertTrue(vendor.startsWith("#cloud-boothook\n#!/bin/sh\n"), vendor);
        assertTrue(vendor.contains("\n" + keys().get(0).publicKey() + "\nEND\n"), vendor);
        assertTrue(vendor.contains("\nserver=" + web.id() + "\n"), vendor);
        assertFalse(vendor.contains("@SERVER@") || vendor.contains("@AUTHORITY@"), vendor);
        assertEquals(
                "",
                Seeds.of(server, Optional.empty(), Optional.empty(), List.of()).vendorData());
    }

    @Test
    void whatAServerTrustsGoesWithIt() {
        assertEquals(
                1,
                cloud.count(
                        "select count(*) from srv_trust where server_id = ?",
                        web.id().value()));

        cloud.done(cloud.user, new DeleteServer(Cloud.ACME, WEB));
        cloud.house.clock.advance(Duration.ofDays(2));
        cloud.domain.upkeep().runOnce();
        cloud.house.work();

        assertEquals(
                0,
                cloud.count(
                        "select count(*) from srv_trust where server_id = ?",
                        web.id().value()));
    }
}
