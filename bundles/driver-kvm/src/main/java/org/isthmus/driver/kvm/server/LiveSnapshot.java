// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.driver.kvm.host.Domains;
import org.isthmus.driver.kvm.xml.DomainView.Disk;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * Takes a snapshot of a running server's disks through QEMU itself. libvirt's own call would write all of the guest's
 * memory into the disk while the guest stands still; QEMU's transaction takes a moment, and all disks or none.
 */
final class LiveSnapshot {
    private LiveSnapshot() {}

    static void take(Domains domains, String ref, List<Disk> disks, SnapshotId id) {
        JsonNode blocks = Qmp.say(domains, ref, Qmp.command("query-block"));
        List<String> nodes = new ArrayList<>();
        boolean taken = true;
        for (Disk disk : disks) {
            JsonNode inserted = inserted(blocks, disk);
            nodes.add(inserted.path("node-name").asText());
            taken &= has(inserted, id);
        }
        if (taken) {
            // an earlier call was cut off before libvirt had a record of it
            return;
        }
        ObjectNode command = Qmp.command("transaction");
        ArrayNode actions = command.putObject("arguments").putArray("actions");
        for (String node : nodes) {
            actions.addObject()
                    .put("type", "blockdev-snapshot-internal-sync")
                    .putObject("data")
                    .put("device", node)
                    .put("name", id.value());
        }
        Qmp.say(domains, ref, command);
    }

    private static JsonNode inserted(JsonNode blocks, Disk disk) {
        for (JsonNode block : blocks) {
            if (Qmp.has(block.path("inserted"), disk.path().orElse(""))) {
                return block.path("inserted");
            }
        }
        throw new DriverException(
                Kind.BROKEN, "QEMU does not show the disk " + disk.id() + " (" + disk.target() + ") of the server.");
    }

    private static boolean has(JsonNode inserted, SnapshotId id) {
        for (JsonNode snapshot : inserted.path("image").path("snapshots")) {
            if (snapshot.path("name").asText().equals(id.value())) {
                return true;
            }
        }
        return false;
    }
}
