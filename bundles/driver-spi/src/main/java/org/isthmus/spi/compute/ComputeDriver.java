// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import java.util.List;
import java.util.Optional;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Driver;
import org.isthmus.spi.Progress;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Makes, starts, stops and removes servers on the hosts of one endpoint.
 *
 * <p>A server is known below by its {@link ServerId} and by the token that made it; both are written onto it, so that a
 * driver finds it again with no memory of its own. A {@code ref} is the driver's own short name for it.
 */
@ConsumerType
public interface ComputeDriver extends Driver {
    /**
     * Makes a server, stopped, with its disks, seed and interfaces, on {@link ServerSpec#host}. The same token makes one
     * server, ever: called again it answers with the same one. A server of the same {@link ServerId} under another token
     * is CONFLICT. NO_CAPACITY when the host is full; INVALID when the spec can never work here, NOT_FOUND when its template
     * is not there. A create that fails
     * leaves nothing that {@link #delete} would not remove.
     */
    Progress<Created> create(Call call, ServerSpec spec);

    /**
     * Brings the server to the wished power state. Already there is done. NOT_FOUND when there is no such server.
     * NO_CAPACITY when its host turns out to have no memory for it: a new server is then removed and made on the next host.
     *
     * <p>{@code SHUT_DOWN} asks the guest and is pending until it is off; if it does not obey, the host asks for {@code
     * OFF}. {@code RESTARTED} is done once per token.
     */
    Progress<Void> power(Call call, String ref, PowerWish wish);

    /**
     * Removes the server, its disks and seed and everything made for it, whatever its power state. Absent is done. By
     * reference, or by server id when create never answered ({@code ref} empty).
     */
    Progress<Void> delete(Call call, ServerId server, Optional<String> ref);

    /** The server as it is now, or empty when there is none. UNAVAILABLE is never "empty". */
    Optional<SeenServer> find(ServerId server);

    /**
     * Everything this driver ever made here and is still there, with tokens; plus, marked {@code managed=false}, what else
     * is there when the endpoint can see it. UNAVAILABLE is never "empty".
     */
    List<SeenServer> list();

    /** The endpoint's hosts with what they have in all; what is used is the host's own bookkeeping. */
    List<HostCapacity> capacity();

    /** The formats of image content that {@link #create} takes, the best first. None where servers are made of templates only. */
    default List<ImageContent.Format> formats() {
        return List.of(ImageContent.Format.QCOW2, ImageContent.Format.RAW);
    }

    /** What to make real. */
    enum PowerWish {
        ON,
        /** The guest is asked to shut down. */
        SHUT_DOWN,
        /** Power is cut. */
        OFF,
        /** Reset, once per token. */
        RESTARTED
    }

    /** What is. */
    enum Power {
        ON,
        OFF,
        PAUSED,
        CRASHED,
        UNKNOWN
    }

    /**
     * A server that was made.
     *
     * @param ref the driver's own name for it, at most 200 characters, kept by the host and given back
     */
    record Created(String ref) {}

    /**
     * A server as it is below.
     *
     * @param server whose it is, when managed
     * @param token what made it, when managed
     * @param managed false for what somebody else made
     * @param disks as attached now, boot disk first
     * @param nics as attached now
     */
    record SeenServer(
            String ref,
            String host,
            String name,
            Optional<ServerId> server,
            Optional<String> token,
            boolean managed,
            Power power,
            int cpus,
            long memoryMiB,
            List<SeenDisk> disks,
            List<SeenNic> nics) {
        public SeenServer {
            disks = List.copyOf(disks);
            nics = List.copyOf(nics);
        }
    }

    /** A disk as attached. */
    record SeenDisk(String id, long sizeBytes) {}

    /**
     * An interface as attached.
     *
     * @param guestAddresses the IP addresses that the guest itself says it has on this interface now: from its agent, in
     *     the same round trip as the rest. Empty when it says none, is off, or the driver cannot ask. It is a claim of whoever
     *     owns the guest: shown, and never what anything is decided by. May be given as the guest says them: kept are those
     *     that lead anywhere (not link-local, loopback, unspecified or multicast), each once in its canonical text, in the
     *     order of their numbers, and of very many the first {@link #MOST_ADDRESSES}
     */
    record SeenNic(String id, String mac, List<String> guestAddresses) {
        /** So many addresses are kept of an interface. */
        public static final int MOST_ADDRESSES = 16;

        public SeenNic {
            guestAddresses = GuestAddresses.of(guestAddresses);
        }

        /** Of a guest that says nothing. */
        public SeenNic(String id, String mac) {
            this(id, mac, List.of());
        }
    }

    /**
     * A host.
     *
     * @param name unique in the endpoint, stable
     * @param cpus hardware threads
     * @param available false when it takes no new servers now, {@code detail} says why
     */
    record HostCapacity(String name, int cpus, long memoryMiB, long diskGiB, boolean available, String detail) {}
}
