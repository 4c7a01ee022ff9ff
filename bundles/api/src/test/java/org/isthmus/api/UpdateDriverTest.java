// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.isthmus.api.location.DriverUpdates.UpdateDriver;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses that a driver may come from. */
final class UpdateDriverTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://user:swordfish@example.org/driver.jar",
                "https://swordfish@example.org/driver.jar",
                "http://user:sword fish swordfish@example.org/driver.jar",
                "https://user:swordfish@under_score/driver.jar",
                "https://user:swordfish@example.org:8443?file=driver.jar",
                "mvn:https://user:swordfish@example.org/repository!org.example/driver/1.0",
                "file://user:swordfish@example.org/driver.jar"
            })
    void anAddressWithCredentialsIsRefusedAndNotRepeated(String url) {
        String refused = assertThrows(IllegalArgumentException.class, () -> new UpdateDriver("kvm", url))
                .getMessage();

        assertTrue(refused.contains("etc/org.ops4j.pax.url.mvn.cfg"), refused);
        assertFalse(refused.contains("swordfish"), refused);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.org/drivers/kvm@1.2.0.jar",
                "https://example.org/driver.jar?mail=ann@example.org",
                "https://example.org//a@b/driver.jar",
                "mvn:org.example/driver/1.0",
                "mvn:https://example.org/repository@id=ours@snapshots!org.example/driver/1.0-SNAPSHOT",
                "file:/root/driver@1.2.0.jar",
                "file:///root/driver@1.2.0.jar"
            })
    void anAtSignElsewhereIsNone(String url) {
        assertEquals(url, new UpdateDriver("kvm", url).url());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://example.org/driver.jar", "driver.jar", "jar:file:/root/driver.jar!/"})
    void anAddressOfAnotherSchemeIsRefused(String url) {
        assertThrows(IllegalArgumentException.class, () -> new UpdateDriver("kvm", url));
    }
}
