// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.host;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The host's domains, named by their UUID. A change of one that is not there fails with NOT_FOUND. */
public interface Domains {
    /** All of them with their counters, in one round trip. */
    List<Facts> all();

    Optional<Facts> find(String uuid);

    /**
     * The description: of the running guest, or the one that the next start takes; the same for a domain that is off.
     */
    String description(String uuid, boolean persistent);

    /** Makes the domain, or gives the one of that UUID another description from its next start on. */
    void define(String xml);

    /** Removes a domain that is off, with all that libvirt keeps beside it. Absent is fine. */
    void undefine(String uuid);

    void start(String uuid);

    void resume(String uuid);

    /** Presses the power button. */
    void askToShutDown(String uuid);

    /** Cuts the power. Off already is fine. */
    void cutPower(String uuid);

    /** Writes our mark, or takes it off, on the persistent description and on the running one. */
    void mark(String uuid, Optional<String> mark);

    void attach(String uuid, String device, Where where);

    void detach(String uuid, String device, Where where);

    /** Grows a running domain's disk. */
    void growDisk(String uuid, String target, long bytes);

    /** Takes a snapshot of a domain that is off, or only records one that was taken already. */
    void takeSnapshot(String uuid, String xml, boolean recordOnly);

    /** Descriptions of its snapshots. */
    List<String> snapshots(String uuid);

    /** Goes back to a snapshot of a domain that is off. */
    void revert(String uuid, String snapshot);

    /** Absent is fine. */
    void deleteSnapshot(String uuid, String snapshot);

    /** Says a QMP command to a running guest's QEMU and answers with its answer, both JSON. */
    String monitor(String uuid, String command);

    /** Which description a device is added to or taken from. */
    enum Where {
        RUNNING,
        PERSISTENT
    }

    /** How a domain is. */
    enum State {
        RUNNING,
        PAUSED,
        OFF,
        /** Ended by a fault of its own. */
        CRASHED,
        /** The guest powered itself off. */
        ENDED,
        UNKNOWN
    }

    /**
     * What is known of a domain without its description.
     *
     * @param complete false when QEMU was too busy to be asked: then counters and sizes are missing
     * @param run libvirt's id of this run: another after each start; -1 when off
     * @param disks by target name
     */
    record Facts(
            String uuid,
            String name,
            boolean complete,
            int run,
            State state,
            long cpuNanos,
            long residentKiB,
            Map<String, DiskFacts> disks,
            long receivedBytes,
            long sentBytes) {
        public Facts {
            disks = Map.copyOf(disks);
        }

        /** True while QEMU is there, whatever its guest does. */
        public boolean active() {
            return run >= 0;
        }
    }

    /** @param heldBytes what the file takes on the host */
    record DiskFacts(String path, long sizeBytes, long heldBytes, long readBytes, long writtenBytes) {}
}
