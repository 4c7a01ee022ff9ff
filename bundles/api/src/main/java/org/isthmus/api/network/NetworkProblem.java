// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.network;

import org.isthmus.api.ProblemType;

/** Problems of networks. */
public enum NetworkProblem implements ProblemType {
    OVERLAP(
            "network-overlap",
            409,
            "The subnet overlaps another network",
            "Choose a subnet that no network of this organization at this location has."),
    NOT_ACTIVE(
            "network-not-active",
            409,
            "The network is not ready",
            "Wait until its state is ACTIVE, or see the operation that made it."),
    ADDRESS_TAKEN("address-taken", 409, "The address is taken", "Leave the address out to get a free one."),
    MAC_TAKEN("mac-taken", 409, "The MAC address is taken", "Leave the MAC address out to get a free one."),
    FULL("network-full", 409, "The network has no free address", "Use a network with a larger subnet."),
    NEVER_PUBLIC("never-public-stays", 409, "neverPublic can be set, never unset", "Make another network.");

    private final String slug;
    private final int status;
    private final String title;
    private final String help;

    NetworkProblem(String slug, int status, String title, String help) {
        this.slug = slug;
        this.status = status;
        this.title = title;
        this.help = help;
    }

    @Override
    public String slug() {
        return slug;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public String help() {
        return help;
    }
}
