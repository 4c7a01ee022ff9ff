// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.driver.kvm.host.Domains;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a running guest's QEMU has of a device that libvirt was giving it when libvirt died. libvirt knows nothing of it
 * afterwards: its next attempts fail on a name that is taken or on a file's lock, until the guest is off. So it is taken
 * back here, past libvirt.
 */
final class HalfGiven {
    private static final Logger LOG = LoggerFactory.getLogger(HalfGiven.class);

    /** What libvirt says when QEMU has the disk: its node, its file, its place on the bus or its name. */
    private static final List<String> IN_THE_WAY = List.of(
            "Duplicate nodes with node-name",
            "Failed to get \"write\" lock",
            "already occupied by",
            "Duplicate device ID");

    private HalfGiven() {}

    /**
     * Takes back what QEMU has of an interface.
     *
     * @param alias its own
     * @param failure what libvirt said when it could not give it
     * @return whether there was something
     * @throws DriverException UNAVAILABLE when the guest has it already, and was asked to let go of it
     */
    static boolean takeBackNic(Domains domains, String ref, String alias, String failure) {
        String backEnd = "host" + alias;
        if (!failure.contains("Duplicate ID '" + backEnd + "'")) {
            return false;
        }
        unplug(domains, ref, alias);
        LOG.info("QEMU of {} has {} since libvirt died; it is taken away", ref, backEnd);
        var close = Qmp.command("netdev_del");
        close.putObject("arguments").put("id", backEnd);
        Qmp.say(domains, ref, close);
        return true;
    }

    /**
     * Takes back what QEMU has of a file that libvirt does not know it has.
     *
     * @param failure what libvirt said when it could not give it
     * @return whether there was something
     * @throws DriverException UNAVAILABLE when the guest has the disk already, and was asked to let go of it
     */
    static boolean takeBackDisk(Domains domains, String ref, String path, String failure) {
        if (IN_THE_WAY.stream().noneMatch(failure::contains)) {
            return false;
        }
        for (JsonNode block : Qmp.say(domains, ref, Qmp.command("query-block"))) {
            // /machine/peripheral/<id>/virtio-backend
            String[] place = block.path("qdev").asText("").split("/", -1);
            if (Qmp.has(block.path("inserted"), path) && place.length > 3) {
                unplug(domains, ref, place[3]);
            }
        }
        List<String> formats = new ArrayList<>();
        List<String> files = new ArrayList<>();
        var all = Qmp.command("query-named-block-nodes");
        all.putObject("arguments").put("flat", true);
        for (JsonNode node : Qmp.say(domains, ref, all)) {
            if (Qmp.has(node, path)) {
                boolean file = node.path("drv").asText().equals("file");
                (file ? files : formats).add(node.path("node-name").asText());
            }
        }
        // what uses another goes first
        formats.addAll(files);
        for (String node : formats) {
            LOG.info("QEMU of {} has {} open as {} since libvirt died; it is closed", ref, path, node);
            var close = Qmp.command("blockdev-del");
            close.putObject("arguments").put("node-name", node);
            Qmp.say(domains, ref, close);
        }
        return !formats.isEmpty();
    }

    /** Asks the guest to let go of a device, and has the caller come again; does nothing when there is none. */
    private static void unplug(Domains domains, String ref, String device) {
        var unplug = Qmp.command("device_del");
        unplug.putObject("arguments").put("id", device);
        try {
            Qmp.say(domains, ref, unplug);
        } catch (DriverException e) {
            if (e.getMessage().contains("not found")) {
                return;
            }
            // the guest is at it already
            LOG.debug("Device {} of {} is not asked for once more", device, ref, e);
        }
        throw new DriverException(
                Kind.UNAVAILABLE,
                "The guest got " + device + " when libvirt died, which does not know; it is taken back.");
    }
}
