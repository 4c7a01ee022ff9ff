// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isthmus.driver.jclouds.cloud.Node;
import org.isthmus.driver.jclouds.cloud.Size;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.compute.ComputeDriver.SeenDisk;
import org.isthmus.spi.compute.ComputeDriver.SeenNic;
import org.isthmus.spi.compute.ServerSpec;

/**
 * What is written onto a machine: whose it is, the token that made it, and what a cloud has no word for: our ids of its disk
 * and interfaces. Keys and values keep to what Nova (255 characters) and EC2 (128 and 256) take.
 */
public final class Marks {
    static final String SERVER = "isthmus-server";
    static final String TOKEN = "isthmus-token";
    private static final String SIZE = "isthmus-size";
    private static final String DISK = "isthmus-disk";
    private static final String NIC = "isthmus-nic-";
    /** What somebody else has made of a mark is as if it was not there. */
    private static final Pattern SIZED = Pattern.compile("([1-9][0-9]{0,4})x([1-9][0-9]{0,11}) (.+)");

    private static final Pattern DISKED = Pattern.compile("(\\S+) ([1-9][0-9]{0,17})");
    /** Written when the machine was made and stopped for the first time: from then on being on is not being half made. */
    static final String MADE = "isthmus-made";
    /** The token of the last restart, and whether it was asked for or is done. */
    static final String RESTART = "isthmus-restart";

    private Marks() {}

    /** @param size the type that stands for the size that is wished */
    static Map<String, String> of(String token, ServerSpec spec, Size size) {
        Map<String, String> marks = new LinkedHashMap<>();
        marks.put(SERVER, spec.server().value());
        marks.put(TOKEN, token);
        marks.put(SIZE, spec.cpus() + "x" + spec.memoryMiB() + " " + size.id());
        ServerSpec.DiskSpec boot = spec.disks().get(0);
        marks.put(DISK, boot.id().value() + " " + boot.sizeBytes());
        for (int i = 0; i < spec.nics().size(); i++) {
            ServerSpec.NicSpec nic = spec.nics().get(i);
            marks.put(NIC + i, nic.id().value() + " " + nic.mac().value());
        }
        return marks;
    }

    /** Whose it is; empty for a stranger's, and for one whose marks somebody has spoilt. */
    static Optional<ServerId> server(Node node) {
        try {
            return Optional.ofNullable(node.tags().get(SERVER))
                    .filter(id -> node.tags().containsKey(TOKEN))
                    .map(ServerId::new);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    static boolean isOf(Node node, ServerId server) {
        return server(node).equals(Optional.of(server));
    }

    static String token(Node node) {
        return node.tags().getOrDefault(TOKEN, "");
    }

    /**
     * The size that its type stands for, as long as the cloud does not say that it has another type: what the operator
     * declared equal is no drift.
     */
    static Size size(Node node) {
        Matcher said = SIZED.matcher(node.tags().getOrDefault(SIZE, ""));
        return said.matches() && (node.type().isEmpty() || said.group(3).equals(node.type()))
                ? new Size(
                        node.type(),
                        Integer.parseInt(said.group(1)),
                        Long.parseLong(said.group(2)),
                        node.size().diskGiB())
                : node.size();
    }

    /** The boot disk: as large as its type's, or as was wished where types have none. */
    static List<SeenDisk> disks(Node node) {
        Matcher said = DISKED.matcher(node.tags().getOrDefault(DISK, ""));
        if (!said.matches()) {
            return List.of();
        }
        long byType = node.size().diskGiB() << 30;
        return List.of(new SeenDisk(said.group(1), byType > 0 ? byType : Long.parseLong(said.group(2))));
    }

    /** The interfaces it was made with. A cloud's list does not say which are plugged now. */
    static List<SeenNic> nics(Node node) {
        List<SeenNic> nics = new ArrayList<>();
        for (int i = 0; node.tags().containsKey(NIC + i); i++) {
            String[] said = node.tags().get(NIC + i).split(" ");
            if (said.length == 2) {
                nics.add(new SeenNic(said[0], said[1]));
            }
        }
        return nics;
    }
}
