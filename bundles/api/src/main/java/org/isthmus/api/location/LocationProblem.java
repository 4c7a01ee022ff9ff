// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.location;

import org.isthmus.api.ProblemType;

/** Problems of locations, endpoints and hosts. */
public enum LocationProblem implements ProblemType {
    DRIVER_UNKNOWN(
            "driver-unknown",
            400,
            "No such driver is installed",
            "See GET /api/v1/drivers; an operator installs one with feature:install -r."),
    SETTING_WRONG(
            "setting-wrong",
            400,
            "A setting of the endpoint is not right",
            "errors[] names each; GET /api/v1/drivers shows what the driver takes."),
    DRIVER_AWAY(
            "driver-away",
            503,
            "The driver is away",
            "It is being replaced or was uninstalled; try again, or install it."),
    NO_NETWORK_DRIVER(
            "no-network-endpoint",
            409,
            "The location has no network endpoint",
            "An operator links one with POST /api/v1/locations/{location}/endpoints."),
    ABILITY_MISSING(
            "ability-missing",
            409,
            "The endpoint cannot do this",
            "Its capabilities[] say what it can; choose a location whose endpoints can.");

    private final String slug;
    private final int status;
    private final String title;
    private final String help;

    LocationProblem(String slug, int status, String title, String help) {
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
