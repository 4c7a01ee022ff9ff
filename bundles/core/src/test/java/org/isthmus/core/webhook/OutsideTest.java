// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.isthmus.core.webhook.Settings.Block;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OutsideTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.8.8.8",
                "0.0.0.0",
                "10.0.0.1",
                "100.64.0.1",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "192.0.0.8",
                "198.18.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "::1",
                "::",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::10.0.0.1",
                "64:ff9b::7f00:1",
                "64:ff9b:1::1",
                "fe80::1",
                "fec0::1",
                "fc00::1",
                "fd12:3456::1",
                "ff02::1",
                "100::1",
                "2001::1",
                "2001:db8::1",
                "2002:7f00:1::1"
            })
    void whatIsNotOnThePublicInternetIsNotOutside(String address) throws UnknownHostException {
        assertEquals(false, Outside.has(InetAddress.getByName(address)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1.1.1", "172.15.255.255", "172.32.0.1", "192.167.1.1", "100.128.0.1", "2606:4700::1111"})
    void whatIsOnItIs(String address) throws UnknownHostException {
        assertEquals(true, Outside.has(InetAddress.getByName(address)));
    }

    @Test
    void networksAreReadFromOneLine() {
        assertEquals(
                new Settings(
                        true,
                        List.of(Block.of("10.1.0.0/16"), Block.of("fd00::/8"), Block.of("192.0.2.7/32")),
                        Duration.ofSeconds(5)),
                Settings.of(true, "10.1.0.0/16, fd00::/8,192.0.2.7", "PT5S"));
    }

    @Test
    void allThatIsWrongIsSaidAtOnce() {
        String said = assertThrows(
                        IllegalArgumentException.class, () -> Settings.of(false, "example.org,10.0.0.0/33,a.b", "soon"))
                .getMessage();

        assertEquals(
                "etc/org.isthmus.core.webhook.cfg: networks: example.org is no network such as 10.1.0.0/16 or fd00::/8."
                        + " networks: 10.0.0.0/33 has a prefix of more than 32 bits. networks: a.b is no network such as"
                        + " 10.1.0.0/16 or fd00::/8. timeout is an ISO 8601 duration, PT1S to PT30S.",
                said);
    }

    @Test
    void theShippedFileShowsTheDefaults() throws IOException {
        Properties shipped = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of("..", "..", "config", "org.isthmus.core.webhook.cfg"))) {
            shipped.load(reader);
        }
        Map<String, String> defaults = new TreeMap<>();
        for (Method method : Config.class.getDeclaredMethods()) {
            defaults.put(method.getName(), String.valueOf(method.getDefaultValue()));
        }

        assertEquals(defaults, new TreeMap<>(shipped));
        assertEquals(Settings.DEFAULT, Settings.of(false, "", "PT10S"));
    }
}
