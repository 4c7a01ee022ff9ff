// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.network.PortBinding;

/** A compute driver under test. */
public interface ComputeSubject extends Subject<ComputeDriver> {
    /** What servers boot from. It need not run anything unless the driver can only see a running guest. */
    ImageContent image();

    /**
     * An image of the endpoint that servers are made of, where the driver takes no content; its disk is as large as {@link
     * #image}'s. Test servers then carry this reference and no content.
     */
    default Optional<String> template() {
        return Optional.empty();
    }

    /**
     * True when what is made here starts at once and cannot be stopped without harm to its first boot, as on clouds; the
     * driver says {@code StartsAtOnce} in its capabilities. A new server is then on (rule C01).
     */
    default boolean startsAtOnce() {
        return false;
    }

    /** A host of the endpoint with room for four of the servers of this contract. */
    String host();

    /** Memory of a test server. */
    default long memoryMiB() {
        return 64;
    }

    /** How a test interface is plugged in. Empty when the driver takes none: rules about interfaces are then skipped. */
    default Optional<PortBinding> binding(NicId nic) {
        return Optional.empty();
    }

    /** False when the driver leaves capacity to the controller alone: rule C08 is then skipped. */
    default boolean refusesWhatTheHostLacks() {
        return true;
    }

    /** Makes a server, off, by other means than this driver, and says its reference. Empty when that cannot be done. */
    default Optional<String> makeUnmanaged() {
        return Optional.empty();
    }

    /** How often the server was started or reset since it was made, by other means than this driver. */
    default OptionalLong starts(String ref) {
        return OptionalLong.empty();
    }

    /** How long the end of a taken-over console may be in coming, in real time: a stream has no other. */
    default Duration endOfInput() {
        return Duration.ofSeconds(30);
    }

    /** What lies below for an image, seen by other means than this driver: copies, halves of copies. */
    default List<String> leftovers(ImageId image) {
        return List.of();
    }

    /** What lies below for exports that are under way, seen by other means than this driver: copies, leases. */
    default List<String> leftoversOfExports() {
        return List.of();
    }

    /** What lies below for a server, seen by other means than this driver: domains, volumes, seeds. */
    default List<String> leftovers(ServerId server) {
        return List.of();
    }
}
