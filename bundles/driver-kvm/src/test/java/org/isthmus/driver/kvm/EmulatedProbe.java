// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.isthmus.driver.kvm.host.Acceleration;
import org.isthmus.driver.kvm.host.ProbeGuest;

/** Boots the probe guest by virsh, emulated. */
final class EmulatedProbe {
    private static final String UUID = "33333333-3333-4333-8333-000000000003";

    private EmulatedProbe() {}

    static boolean boots(RealHost host) {
        try {
            Path disk = Files.createTempFile("probe", ".img");
            Files.write(disk, Arrays.copyOf(ProbeGuest.bootSector(), (int) ProbeGuest.DISK_BYTES));
            Path xml = Files.createTempFile("probe", ".xml");
            RealHost.write(
                    xml,
                    ProbeGuest.domain("probe-emulated", UUID, disk.toString(), Acceleration.Kind.TCG, "auto", "q35"));
            host.virsh("define", xml.toString());
            try {
                host.virsh("start", UUID);
                for (int i = 0;
                        i < 100 && !host.virsh("domstate", "--reason", UUID).contains("(shutdown)");
                        i++) {
                    RealHost.pause();
                }
                return host.virsh("domstate", "--reason", UUID).contains("(shutdown)");
            } finally {
                host.virsh("undefine", UUID);
                Files.delete(disk);
                Files.delete(xml);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
