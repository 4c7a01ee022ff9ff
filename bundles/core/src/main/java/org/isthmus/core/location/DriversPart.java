// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.location.Locations.HealthState;
import org.isthmus.api.status.Part;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.spi.DriverFactory;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;

/** Installed drivers and linked endpoints, for whoever asks how the controller is. None of them is needed to serve. */
public final class DriversPart implements Part {
    private final Tx tx;
    private final EndpointStore endpoints;
    private final Drivers drivers;

    public DriversPart(Tx tx, EndpointStore endpoints, Drivers drivers) {
        this.tx = tx;
        this.endpoints = endpoints;
        this.drivers = drivers;
    }

    @Override
    public List<Report> report() {
        List<Report> reports = new ArrayList<>();
        for (DriverFactory factory : drivers.installed()) {
            reports.add(new Report("driver " + factory.type(), true, false, factory.version()));
        }
        try {
            tx.read(() -> {
                List<Endpoint> all = endpoints.all();
                Map<EndpointId, EndpointStore.Heard> heard =
                        endpoints.heard(all.stream().map(Endpoint::id).toList());
                all.forEach(
                        each -> reports.add(report(each, heard.getOrDefault(each.id(), EndpointStore.Heard.NOTHING))));
                return null;
            });
        } catch (TxException e) {
            reports.add(new Report("endpoints", false, false, "The database does not answer: " + e.kind()));
        }
        return reports;
    }

    private Report report(Endpoint endpoint, EndpointStore.Heard heard) {
        Optional<String> away = drivers.away(endpoint.id());
        boolean up = away.isEmpty() && heard.health().state() != HealthState.DOWN;
        return new Report(
                "endpoint " + endpoint.name(),
                up,
                false,
                away.orElse(heard.health().state()
                        + (heard.health().detail().isEmpty() ? "" : ": ")
                        + heard.health().detail()));
    }
}
