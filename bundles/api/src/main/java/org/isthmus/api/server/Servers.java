// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.server;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.Texts;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Making;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.lease.ServerLeases.Terms;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The servers of an organization. Filters: {@code name, state, location, network, image, purpose, protected}, and tags.
 * Servers that are gone are not listed; deleted ones are, until their grace ends.
 */
@ProviderType
public interface Servers extends Listing<ServerView> {
    /** The snapshots of a server, oldest first. */
    List<ServerView.SnapshotView> snapshots(Caller caller, Ref organization, Ref server);

    /** Whom a ticket was issued to, without using it up: for whoever must count consoles. NO_CONSOLE when it is not good. */
    TicketHolder ticketHolder(Secret ticket);

    /**
     * Opens the console a ticket was issued for: once, within a minute. NO_CONSOLE otherwise.
     */
    ConsoleLine openConsole(Secret ticket);

    /** The last of what the console printed, at most 64 KiB. */
    byte[] consoleLog(Caller caller, Ref organization, Ref server, int maxBytes);

    /** An open serial console; the caller closes it. */
    interface ConsoleLine extends AutoCloseable {
        java.io.InputStream output();

        java.io.OutputStream input();

        /**
         * Whether whoever asked for the console may still use it. To be asked every few seconds: rights end while lines are
         * open. UNAVAILABLE while identity is away.
         */
        boolean allowed();

        @Override
        void close();
    }

    /** A short-lived right to open a console. */
    record ConsoleTicket(Secret ticket, Instant expiresAt) {}

    /**
     * Who may open a console.
     *
     * @param organization the server's
     */
    record TicketHolder(String username, OrganizationId organization) {}

    /** How candidates are ranked. */
    enum Strategy {
        /** The emptiest host first. */
        SPREAD,
        /** The fullest host that still has room first. */
        PACK
    }

    /** Together with or apart from the others of a group. */
    enum GroupRule {
        TOGETHER,
        APART
    }

    /**
     * Where a server should run.
     *
     * @param hostTags a host must carry all of these
     * @param group servers of the organization that name the same group belong together or apart
     */
    record Placement(Strategy strategy, Set<String> hostTags, Optional<Group> group) {
        public static final Placement DEFAULT = new Placement(Strategy.SPREAD, Set.of(), Optional.empty());

        public Placement {
            hostTags = Set.copyOf(hostTags);
            if (hostTags.size() > 20) {
                throw new IllegalArgumentException("At most 20 host tags.");
            }
        }
    }

    /**
     * An affinity group.
     *
     * @param strict rather no server than one that breaks the rule
     */
    record Group(Name name, GroupRule rule, boolean strict) {}

    /** A wished interface; without an address, or a MAC address, it gets a free one. */
    record WishedNic(Ref network, Optional<Long> address, Optional<MacAddress> mac) {
        public WishedNic(Ref network, Optional<Long> address) {
            this(network, address, Optional.empty());
        }
    }

    /** CPUs and memory. */
    record Flavor(int cpus, long memoryMiB) {
        public Flavor {
            if (cpus < 1 || cpus > 256) {
                throw new IllegalArgumentException("cpus is 1 to 256.");
            }
            if (memoryMiB < 64 || memoryMiB > 4L * 1024 * 1024) {
                throw new IllegalArgumentException("memoryMiB is 64 to 4194304.");
            }
        }
    }

    /** Limits of one server. */
    int MAX_NICS = 8;

    int MAX_DISKS = 16;
    int MAX_DISK_GIB = 65536;
    /** cloud-init's own limit of what a seed may hold is larger; this is ours, in bytes of UTF-8. */
    int MAX_USER_DATA = 64 * 1024;

    private static long diskSize(long sizeGiB) {
        if (sizeGiB < 1 || sizeGiB > MAX_DISK_GIB) {
            throw new IllegalArgumentException("sizeGiB is 1 to " + MAX_DISK_GIB + ".");
        }
        return sizeGiB;
    }

    Pattern SSH_KEY =
            Pattern.compile("(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9@.-]+) [A-Za-z0-9+/=]+( .*)?");

