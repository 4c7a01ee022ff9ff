// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.unboundid.ldap.sdk.AddRequest;
import com.unboundid.ldap.sdk.Control;
import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.Assumptions;

/** A real slapd of this test's own; it is stopped with {@link #close}. */
public final class Slapd implements AutoCloseable {
    private static final Path SCRIPT =
            Path.of("../../itests/directories/slapd.sh").toAbsolutePath().normalize();

    private final Path folder;
    private final Map<String, String> told = new HashMap<>();

    private Slapd(Path folder) {
        this.folder = folder;
    }

    /** Skips the test where there is no slapd; a Debian root machine gets one with {@code verify}. */
    public static Slapd start(Path folder) {
        Assumptions.assumeTrue(
                Files.exists(Path.of("/usr/sbin/slapd")) && Files.exists(Path.of("/usr/bin/openssl")),
                "The packages slapd and openssl are not installed on this machine.");
        Slapd slapd = new Slapd(folder.resolve("slapd"));
        for (String line : slapd.run("start")) {
            String[] both = line.split("=", 2);
            slapd.told.put(both[0], both[1]);
        }
        return slapd;
    }

    private List<String> run(String command) {
        try {
            Process process = new ProcessBuilder(SCRIPT.toString(), command, folder.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), said);
            return said.lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public int port() {
        return Integer.parseInt(told.get("PORT"));
    }

    int tlsPort() {
        return Integer.parseInt(told.get("TLS_PORT"));
    }

    public String authority() {
        return text("CA");
    }

    String stranger() {
        return text("OTHER_CA");
    }

    long pid() {
        return Long.parseLong(told.get("PID"));
    }

    private String text(String file) {
        try {
            return Files.readString(Path.of(told.get(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a directory is set to that asks this server, over ldaps. */
    public Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        settings.put("url", "ldaps://localhost:" + tlsPort());
        settings.put("ca.certificate", authority());
        settings.put("bind.dn", "cn=reader,dc=example,dc=org");
        settings.put("users.base", "ou=people,dc=example,dc=org");
        settings.put("groups.base", "ou=groups,dc=example,dc=org");
        return settings;
    }

    /** As the manager, who may do everything. */
    public LDAPConnection manager() throws LDAPException {
        return new LDAPConnection("127.0.0.1", port(), "cn=manager,dc=example,dc=org", "manager");
    }

    /** Adds entries, written as in LDIF. */
    public void add(String... lines) throws LDAPException {
        try (LDAPConnection manager = manager()) {
            AddRequest request = new AddRequest(lines);
            // referrals are entries like others to whom says so (RFC 3296)
            request.addControl(new Control("2.16.840.1.113730.3.4.2", false));
            manager.add(request);
        } catch (com.unboundid.ldif.LDIFException e) {
            throw new IllegalArgumentException(e);
        }
    }

    public void places() throws LDAPException {
        for (String place : List.of("people", "groups")) {
            add("dn: ou=" + place + ",dc=example,dc=org", "objectClass: organizationalUnit", "ou: " + place);
        }
    }

    /** Somebody whose password is their username twice. */
    public String person(String username) throws LDAPException {
        String dn = "uid=" + username + ",ou=people,dc=example,dc=org";
        add(
                "dn: " + dn,
                "objectClass: inetOrgPerson",
                "uid: " + username,
                "cn: " + username.toUpperCase(java.util.Locale.ROOT),
                "sn: Example",
                "mail: " + username + "@example.org",
                "userPassword: " + username + username);
        return dn;
    }

    public String group(String name, String... members) throws LDAPException {
        String dn = "cn=" + name + ",ou=groups,dc=example,dc=org";
        List<String> lines =
                new java.util.ArrayList<>(List.of("dn: " + dn, "objectClass: groupOfNames", "cn: " + name));
        for (String member : members) {
            lines.add("member: " + member);
        }
        add(lines.toArray(new String[0]));
        return dn;
    }

    /** A server that asks this one as the reader. */
    LdapServer asked(Map<String, String> settings) {
        return new LdapServer(LdapSettings.of(settings, secrets()), new Reach(true));
    }

    LdapServer asked() {
        return asked(settings());
    }

    public static Map<String, Secret> secrets() {
        return Map.of("bind.password", new Secret("reader"));
    }

    @Override
    public void close() {
        run("stop");
    }
}
