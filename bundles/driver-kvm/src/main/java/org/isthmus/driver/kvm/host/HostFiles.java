// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.host;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Sha256;

/**
 * Where everything lies on a host, and what it is called. Names carry the ids, so that what a crash left behind is found
 * by whose it is, without any list of it.
 */
public final class HostFiles {
    private static final int SHORT = 8;
    private final String path;

    /** @param path of the directory everything lies in */
    public HostFiles(String path) {
        this.path = path;
    }

    /** Makes both directories and their pools unless they are there. */
    public Pools ensure(Volumes volumes) {
        return new Pools(
                volumes.ensurePool(poolName("isthmus"), path), volumes.ensurePool(poolName("isthmus-logs"), logs()));
    }

    // two endpoints may keep their servers in two directories of one host
    private String poolName(String prefix) {
        return prefix + "-"
                + Sha256.of(path.getBytes(StandardCharsets.UTF_8)).hex().substring(0, SHORT);
    }

    private String logs() {
        return path + "/logs";
    }

    /** libvirt's names of the two pools. */
    public record Pools(String servers, String logs) {}

    public static String disk(ServerId server, DiskId disk) {
        return server + "." + disk + ".qcow2";
    }

    public static String seed(ServerId server) {
        return server + ".seed.iso";
    }

    public static String log(ServerId server) {
        return server + ".log";
    }

    public String logPath(ServerId server) {
        return logs() + "/" + log(server);
    }

    /** True for a path in the directory of disks. */
    public boolean holds(String file) {
        return file.startsWith(path + "/");
    }

    /** True for a file of this server. */
    public static boolean belongs(String fileName, ServerId server) {
        return fileName.startsWith(server + ".");
    }

    /** The UUID within an id. */
    public static String uuid(Id id) {
        return id.value().substring(id.value().indexOf('_') + 1);
    }

    /** Removes every file of the server that libvirt knows. Rotated logs too. */
    public void deleteAll(Volumes volumes, ServerId server) {
        Pools pools = ensure(volumes);
        // logs are written by the host itself: libvirt sees them only when it looks again
        volumes.refresh(pools.logs());
        for (String pool : List.of(pools.servers(), pools.logs())) {
            List<String> names = new ArrayList<>(volumes.names(pool));
            names.removeIf(name -> !belongs(name, server));
            names.forEach(name -> volumes.delete(pool, name));
        }
    }
}
