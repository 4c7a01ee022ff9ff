// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Ref;
import org.isthmus.api.lease.ServerLeases.OnExpiry;
import org.isthmus.api.lease.ServerLeases.Terms;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.Group;
import org.isthmus.api.server.Servers.GroupRule;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.api.server.Servers.Strategy;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.rest.json.Field;
import org.isthmus.rest.json.Ipv4;

/** What is sent to deploy a server. */
record NewServer(
        @Field("unique among the living servers of the organization") Name name,
        @Field("its network; or nics") Optional<Ref> network,
        @Field(value = "its interfaces, at least one; or network", least = 1, most = 8)
                Optional<List<WishedInterface>> nics,
        @Field("what its boot disk begins as") Ref image,
        @Field(value = "virtual CPUs", min = 1, max = 256, example = "2") int cpus,
        @Field(value = "memory", min = 64, max = 4_194_304, example = "2048") long memoryMiB,
        @Field(
                        value = "those of the image first, the boot disk before the others, then blank ones",
                        least = 1,
                        most = 16)
                List<WishedDisk> disks,
        @Field(value = "as in a .pub file, one line each", most = 50, example = "[\"ssh-ed25519 AAAAC3Nza ada\"]")
                Optional<List<String>> sshKeys,
        @Field(value = "for cloud-init, at most 64 KiB; never shown again", most = 65536) Optional<Secret> userData,
        @Field(value = "what it is for", most = 200) Optional<String> purpose,
        @Field(value = "for finding and for policies", most = 50) Optional<Map<String, String>> tags,
        @Field("a protected server cannot be deleted") Optional<Boolean> isProtected,
        @Field("its network's unless said otherwise") Optional<Ref> location,
        Optional<WishedPlacement> placement,
        @Field("the department it belongs to, for good; the caller's own unless said otherwise")
                Optional<Ref> department,
        @Field("when its time is over, as in a lease") Optional<Instant> expiresAt,
        @Field(
                        "what becomes of it then: STOP unless said otherwise; DELETE: stopped, then deleted, and recoverable within the grace")
                Optional<OnExpiry> onExpiry,
        @Field("in which hours it is on, as in a lease") Optional<LeaseRoutes.Hours> schedule) {

    record WishedInterface(
            Ref network,
            @Field("a free one unless said otherwise") Optional<Ipv4> address,
            @Field(value = "one of its own unless said otherwise", example = "\"02:00:0a:01:00:07\"")
                    Optional<MacAddress> mac) {
        WishedNic nic() {
            return new WishedNic(network, address.map(Ipv4::number), mac);
        }
    }

    record WishedDisk(@Field(value = "size", min = 1, max = 65536, example = "10") long sizeGiB) {}

    record WishedPlacement(
            @Field("spread unless said otherwise") Optional<Strategy> strategy,
            @Field(value = "a host must carry all of these", most = 20) Optional<Set<String>> hostTags,
            Optional<WishedGroup> group) {
        Placement placement() {
            return new Placement(
                    strategy.orElse(Placement.DEFAULT.strategy()),
                    hostTags.orElse(Set.of()),
                    group.map(wish ->
                            new Group(wish.name(), wish.rule(), wish.strict().orElse(false))));
        }
    }

    record WishedGroup(
            @Field("servers that name the same group belong together or apart") Name name,
            GroupRule rule,
            @Field("rather no server than one that breaks the rule") Optional<Boolean> strict) {}

    DeployServer command(Ref organization) {
        if (network.isPresent() && nics.isPresent()) {
            throw new IllegalArgumentException("nics and network do not go together: give one of them.");
        }
        List<WishedNic> interfaces = nics.map(
                        all -> all.stream().map(WishedInterface::nic).toList())
                .orElse(network.map(ref -> List.of(new WishedNic(ref, Optional.empty())))
                        .orElse(List.of()));
        return new DeployServer(
                organization,
                name,
                interfaces,
                image,
                new Flavor(cpus, memoryMiB),
                disks.stream().map(WishedDisk::sizeGiB).toList(),
                sshKeys.orElse(List.of()),
                userData,
                purpose,
                tags.orElse(Map.of()),
                isProtected.orElse(false),
                location,
                placement.map(WishedPlacement::placement).orElse(Placement.DEFAULT),
                department,
                lease());
    }

    private Optional<Terms> lease() {
        if (expiresAt.isEmpty() && schedule.isEmpty()) {
            if (onExpiry.isPresent()) {
                throw new IllegalArgumentException("onExpiry goes with expiresAt.");
            }
            return Optional.empty();
        }
        return Optional.of(
                new Terms(expiresAt, onExpiry.orElse(OnExpiry.STOP), schedule.map(LeaseRoutes.Hours::schedule)));
    }
}
