// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.server;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.price.Estimate;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.HostId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.LeaseId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.model.Name;

/**
 * A server as it is shown.
 *
 * @param department that it belongs to, as grants on departments see it
 * @param power as last seen below: ON, OFF or UNKNOWN
 * @param addresses that its interfaces were given, in their order; what its guest says it has is with each interface
 * @param host only operators see it
 * @param deletedUntil of a deleted one: until when it can be recovered
 * @param expiresAt when the time of its lease is over, if that has an end
 * @param lease that it has, if any
 * @param drift what the reconciler found different below, when anything
 */
public record ServerView(
        ServerId id,
        Name name,
        OrganizationId organization,
        Optional<DepartmentId> department,
        LocationId location,
        ServerState state,
        Optional<String> reason,
        String power,
        int cpus,
        long memoryMiB,
        ImageId image,
        List<DiskView> disks,
        List<NicView> nics,
        List<String> addresses,
        List<String> sshKeys,
        Optional<String> purpose,
        Map<String, String> tags,
        boolean isProtected,
        Servers.Placement placement,
        Optional<HostId> host,
        Optional<Instant> deletedUntil,
        Optional<Instant> expiresAt,
        Optional<LeaseId> lease,
        Optional<String> drift,
        Estimate estimate,
        Instant createdAt,
        String createdBy,
        long version) {
    public ServerView {
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
        addresses = List.copyOf(addresses);
        sshKeys = List.copyOf(sshKeys);
        tags = Map.copyOf(tags);
    }

    /** The same for those who may not see where it runs. */
    public ServerView withoutHost() {
        return host.isEmpty()
                ? this
                : new ServerView(
                        id,
                        name,
                        organization,
                        department,
                        location,
                        state,
                        reason,
                        power,
                        cpus,
                        memoryMiB,
                        image,
                        disks,
                        nics,
                        addresses,
                        sshKeys,
                        purpose,
                        tags,
                        isProtected,
                        placement,
                        Optional.empty(),
                        deletedUntil,
                        expiresAt,
                        lease,
                        drift,
                        estimate,
                        createdAt,
                        createdBy,
                        version);
    }

    /** A disk; the first is the boot disk. */
    public record DiskView(DiskId id, long sizeGiB, boolean boot) {}

    /**
     * A network interface.
     *
     * @param address that it was given on its network
     * @param guestAddresses that the guest itself says it has here, as last seen: a claim, which may differ from what was given;
     *     empty where it says none or cannot be asked
     */
    public record NicView(NicId id, NetworkId network, String mac, String address, List<String> guestAddresses) {
        public NicView {
            guestAddresses = List.copyOf(guestAddresses);
        }
    }

    /** A snapshot of all disks. */
    public record SnapshotView(SnapshotId id, Name name, Instant createdAt, String createdBy) {}
}
