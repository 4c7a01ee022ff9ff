// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldif.LDIFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.sshd.common.SshException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Story 16: an organization's people are in its LDAP directory, a real one. */
@ExtendWith(Journey.class)
@Own
final class LdapTest {
    private static final String SCRIPT =
            Path.of("../directories/slapd.sh").toAbsolutePath().normalize().toString();
    private static final Duration SOON = Duration.ofSeconds(90);

    @TempDir
    Path folder;

    /** A slapd, and what is in it. */
    private static final class Directory implements AutoCloseable {
        private final String folder;
        private final Map<String, String> told = new HashMap<>();

        Directory(Path folder) throws LDAPException {
            assumeTrue(
                    Files.exists(Path.of("/usr/sbin/slapd")) && Files.exists(Path.of("/usr/bin/openssl")),
                    "this needs the packages slapd and openssl");
            this.folder = folder.resolve("slapd").toString();
            run("start").lines().map(line -> line.split("=", 2)).forEach(both -> told.put(both[0], both[1]));
            add("dn: ou=people,dc=example,dc=org", "objectClass: organizationalUnit", "ou: people");
        }

        private String run(String command) {
            try {
                Process process = new ProcessBuilder(SCRIPT, command, folder)
                        .redirectErrorStream(true)
                        .start();
                String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertEquals(0, process.waitFor(), said);
                return said;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private LDAPConnection manager() throws LDAPException {
            return new LDAPConnection(
                    "127.0.0.1", Integer.parseInt(told.get("PORT")), "cn=manager,dc=example,dc=org", "manager");
        }

        void add(String... lines) throws LDAPException {
            try (LDAPConnection manager = manager()) {
                manager.add(lines);
            } catch (LDIFException e) {
                throw new IllegalArgumentException(e);
            }
        }

        String person(String username) throws LDAPException {
            String dn = "uid=" + username + ",ou=people,dc=example,dc=org";
            add(
                    "dn: " + dn,
                    "objectClass: inetOrgPerson",
                    "uid: " + username,
                    "cn: " + username,
                    "sn: Example",
                    "mail: " + username + "@example.org",
                    "userPassword: secret of " + username);
            return dn;
        }

        void group(String name, List<String> members) throws LDAPException {
            List<String> lines = new ArrayList<>(List.of(
                    "dn: cn=" + name + ",ou=people,dc=example,dc=org", "objectClass: groupOfNames", "cn: " + name));
            members.forEach(each -> lines.add("member: " + each));
            add(lines.toArray(new String[0]));
        }

        void remove(String dn) throws LDAPException {
            try (LDAPConnection manager = manager()) {
                manager.delete(dn);
            }
        }

        ObjectNode linked(String name, String... more) throws IOException {
            Map<String, String> settings = new HashMap<>(Map.of(
                    "url", "ldaps://localhost:" + told.get("TLS_PORT"),
                    "ca.certificate", Files.readString(Path.of(told.get("CA"))),
                    "bind.dn", "cn=reader,dc=example,dc=org",
                    "users.base", "ou=people,dc=example,dc=org",
                    "groups.base", "ou=people,dc=example,dc=org"));
            for (int i = 0; i < more.length; i += 2) {
                settings.put(more[i], more[i + 1]);
            }
            return Api.json(
                    "name", name, "kind", "LDAP", "settings", settings, "secrets", Map.of("bind.password", "reader"));
        }

        void stop() {
            run("stop");
        }

        @Override
        public void close() {
            stop();
        }
    }

    private static Answer login(Platform platform, String username, String password) {
        return platform.anonymous().post("/sessions", Api.json("username", username, "password", password));
    }

    private static Answer synced(Tenant tenant) {
        return Waiting.until("the directory is brought here", SOON, () -> {
            Answer answer = tenant.get("/directories/corp/sync").must(200);
            String state = answer.get("state");
            return state.equals("ASKED") || state.equals("RUNNING") ? Optional.empty() : Optional.of(answer);
        });
    }

    @Test
    void peopleComeWithTheirGroupsLogInAndGo(Controller controller, Platform platform) throws Exception {
        controller.configure("org.isthmus.identity", Map.of("directories.loopback", "true"));
        try (Directory directory = new Directory(folder)) {
            Tenant tenant = platform.tenant("linked");
            String anna = directory.person("anna");
            directory.person("ben");
            directory.group("cloud", List.of(anna));
            tenant.post("/directories", directory.linked("corp")).must(201);
            Waiting.untilTrue(
                    "the setting holds",
                    SOON,
                    () -> tenant.get("/directories/corp/check").status() == 200);

            Answer dry = tenant.post("/directories/corp/sync?dryRun=true", Api.json())
                    .must(200);
            assertEquals(2, dry.body().path("plan").path("created").asInt());
            login(platform, "anna@linked", "secret of anna").refused(401, "wrong-login");

            tenant.post("/directories/corp/sync", Api.json()).must(200);
            assertEquals("DONE", synced(tenant).get("state"));
            tenant.post(
                            "/grants",
                            Api.json(
                                    "subject",
                                    Map.of("kind", "group", "id", "cloud"),
                                    "role",
                                    "read-only",
                                    "scope",
                                    Map.of("kind", "organization", "id", "linked")))
                    .must(201);
            login(platform, "anna@linked", "secret of ben").refused(401, "wrong-login");
            login(platform, "anna@linked", "").refused(401, "wrong-login");
            Api session = platform.anonymous()
                    .with(login(platform, "anna@linked", "secret of anna")
                            .must(201)
                            .get("token"));
            session.get(tenant.path("/networks")).must(200);

            directory.remove(anna);
            tenant.post("/directories/corp/sync", Api.json()).must(200);
            assertEquals("DONE", synced(tenant).get("state"));
            session.get("/sessions/current").refused(401, "not-logged-in");

            directory.remove("uid=ben,ou=people,dc=example,dc=org");
            tenant.post("/directories/corp/sync", Api.json()).must(200);
            Answer stopped = synced(tenant);
            assertEquals("STOPPED", stopped.get("state"));
            login(platform, "ben@linked", "secret of ben").refused(401, "wrong-login");
            Waiting.untilTrue("the stop is in the audit log", SOON, () -> tenant.all("/audit/entries").stream()
                    .anyMatch(entry -> entry.path("actor").asText().contains("directory:corp@linked")));

            directory.stop();
            login(platform, "ben@linked", "secret of ben").refused(503, "unavailable");
            login(platform, "ann@linked", Platform.PASSWORD).must(201);
        }
    }

    @Test
    void aRunThatIsKilledIsFinishedAfterTheRestart(Controller controller, Platform platform) throws Exception {
        controller.configure("org.isthmus.identity", Map.of("directories.loopback", "true"));
        try (Directory directory = new Directory(folder)) {
            Tenant tenant = platform.tenant("killed");
            List<String> people = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                people.add(directory.person("p" + i));
            }
            directory.group("all", people);
            tenant.post("/directories", directory.linked("corp")).must(201);
            Waiting.untilTrue(
                    "the setting holds",
                    SOON,
                    () -> tenant.get("/directories/corp/check").status() == 200);

            tenant.post("/directories/corp/sync", Api.json()).must(200);
            Waiting.untilTrue("some have come", SOON, () -> tenant.all("/users").size() > 5);
            controller.kill();
            controller.start();

            assertEquals("DONE", synced(tenant).get("state"));
            assertEquals(151, tenant.all("/users").size());
            assertEquals(150, tenant.all("/groups/all/members").size());
        }
    }

