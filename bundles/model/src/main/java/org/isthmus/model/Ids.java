// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OperationId;

/**
 * Makes ids: UUIDs version 7 (RFC 9562, section 5.7) behind a kind's prefix. Time-ordered, so that rows made together lie
 * together in an index.
 *
 * <p>Given to whoever needs ids, like the clock; nobody calls {@code UUID.randomUUID()}. Thread-safe. Within one
 * instance ids are strictly increasing, also when many are made in one millisecond or the clock steps back.
 */
public final class Ids {
    private final Clock clock;
    private final RandomGenerator random;
    private long lastMillis;
    private int counter;

    /** Ids from this clock and the JDK's strong random source. */
    public Ids(Clock clock) {
        this(clock, new SecureRandom());
    }

    /** Ids from a given random source: for tests that want the same ids each run. */
    public Ids(Clock clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    /** The next UUID version 7. The 12 bits after the version count within a millisecond; 62 bits are random. */
    public synchronized UUID uuid() {
        long millis = clock.millis();
        if (millis > lastMillis) {
            lastMillis = millis;
            counter = random.nextInt(0x400);
        } else {
            counter++;
            if (counter > 0xfff) {
                lastMillis++;
                counter = 0;
            }
        }
        long high = (lastMillis << 16) | 0x7000L | counter;
        long low = (random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
        return new UUID(high, low);
    }

    /** The id of a new organization. */
    public OrganizationId organization() {
        return new OrganizationId(OrganizationId.PREFIX + "_" + uuid());
    }

    /** The id of a new department. */
    public DepartmentId department() {
        return new DepartmentId(DepartmentId.PREFIX + "_" + uuid());
    }

    /** The id of a new user. */
    public UserId user() {
        return new UserId(UserId.PREFIX + "_" + uuid());
    }

    /** The id of a new role. */
    public RoleId role() {
        return new RoleId(RoleId.PREFIX + "_" + uuid());
    }

    /** The id of a new grant. */
    public GrantId grant() {
        return new GrantId(GrantId.PREFIX + "_" + uuid());
    }

    /** The id of a new token. */
    public TokenId token() {
        return new TokenId(TokenId.PREFIX + "_" + uuid());
    }

    /** The id of a new session. */
    public SessionId session() {
        return new SessionId(SessionId.PREFIX + "_" + uuid());
    }

    /** The id of a new location. */
    public LocationId location() {
        return new LocationId(LocationId.PREFIX + "_" + uuid());
    }

    /** The id of a new endpoint. */
    public EndpointId endpoint() {
        return new EndpointId(EndpointId.PREFIX + "_" + uuid());
    }

    /** The id of a new host. */
    public HostId host() {
        return new HostId(HostId.PREFIX + "_" + uuid());
    }

    /** The id of a new network. */
    public NetworkId network() {
        return new NetworkId(NetworkId.PREFIX + "_" + uuid());
    }

    /** The id of a new server. */
    public ServerId server() {
        return new ServerId(ServerId.PREFIX + "_" + uuid());
    }

    /** The id of a new image. */
    public ImageId image() {
        return new ImageId(ImageId.PREFIX + "_" + uuid());
    }

    /** The id of a new disk. */
    public DiskId disk() {
        return new DiskId(DiskId.PREFIX + "_" + uuid());
    }

    /** The id of a new nic. */
    public NicId nic() {
        return new NicId(NicId.PREFIX + "_" + uuid());
    }

    /** The id of a new snapshot. */
    public SnapshotId snapshot() {
        return new SnapshotId(SnapshotId.PREFIX + "_" + uuid());
    }

    /** The id of a new operation. */
    public OperationId operation() {
        return new OperationId(OperationId.PREFIX + "_" + uuid());
    }

    /** The id of a new event. */
    public EventId event() {
        return new EventId(EventId.PREFIX + "_" + uuid());
    }

    /** The id of a new auditEntry. */
    public AuditEntryId auditEntry() {
        return new AuditEntryId(AuditEntryId.PREFIX + "_" + uuid());
    }

    /** The id of a new SSH certificate. */
    public SshCertificateId sshCertificate() {
        return new SshCertificateId(SshCertificateId.PREFIX + "_" + uuid());
    }

    /** The id of a new request for approval. */
    public ApprovalId approval() {
        return new ApprovalId(ApprovalId.PREFIX + "_" + uuid());
    }

    /** The id of a new limit. */
    public LimitId limit() {
        return new LimitId(LimitId.PREFIX + "_" + uuid());
    }

    /** The id of a new directory. */
    public DirectoryId directory() {
        return new DirectoryId(DirectoryId.PREFIX + "_" + uuid());
    }

    /** The id of a new group. */
    public GroupId group() {
        return new GroupId(GroupId.PREFIX + "_" + uuid());
    }

    /** The id of a new review of access. */
    public ReviewId review() {
        return new ReviewId(ReviewId.PREFIX + "_" + uuid());
    }

    /** The id of a new break-glass. */
    public BreakGlassId breakGlass() {
        return new BreakGlassId(BreakGlassId.PREFIX + "_" + uuid());
    }

    /** The id of a new lease. */
    public LeaseId lease() {
        return new LeaseId(LeaseId.PREFIX + "_" + uuid());
    }

    /** The id of a new batch of moves. */
    public MoveBatchId moveBatch() {
        return new MoveBatchId(MoveBatchId.PREFIX + "_" + uuid());
    }

    /** The id of a new webhook. */
    public WebhookId webhook() {
        return new WebhookId(WebhookId.PREFIX + "_" + uuid());
    }

    /** The id of a new usage. */
    public UsageId usage() {
        return new UsageId(UsageId.PREFIX + "_" + uuid());
    }

    /** org_… */
    public record OrganizationId(String value) implements Id {
        public static final String PREFIX = "org";

        public OrganizationId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** dep_… */
    public record DepartmentId(String value) implements Id {
        public static final String PREFIX = "dep";

        public DepartmentId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** usr_… */
    public record UserId(String value) implements Id {
        public static final String PREFIX = "usr";

        public UserId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** dir_… */
    public record DirectoryId(String value) implements Id {
        public static final String PREFIX = "dir";

        public DirectoryId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** lea_… */
    public record LeaseId(String value) implements Id {
        public static final String PREFIX = "lea";

        public LeaseId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** whk_… */
    public record WebhookId(String value) implements Id {
        public static final String PREFIX = "whk";

        public WebhookId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** grp_… */
    public record GroupId(String value) implements Id {
        public static final String PREFIX = "grp";

        public GroupId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** brk_… */
    public record BreakGlassId(String value) implements Id {
        public static final String PREFIX = "brk";

        public BreakGlassId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** rev_… */
    public record ReviewId(String value) implements Id {
        public static final String PREFIX = "rev";

        public ReviewId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** rol_… */
    public record RoleId(String value) implements Id {
        public static final String PREFIX = "rol";

        public RoleId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** grt_… */
    public record GrantId(String value) implements Id {
        public static final String PREFIX = "grt";

        public GrantId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** tok_… */
    public record TokenId(String value) implements Id {
        public static final String PREFIX = "tok";

        public TokenId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** ses_… */
    public record SessionId(String value) implements Id {
        public static final String PREFIX = "ses";

        public SessionId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** loc_… */
    public record LocationId(String value) implements Id {
        public static final String PREFIX = "loc";

        public LocationId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** ept_… */
    public record EndpointId(String value) implements Id {
        public static final String PREFIX = "ept";

        public EndpointId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** hst_… */
    public record HostId(String value) implements Id {
        public static final String PREFIX = "hst";

        public HostId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** net_… */
    public record NetworkId(String value) implements Id {
        public static final String PREFIX = "net";

        public NetworkId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** srv_… */
    public record ServerId(String value) implements Id {
        public static final String PREFIX = "srv";

        public ServerId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** img_… */
    public record ImageId(String value) implements Id {
        public static final String PREFIX = "img";

        public ImageId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** dsk_… */
    public record DiskId(String value) implements Id {
        public static final String PREFIX = "dsk";

        public DiskId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** nic_… */
    public record NicId(String value) implements Id {
        public static final String PREFIX = "nic";

        public NicId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** snp_… */
    public record SnapshotId(String value) implements Id {
        public static final String PREFIX = "snp";

        public SnapshotId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** opr_… */
    public record OperationId(String value) implements Id {
        public static final String PREFIX = "opr";

        public OperationId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** evt_… */
    public record EventId(String value) implements Id {
        public static final String PREFIX = "evt";

        public EventId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** aud_… */
    public record AuditEntryId(String value) implements Id {
        public static final String PREFIX = "aud";

        public AuditEntryId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** lim_… */
    public record LimitId(String value) implements Id {
        public static final String PREFIX = "lim";

        public LimitId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** crt_… */
    public record SshCertificateId(String value) implements Id {
        public static final String PREFIX = "crt";

        public SshCertificateId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** mov_… */
    public record MoveBatchId(String value) implements Id {
        public static final String PREFIX = "mov";

        public MoveBatchId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** apr_… */
    public record ApprovalId(String value) implements Id {
        public static final String PREFIX = "apr";

        public ApprovalId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** See {@link Ids}. */
    public record UsageId(String value) implements Id {
        public static final String PREFIX = "usg";

        public UsageId {
            Id.checked(PREFIX, value);
        }

        @Override
        public String toString() {
            return value;
        }
    }
}
