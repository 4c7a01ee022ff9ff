// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.sshd.common.SshException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Story 12: operators at the shell, by SSH, with the password they have in Isthmus. */
@ExtendWith(Journey.class)
final class ShellTest {
    @Test
    void onlyOperatorsComeIn(Controller controller, Platform platform) throws Exception {
        platform.tenant("outside");

        for (List<String> login : List.of(
                List.of("ann@outside", Platform.PASSWORD),
                List.of("admin@platform", "wrong-password-of-some-length"),
                List.of("karaf", "karaf"),
                List.of("root", "root"),
                List.of("admin", "admin"),
                List.of("nobody@nowhere", Platform.PASSWORD))) {
            assertThrows(
                    SshException.class,
                    () -> Ssh.as(controller, login.get(0), login.get(1)).run("shell:date"),
                    login.get(0));
        }
        Ssh ssh = Ssh.operator(controller);
        assertTrue(ssh.run("isthmus:organization-list").out().contains("outside"));

        Waiting.untilTrue("the logins are in the platform's log", java.time.Duration.ofSeconds(10), () -> {
            List<JsonNode> logins = platform.operator().all("/organizations/platform/audit/entries");
            Set<String> outcomes = logins.stream()
                    .filter(entry -> entry.path("door").asText().equals("SHELL"))
                    .map(entry -> entry.path("outcome").asText())
                    .collect(Collectors.toSet());
            return outcomes.containsAll(List.of("SUCCESS", "DENIED"));
        });
    }

    @Test
    void commandsShowTablesOrJsonAndGoThroughTheSameGate(Controller controller, Platform platform) throws Exception {
        Place place = platform.place("shell-place");
        Ssh ssh = Ssh.operator(controller);
        String made = ssh.run("isthmus:organization-create --administrator ann --email ann@via.example via-shell")
                .all();
        assertTrue(made.contains("via-shell"), made);
        assertEquals(
                "via-shell",
                platform.operator().get("/organizations/via-shell").must(200).get("name"));

        JsonNode list = Api.parsed(ssh.run("isthmus:organization-list --json").out());
        List<String> names = new ArrayList<>();
        list.path("items").forEach(item -> names.add(item.path("name").asText()));
        assertTrue(names.containsAll(List.of("platform", "via-shell")), names::toString);

        for (String line : List.of(
                "isthmus:location-list",
                "isthmus:endpoint-list " + place.name(),
                "isthmus:host-list " + place.name(),
                "isthmus:driver-list",
                "isthmus:user-list -o platform",
                "isthmus:role-list -o platform")) {
            Ssh.Said table = ssh.run(line);
            Ssh.Said json = ssh.run(line.replaceFirst("-list", "-list --json"));
            assertTrue(table.out().lines().count() >= 2, () -> line + ": " + table.all());
            assertTrue(Api.parsed(json.out()).path("items").size() >= 1, () -> line + ": " + json.all());
        }
        assertTrue(ssh.run("isthmus:host-list " + place.name()).out().contains("fake-1"));
    }

    @Test
    void anotherDriverIsInstalledAndTheShellAndAllElseGoOn(Controller controller, Platform platform) throws Exception {
        Ssh ssh = Ssh.operator(controller);
        String before = ssh.run("bundle:list -t 0 -s --no-format").out();

        // an end of the connection, because the shell itself is wired anew, would be no exit code 0
        must(ssh, "feature:install -r isthmus-vmware");
        try {
            assertTrue(must(ssh, "isthmus:driver-list").contains("vmware"));
        } finally {
            must(ssh, "feature:uninstall -r isthmus-vmware");
        }

        assertEquals(before, ssh.run("bundle:list -t 0 -s --no-format").out());
    }

    private static String must(Ssh ssh, String line) throws IOException {
        Ssh.Said said = ssh.run(line);
        assertEquals(0, said.exit(), () -> line + ": " + said.all());
        return said.out();
    }

    @Test
    void aRefusalIsToldInWordsAndACustomersThingsStayTheirs(Controller controller, Platform platform) throws Exception {
        Tenant tenant = platform.tenant("quiet");
        tenant.network("private", platform.place("quiet-place"), "10.1.0.0/24");

        Ssh ssh = Ssh.operator(controller);
        refused(ssh, "isthmus:organization-show nowhere", "nowhere");
        refused(ssh, "isthmus:network-list -o quiet", "organization");
        refused(ssh, "isthmus:organization-create platform", "platform");
        refused(ssh, "isthmus:organization-create 'Bad Name'", "");
        assertFalse(ssh.run("isthmus:network-list -o quiet").all().contains("private"));
        assertEquals(1, tenant.all("/networks").size());
    }

    private static void refused(Ssh ssh, String line, String word) throws IOException {
        Ssh.Said said = ssh.run(line);
        assertTrue(said.all().contains(word) && said.all().length() > 20, () -> line + ": " + said);
        assertFalse(said.all().contains("Exception"), () -> line + ": " + said);
        assertFalse(said.all().contains("\tat "), () -> line + ": " + said);
    }
}