    /**
     * A new server.
     *
     * @param nics at least one: there is no server outside a network
     * @param diskGiB the image's disks first, in order, then blank ones; those of the image that are not named are as large
     *     as there
     * @param userData for cloud-init; may hold secrets, never shown again
     * @param lease made with it; needs the rights {@link org.isthmus.api.lease.ServerLeases.CreateLease} needs
     */
    record DeployServer(
            Ref organization,
            Name name,
            List<WishedNic> nics,
            Ref image,
            Flavor flavor,
            List<Long> diskGiB,
            List<String> sshKeys,
            Optional<Secret> userData,
            Optional<String> purpose,
            Map<String, String> tags,
            boolean isProtected,
            Optional<Ref> location,
            Placement placement,
            Optional<Ref> department,
            Optional<Terms> lease)
            implements Making<ServerView> {
        public DeployServer {
            if (nics.isEmpty()) {
                throw ServerProblem.NO_NETWORK.at(
                        "/network", "Name a network: a server only exists on one. Make it first if there is none.");
            }
            if (nics.size() > MAX_NICS || diskGiB.size() > MAX_DISKS || diskGiB.isEmpty()) {
                throw new IllegalArgumentException(
                        "A server has 1 to " + MAX_NICS + " interfaces and 1 to " + MAX_DISKS + " disks.");
            }
            if (sshKeys.size() > 50) {
                throw new IllegalArgumentException("At most 50 sshKeys.");
            }
            for (String key : sshKeys) {
                if (key.length() > 8192
                        || !SSH_KEY.matcher(key).matches()
                        || key.chars().anyMatch(Character::isISOControl)) {
                    throw new IllegalArgumentException(
                            "An ssh key is one line as in an .pub file: ssh-ed25519 AAAA… comment.");
                }
            }
            userData.ifPresent(text -> {
                if (text.reveal().getBytes(StandardCharsets.UTF_8).length > MAX_USER_DATA) {
                    throw new IllegalArgumentException("userData has at most 64 KiB.");
                }
            });
            purpose.ifPresent(text -> Texts.checked("purpose", text, 200));
            diskGiB.forEach(Servers::diskSize);
            nics = List.copyOf(nics);
            diskGiB = List.copyOf(diskGiB);
            sshKeys = List.copyOf(sshKeys);
            tags = Texts.tags(tags);
        }

        /** One without a lease. */
        public DeployServer(
                Ref organization,
                Name name,
                List<WishedNic> nics,
                Ref image,
                Flavor flavor,
                List<Long> diskGiB,
                List<String> sshKeys,
                Optional<Secret> userData,
                Optional<String> purpose,
                Map<String, String> tags,
                boolean isProtected,
                Optional<Ref> location,
                Placement placement,
                Optional<Ref> department) {
            this(
                    organization,
                    name,
                    nics,
                    image,
                    flavor,
                    diskGiB,
                    sshKeys,
                    userData,
                    purpose,
                    tags,
                    isProtected,
                    location,
                    placement,
                    department,
                    Optional.empty());
        }

        /** One of the caller's own department. */
        public DeployServer(
                Ref organization,
                Name name,
                List<WishedNic> nics,
                Ref image,
                Flavor flavor,
                List<Long> diskGiB,
                List<String> sshKeys,
                Optional<Secret> userData,
                Optional<String> purpose,
                Map<String, String> tags,
                boolean isProtected,
                Optional<Ref> location,
                Placement placement) {
            this(
                    organization,
                    name,
                    nics,
                    image,
                    flavor,
                    diskGiB,
                    sshKeys,
                    userData,
                    purpose,
                    tags,
                    isProtected,
                    location,
                    placement,
                    Optional.empty());
        }

        @Override
        public Action action() {
            return Action.SERVER_DEPLOY;
        }

        @Override
        public Subject about() {
            return Subject.of("server", Ref.of(name));
        }
    }

    /** A command on one server. */
    interface ServerCommand<R> extends Command<R> {
        Ref server();

        @Override
        default Subject about() {
            return Subject.of("server", server());
        }
    }

    /**
     * Changes it; what is absent stays.
     *
     * @param expiresAt the end of its lease, which is made when it has none; empty: it ends no more, and a lease that says
     *     nothing else is taken away. Needs the rights {@link org.isthmus.api.lease.ServerLeases.ChangeLease} needs
     */
    record ChangeServer(
            Ref organization,
            Ref server,
            long version,
            Optional<Name> name,
            Optional<Map<String, String>> tags,
            Optional<Optional<String>> purpose,
            Optional<Boolean> isProtected,
            Optional<Optional<Instant>> expiresAt)
            implements ServerCommand<ServerView> {
        public ChangeServer {
            tags = tags.map(Texts::tags);
            purpose.flatMap(text -> text).ifPresent(text -> Texts.checked("purpose", text, 200));
        }

        /** One that leaves its lease alone. */
        public ChangeServer(
                Ref organization,
                Ref server,
                long version,
                Optional<Name> name,
                Optional<Map<String, String>> tags,
                Optional<Optional<String>> purpose,
                Optional<Boolean> isProtected) {
            this(organization, server, version, name, tags, purpose, isProtected, Optional.empty());
        }

        @Override
        public Action action() {
            return Action.SERVER_CHANGE;
        }
    }

