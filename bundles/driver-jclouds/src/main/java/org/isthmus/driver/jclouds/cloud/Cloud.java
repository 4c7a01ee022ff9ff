// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.PortBinding;

/**
 * A cloud, reduced to what the contract needs. Every method asks the cloud and may block as long as its time-outs allow;
 * failures are whatever the provider throws, see {@link Failures}. Thread-safe.
 */
public interface Cloud extends AutoCloseable {
    /** What the cloud says of itself, by asking it. */
    String answer();

    List<Zone> zones();

    /** All machines that are there; those that are gone but still shown are left out. Never empty because it cannot see. */
    List<Node> nodes();

    Optional<Node> node(String ref);

    /** Why a machine has ended that is left out of {@link #nodes} for it, as far as the cloud says; empty for any other. */
    default Optional<String> ended(String ref) {
        return Optional.empty();
    }

    List<Size> sizes();

    Optional<CloudImage> image(String ref);

    /** Begins to make it, and says its reference as soon as the cloud has it. */
    String make(Order order);

    /**
     * Machines that were begun for this server and do not carry its tags: only where the cloud knows them by something else.
     */
    default List<Node> untagged(String server) {
        return List.of();
    }

    void start(Node node);

    /** @param cut power is cut where the cloud can; else the guest is asked first */
    void stop(Node node, boolean cut);

    void restart(String ref);

    /** True when the cloud says that it had it, and so has begun to remove it. */
    boolean destroy(String ref);

    /** How an interface is plugged: the cloud's id of the port, or empty where this cloud knows no such port. */
    default Optional<String> port(PortBinding binding) {
        return Optional.empty();
    }

    /** Writes more tags onto a machine. False where this cloud cannot do that once it is made. */
    boolean tag(String ref, Map<String, String> tags);

    /**
     * Freezes a machine that has just been made, so that it goes on where it was when it is started. False where this cloud
     * cannot: its machines start at once and stay on.
     */
    default boolean hold(String ref) {
        return false;
    }

    /** True where {@link #hold} works. */
    default boolean holds() {
        return false;
    }

    /** Why a server of no interfaces cannot be made privately, or empty when it can. */
    Optional<String> refusal(Order order);

    /** What operators should know about this cloud, as far as it is known without asking it. */
    Set<String> capabilities();

    /** The private networks of this cloud, where it has any that are made from here. */
    default Optional<NetworkDriver> networks(Calls calls) {
        return Optional.empty();
    }

    @Override
    void close();
}
