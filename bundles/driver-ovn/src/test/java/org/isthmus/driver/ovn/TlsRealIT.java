// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.driver.ovn.ovsdb.Budget;
import org.isthmus.driver.ovn.ovsdb.Database;
import org.isthmus.driver.ovn.ovsdb.Remote;
import org.isthmus.driver.ovn.ovsdb.Timing;
import org.isthmus.driver.ovn.ovsdb.Tls;
import org.isthmus.model.Secret;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mutual TLS with a real server and an authority made for the test. */
@Tag("real")
@Timeout(60)
final class TlsRealIT {
    private final List<Database> open = new ArrayList<>();
    private Daemons daemons;
    private int port;

    @BeforeEach
    void start() {
        daemons = Daemons.start("ovsdb-server", "ovsdb-tool", "openssl");
        authority("ca");
        authority("stranger");
        certificate("server", "ca", "ec");
        certificate("client", "ca", "rsa:2048");
        certificate("elliptic", "ca", "ec");
        certificate("forged", "stranger", "ec");
        daemons.run("openssl", "rsa", "-in", "client.key", "-traditional", "-out", "pkcs1.key");
        daemons.run("ovsdb-tool", "create", "nb.db", "/usr/share/ovn/ovn-nb.ovsschema");
        port = Daemons.freePort();
        daemons.spawn(
                Map.of(),
                "ovsdb-server",
                "nb.db",
                "--remote=pssl:" + port + ":127.0.0.1",
                "--private-key=server.key",
                "--certificate=server.crt",
                "--ca-cert=ca.crt",
                "--unixctl=" + daemons.path("nb.ctl"));
        daemons.untilExists("nb.ctl");
    }

    @AfterEach
    void stop() {
        open.forEach(Database::close);
        if (daemons != null) {
            daemons.close();
        }
    }

    private void authority(String name) {
        daemons.run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=" + name,
                "-keyout",
                name + ".key",
                "-out",
                name + ".crt");
    }

    private void certificate(String name, String by, String kind) {
        List<String> request = new ArrayList<>(List.of(
                "openssl",
                "req",
                "-newkey",
                kind,
                "-nodes",
                "-subj",
                "/CN=" + name,
                "-keyout",
                name + ".key",
                "-out",
                name + ".csr"));
        if (kind.equals("ec")) {
            request.addAll(List.of("-pkeyopt", "ec_paramgen_curve:prime256v1"));
        }
        daemons.run(request.toArray(String[]::new));
        daemons.run(
                "openssl",
                "x509",
                "-req",
                "-in",
                name + ".csr",
                "-CA",
                by + ".crt",
                "-CAkey",
                by + ".key",
                "-CAcreateserial",
                "-days",
                "2",
                "-out",
                name + ".crt");
    }

    private String text(String file) {
        try {
            return Files.readString(daemons.path(file));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private Database database(String authority, String certificate, String key, boolean checkName) {
        Tls tls = Tls.of(text(authority), text(certificate), new Secret(text(key)), checkName);
        Database database = new Database(
                Northbound.DATABASE,
                Remote.listOf("ssl:127.0.0.1:" + port),
                true,
                Optional.of(tls),
                Northbound.TABLES,
                Timing.NORMAL,
                changes -> {});
        open.add(database);
        database.open();
        return database;
    }

    private static Budget budget() {
        return Budget.of(Duration.ofSeconds(8));
    }

    private static Kind refusal(Database database) {
        return assertThrows(DriverException.class, () -> {
                    for (int tried = 0; tried < 20; tried++) {
                        database.refresh(budget());
                    }
                })
                .kind();
    }

    @Test
    void bothSidesShowCertificatesOfOneAuthority() {
        database("ca.crt", "client.crt", "client.key", false).refresh(budget());
        database("ca.crt", "client.crt", "pkcs1.key", false).refresh(budget());
        database("ca.crt", "elliptic.crt", "elliptic.key", false).refresh(budget());
    }

    @Test
    void aServerOfAnotherAuthorityIsNotSpokenTo() {
        assertEquals(Kind.DENIED, refusal(database("stranger.crt", "client.crt", "client.key", false)));
    }

    @Test
    void aClientOfAnotherAuthorityIsRefused() {
        Kind kind = refusal(database("ca.crt", "forged.crt", "forged.key", false));

        assertTrue(kind == Kind.DENIED || kind == Kind.UNAVAILABLE, kind::toString);
    }

    @Test
    void theServersNameCountsWhenAskedFor() {
        assertEquals(Kind.DENIED, refusal(database("ca.crt", "client.crt", "client.key", true)));
    }

    @Test
    void aKeyOfAnotherKindIsRefusedAtOnce() {
        IllegalArgumentException refusal = assertThrows(
                IllegalArgumentException.class,
                () -> Tls.of(text("ca.crt"), text("client.crt"), new Secret(text("elliptic.key")), false));

        assertTrue(refusal.getMessage().contains("clientKey"), refusal::getMessage);
    }
}