    /**
     * Makes the same server at another location, of an image that is made of it first. The source stays, and so does the
     * image; the new one and the image belong to the source's department, and the new one has its tags.
     *
     * @param name of the new one
     * @param networks for its interfaces, in order; as many as it has
     * @param keepMac the new one's interfaces have the same MAC addresses
     * @param keepAddress and the same addresses
     */
    record MoveServer(
            Ref organization,
            Ref server,
            Ref location,
            Name name,
            List<Ref> networks,
            Running running,
            boolean keepMac,
            boolean keepAddress)
            implements ServerCommand<ServerView>, Making<ServerView> {
        public MoveServer {
            networks = List.copyOf(networks);
        }

        @Override
        public Optional<Ref> department() {
            return Optional.empty();
        }

        @Override
        public Optional<Subject> like() {
            return Optional.of(about());
        }

        @Override
        public Action action() {
            return Action.SERVER_MOVE;
        }
    }

    /** Stops it and frees its name; after the grace it is gone. A FAILED one goes at once. */
    record DeleteServer(Ref organization, Ref server) implements ServerCommand<ServerView> {
        @Override
        public Action action() {
            return Action.SERVER_DELETE;
        }
    }

    /** Brings back a deleted server, stopped. By id: its name may be another's. */
    record RecoverServer(Ref organization, Ref server) implements ServerCommand<ServerView> {
        @Override
        public Action action() {
            return Action.SERVER_DELETE;
        }
    }

    record StartServer(Ref organization, Ref server) implements ServerCommand<ServerView> {
        @Override
        public Action action() {
            return Action.SERVER_START;
        }
    }

    /** Asks the guest; if it does not obey within two minutes, or with force at once, power is cut. */
    record StopServer(Ref organization, Ref server, boolean force) implements ServerCommand<ServerView> {
        @Override
        public Action action() {
            return Action.SERVER_STOP;
        }
    }

    record RestartServer(Ref organization, Ref server) implements ServerCommand<ServerView> {
        @Override
        public Action action() {
            return Action.SERVER_RESTART;
        }
    }

    /** Other CPUs and memory; a running server is stopped for it and started again. */
    record ResizeServer(Ref organization, Ref server, Flavor flavor) implements ServerCommand<ServerView> {
        @Override
        public Action action() {
            return Action.SERVER_RESIZE;
        }
    }

    record AttachDisk(Ref organization, Ref server, long sizeGiB) implements ServerCommand<ServerView> {
        public AttachDisk {
            diskSize(sizeGiB);
        }

        @Override
        public Action action() {
            return Action.SERVER_DISK;
        }
    }

    /** Its content is lost. Not the boot disk. */
    record DetachDisk(Ref organization, Ref server, Ref disk) implements ServerCommand<ServerView> {
        @Override
        public Action action() {
            return Action.SERVER_DISK;
        }
    }

    record GrowDisk(Ref organization, Ref server, Ref disk, long sizeGiB) implements ServerCommand<ServerView> {
        public GrowDisk {
            diskSize(sizeGiB);
        }

        @Override
        public Action action() {
            return Action.SERVER_DISK;
        }
    }

    record AttachNic(Ref organization, Ref server, WishedNic nic) implements ServerCommand<ServerView> {
        @Override
        public Action action() {
            return Action.SERVER_NIC;
        }
    }

    /** Not the last one. */
    record DetachNic(Ref organization, Ref server, Ref nic) implements ServerCommand<ServerView> {
        @Override
        public Action action() {
            return Action.SERVER_NIC;
        }
    }

    record TakeSnapshot(Ref organization, Ref server, Name name) implements ServerCommand<ServerView> {
        @Override
        public Action action() {
            return Action.SERVER_SNAPSHOT;
        }
    }

    /** What came after it is lost; the server is stopped afterwards. */
    record RevertSnapshot(Ref organization, Ref server, Ref snapshot) implements ServerCommand<ServerView> {
        @Override
        public Action action() {
            return Action.SERVER_SNAPSHOT;
        }
    }

    record DeleteSnapshot(Ref organization, Ref server, Ref snapshot) implements ServerCommand<ServerView> {
        @Override
        public Action action() {
            return Action.SERVER_SNAPSHOT;
        }
    }

    /** Issues a ticket for the serial console. */
    record OpenConsole(Ref organization, Ref server) implements ServerCommand<ConsoleTicket> {
        @Override
        public Action action() {
            return Action.SERVER_CONSOLE;
        }
    }
}
