// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Clock;
import org.isthmus.spi.Driver.Health;
import org.isthmus.tck.HostContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How guests run is found out by booting one, and the probe leaves nothing behind. */
@Timeout(120)
final class AccelerationRealIT {
    @TempDir
    private Path cache;

    @Test
    void theProbeDecidesAndLeavesNothing() {
        RealHost host = RealHost.required();
        try (HostContext context = new HostContext(Clock.systemUTC(), cache)) {
            KvmDriver driver = host.open(context, "auto");

            // three attempts may take longer than the first who asks waits
            while (driver.capabilities().stream().noneMatch(name -> name.startsWith("accel-"))) {
                RealHost.pause();
            }
            boolean kvm = driver.capabilities().contains("accel-kvm");
            boolean tcg = driver.capabilities().contains("accel-tcg");
            Health health = driver.health();
            driver.close();

            assertTrue(kvm != tcg, () -> driver.capabilities().toString());
            assertEquals(kvm ? Health.State.UP : Health.State.DEGRADED, health.state());
            assertTrue(health.detail().contains(kvm ? "accel-kvm" : "accel-tcg"), health::detail);
            assertTrue(!host.virsh("list", "--all", "--name").contains("isthmus-probe"), "a probe is left");
            assertTrue(!RealHost.run("find", RealHost.STORAGE).contains("isthmus-probe"), "a probe's disk is left");
        }
    }

    @Test
    void theProbeGuestBootsWhereGuestsAreEmulated() {
        // the same guest under TCG must come to its end everywhere: so a failure under KVM is KVM's
        RealHost host = RealHost.required();

        assertTrue(EmulatedProbe.boots(host), "the probe guest powers itself off");
    }
}