    @Test
    void anOperatorOfADirectoryComesInToTheShell(Controller controller, Platform platform) throws Exception {
        controller.configure("org.isthmus.identity", Map.of("directories.loopback", "true"));
        try (Directory directory = new Directory(folder)) {
            directory.person("olga");
            platform.operator()
                    .post("/organizations/platform/directories", directory.linked("staff", "create.users", "true"))
                    .must(201);
            Waiting.untilTrue(
                    "the setting holds",
                    SOON,
                    () -> platform.operator()
                                    .get("/organizations/platform/directories/staff/check")
                                    .status()
                            == 200);
            login(platform, "olga@platform", "secret of olga").must(201);
            assertThrows(SshException.class, () -> Ssh.as(controller, "olga@platform", "secret of olga")
                    .run("shell:date"));

            platform.operator()
                    .post(
                            "/organizations/platform/grants",
                            Api.json(
                                    "subject",
                                    Map.of("kind", "user", "id", "olga"),
                                    "role",
                                    "operator",
                                    "scope",
                                    Map.of("kind", "organization", "id", "platform")))
                    .must(201);

            Ssh olga = Ssh.as(controller, "olga@platform", "secret of olga");
            assertTrue(olga.run("isthmus:organization-list").out().contains("platform"));
            Ssh admin = Ssh.operator(controller);
            String seen = admin.run("isthmus:directory-check staff").all();
            assertTrue(seen.contains("olga is uid=olga"), seen);
            String plan =
                    admin.run("isthmus:directory-sync-show --preview staff").all();
            assertTrue(plan.contains("created"), plan);
        }
    }
}
