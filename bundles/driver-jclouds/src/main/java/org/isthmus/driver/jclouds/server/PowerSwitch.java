// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.server;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.isthmus.driver.jclouds.cloud.Cloud;
import org.isthmus.driver.jclouds.cloud.Node;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;

/** Brings machines to the power state that is wished. */
public final class PowerSwitch {
    private static final Duration SOON = Duration.ofMillis(500);
    private static final int REMEMBERED = 1000;

    private final Cloud cloud;
    /** Restarts this process asked for, by token; the only memory where the cloud takes no tags on what is made. */
    private final Set<String> restarted = Collections.newSetFromMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    });

    public PowerSwitch(Cloud cloud) {
        this.cloud = cloud;
    }

    /** See the contract. */
    public Progress<Void> power(Call call, String ref, PowerWish wish) {
        Node node = cloud.node(ref)
                .filter(one -> one.state() != Node.State.GOING)
                .orElseThrow(() -> new DriverException(Kind.NOT_FOUND, "The cloud has no machine " + ref + "."));
        if (node.state() == Node.State.FAILED) {
            throw new DriverException(
                    Kind.BROKEN,
                    "The cloud says that the machine has failed: " + (node.why().isBlank() ? "not why" : node.why()));
        }
        if (node.state() == Node.State.CHANGING || node.state() == Node.State.MAKING) {
            return Progress.pending("the cloud is changing its power", SOON);
        }
        return switch (wish) {
            case ON -> on(node);
            case OFF -> off(node, true);
            case SHUT_DOWN -> off(node, false);
            case RESTARTED -> restart(call.token(), node);
        };
    }

    private Progress<Void> on(Node node) {
        if (node.state() == Node.State.ON) {
            return Progress.done();
        }
        cloud.start(node);
        return Progress.pending("being started", SOON);
    }

    private Progress<Void> off(Node node, boolean cut) {
        if (node.state() == Node.State.OFF || node.state() == Node.State.HELD) {
            return Progress.done();
        }
        cloud.stop(node, cut);
        return Progress.pending("being stopped", SOON);
    }

    /**
     * Written down before and after it is asked for. Who finds it written down and not done asks again: a restart twice does
     * less harm than one that never came, and this happens only when the process dies between two requests.
     */
    private Progress<Void> restart(String token, Node node) {
        String asked = "asked " + token;
        String done = "done " + token;
        synchronized (restarted) {
            if (restarted.contains(token) || done.equals(node.tags().get(Marks.RESTART))) {
                return on(node);
            }
            if (node.state() == Node.State.ON) {
                cloud.tag(node.ref(), Map.of(Marks.RESTART, asked));
                cloud.restart(node.ref());
            } else {
                cloud.start(node);
            }
            restarted.add(token);
            cloud.tag(node.ref(), Map.of(Marks.RESTART, done));
        }
        return Progress.pending("being restarted", SOON);
    }
}
