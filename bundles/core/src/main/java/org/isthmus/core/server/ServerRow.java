// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Lob;
import javax.persistence.Table;
import javax.persistence.Version;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.Group;
import org.isthmus.api.server.Servers.GroupRule;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.api.server.Servers.Strategy;
import org.isthmus.core.Times;
import org.isthmus.core.location.HostStore.Claim;
import org.isthmus.core.server.Server.Place;
import org.isthmus.core.server.Server.Power;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.HostId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Name;

@Entity
@Table(name = "srv_server")
class ServerRow {
    private static final int MOST_REASON = 4000;
    private static final int MOST_DRIFT = 2000;

    @Id
    @Column(name = "id")
    private String id;

    @Column(name = "organization_id")
    private String organization;

    @Column(name = "department_id")
    private String department;

    @Column(name = "location_id")
    private String location;

    @Column(name = "name")
    private String name;

    @Column(name = "living_name")
    private String livingName;

    @Column(name = "state")
    private String state;

    @Column(name = "reason")
    private String reason;

    @Column(name = "power")
    private String power;

    @Column(name = "wished_power")
    private String wishedPower;

    @Column(name = "cpus")
    private int cpus;

    @Column(name = "memory_mib")
    private long memoryMiB;

    @Column(name = "image_id")
    private String image;

    /** One on each line. */
    @Lob
    @Column(name = "ssh_keys")
    private String sshKeys;

    @Column(name = "purpose")
    private String purpose;

    @Column(name = "protected")
    private boolean isProtected;

    @Column(name = "strategy")
    private String strategy;

    /** One on each line. */
    @Column(name = "host_tags")
    private String hostTags;

    @Column(name = "group_name")
    private String groupName;

    @Column(name = "group_rule")
    private String groupRule;

    @Column(name = "group_strict")
    private boolean groupStrict;

    @Column(name = "endpoint_id")
    private String endpoint;

    @Column(name = "host_id")
    private String host;

    @Column(name = "claim_cpus")
    private int claimCpus;

    @Column(name = "claim_memory_mib")
    private long claimMemoryMiB;

    @Column(name = "claim_disk_gib")
    private long claimDiskGiB;

    @Column(name = "ref")
    private String ref;

    @Column(name = "deleted_until")
    private Long deletedUntil;

    @Column(name = "purge_at")
    private Long purgeAt;

    @Column(name = "drift")
    private String drift;

    @Column(name = "operation_id")
    private String operation;

    @Column(name = "created_at")
    private long createdAt;

    @Column(name = "created_by")
    private String createdBy;

    @Version
    @Column(name = "version")
    private long version;

    protected ServerRow() {}

    ServerRow(Server server) {
        this.id = server.id().value();
        this.organization = server.organization().value();
        this.department = server.department().map(DepartmentId::value).orElse(null);
        this.location = server.location().value();
        this.image = server.image().value();
        this.sshKeys = String.join("\n", server.sshKeys());
        this.strategy = server.placement().strategy().name();
        this.hostTags = String.join("\n", new TreeSet<>(server.placement().hostTags()));
        this.groupName =
                server.placement().group().map(group -> group.name().value()).orElse(null);
        this.groupRule =
                server.placement().group().map(group -> group.rule().name()).orElse(null);
        this.groupStrict = server.placement().group().map(Group::strict).orElse(false);
        this.createdAt = Times.micros(server.createdAt());
        this.createdBy = server.createdBy();
        this.state = server.state().name();
        this.livingName = server.name().value();
        change(server.name(), server.purpose(), server.isProtected());
        flavor(server.flavor());
        power(server.power(), server.wished());
        operation(server.operation());
    }

    String id() {
        return id;
    }

    long version() {
        return version;
    }

    ServerState state() {
        return ServerState.valueOf(state);
    }

    boolean living() {
        return livingName.equals(name);
    }

    void state(ServerState to, Optional<String> why) {
        this.state = to.name();
        this.reason = why.map(text -> shortened(text, MOST_REASON)).orElse(null);
    }

    final void operation(Optional<OperationId> atWork) {
        this.operation = atWork.map(OperationId::value).orElse(null);
    }

    final void power(Power seen, Power wish) {
        this.power = seen.name();
        this.wishedPower = wish.name();
    }

    final void change(Name named, Optional<String> serves, boolean guarded) {
        boolean lives = name == null || living();
        this.name = named.value();
        if (lives) {
            this.livingName = name;
        }
        this.purpose = serves.orElse(null);
        this.isProtected = guarded;
    }

    /** Takes the name again, or lets it go to others. */
    void living(boolean lives) {
        this.livingName = lives ? name : id;
    }

    final void flavor(Flavor flavor) {
        this.cpus = flavor.cpus();
        this.memoryMiB = flavor.memoryMiB();
    }

    void place(Optional<Place> at) {
        this.endpoint = at.map(place -> place.endpoint().value()).orElse(null);
        this.host = at.map(place -> place.host().value()).orElse(null);
        Claim claim = at.map(Place::claim).orElse(Claim.NOTHING);
        this.claimCpus = claim.cpus();
        this.claimMemoryMiB = claim.memoryMiB();
        this.claimDiskGiB = claim.diskGiB();
    }

    void ref(Optional<String> made) {
        this.ref = made.orElse(null);
    }

    void deleted(Optional<Instant> until, Optional<Instant> purge) {
        this.deletedUntil = until.map(Times::micros).orElse(null);
        this.purgeAt = purge.map(Times::micros).orElse(null);
    }

    void drift(Optional<String> found) {
        this.drift = found.map(text -> shortened(text, MOST_DRIFT)).orElse(null);
    }

    static String shortened(String text, int most) {
        return text.length() > most ? text.substring(0, most) : text;
    }

    private static List<String> lines(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split("\n"));
    }

    private Placement placement() {
        Optional<Group> group = Optional.ofNullable(groupName)
                .map(called -> new Group(new Name(called), GroupRule.valueOf(groupRule), groupStrict));
        return new Placement(Strategy.valueOf(strategy), Set.copyOf(lines(hostTags)), group);
    }

    Server server() {
        return new Server(
                new ServerId(id),
                new OrganizationId(organization),
                Optional.ofNullable(department).map(DepartmentId::new),
                new LocationId(location),
                new Name(name),
                ServerState.valueOf(state),
                Optional.ofNullable(reason),
                Power.valueOf(power),
                Power.valueOf(wishedPower),
                new Flavor(cpus, memoryMiB),
                new ImageId(image),
                lines(sshKeys),
                Optional.ofNullable(purpose),
                isProtected,
                placement(),
                Optional.ofNullable(host)
                        .map(at -> new Place(
                                new EndpointId(endpoint),
                                new HostId(at),
                                new Claim(claimCpus, claimMemoryMiB, claimDiskGiB))),
                Optional.ofNullable(ref),
                Optional.ofNullable(deletedUntil).map(Times::instant),
                Optional.ofNullable(purgeAt).map(Times::instant),
                Optional.ofNullable(drift),
                Optional.ofNullable(operation).map(OperationId::new),
                Times.instant(createdAt),
                createdBy,
                version);
    }
}
