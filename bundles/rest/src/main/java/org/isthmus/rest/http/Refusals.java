// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.rest.Services;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the gate of refusals that never reached it, so that they are audited. */
final class Refusals {
    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);
    private static final OrganizationId NOBODYS = new OrganizationId("org_00000000-0000-7000-8000-000000000000");

    private static final int MOST = 200;

    private final Services services;

    Refusals(Services services) {
        this.services = services;
    }

    /** Somebody who is not logged in. Good for being written down, never for being asked about. */
    Caller stranger(Origin origin) {
        OrganizationId platform = NOBODYS;
        if (services.place(Logins.class).present()) {
            platform = services.call(Logins.class, Logins::platform);
        }
        return new Caller(
                Caller.Kind.SYSTEM,
                Optional.empty(),
                "anonymous",
                platform,
                origin.door(),
                origin.address(),
                origin.requestId(),
                Optional.of(java.util.Set.of()),
                false);
    }

    /** Audits a refusal; when that fails the client is refused all the same. */
    void tell(Call call, ProblemException problem) {
        if (call.atGate()) {
            return;
        }
        String kind = call.route().subject();
        String part = Optional.ofNullable(call.part(kind)).orElse(call.route().id());
        String action = call.route()
                .guard()
                .needed(member -> call.parameter(member).isPresent())
                .map(org.isthmus.api.Action::key)
                .orElse(call.route().id());
        write(call.caller(), action, kind, part, problem);
    }

    /** Audits that somebody asked for what no route serves: whoever tries doors is seen trying. */
    void tellOfNoRoute(Caller caller, String method, String path, ProblemException problem) {
        write(caller, "request", "path", method + " " + path, problem);
    }

    private void write(Caller caller, String action, String kind, String what, ProblemException problem) {
        if (problem.type().status() >= 500 || !services.place(Gate.class).present()) {
            return;
        }
        String text = what.length() > MOST ? what.substring(0, MOST) : what;
        Subject about = new Subject(kind, text.isBlank() ? "-" : text);
        try {
            services.call(Gate.class, gate -> {
                gate.refused(caller, action, about, problem);
                return null;
            });
        } catch (RuntimeException e) {
            LOG.warn("A refusal could not be audited: {}", e.getMessage());
            LOG.debug("Because of", e);
        }
    }
}
