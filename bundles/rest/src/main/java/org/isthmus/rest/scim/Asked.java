// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.gate.Gate.Outcome;
import org.isthmus.api.gate.Gate.Submission;
import org.isthmus.api.identity.Provisioning;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;

/** One request of a directory: who asks, where, and how its changes get to the gate. */
final class Asked {
    /** How often a change that names no version begins again because another came between. */
    private static final int TRIES = 8;

    private static final UserId NOBODY = new UserId("usr_00000000-0000-7000-8000-000000000000");

    private final Services services;
    private final Call call;
    private final DirectoryId directory;
    private final String base;

    /** NOT_FOUND in another organization than the directory's. */
    Asked(Services services, Call call) {
        this.services = services;
        this.call = call;
        this.directory = call.caller()
                .directory()
                .orElseThrow(() -> Problem.NOT_LOGGED_IN.because("Only a directory's own token is good here."));
        String path = "/api/v1/organizations/" + call.organization() + "/scim/v2";
        this.base = call.host()
                .map(host -> (call.secure() ? "https://" : "http://") + host + path)
                .orElse(path);
        // somebody else's organization is not there, also for what is the same everywhere
        read((there, caller, organization) -> there.person(caller, organization, NOBODY));
    }

    Call call() {
        return call;
    }

    DirectoryId directory() {
        return directory;
    }

    Ref organization() {
        return call.organization();
    }

    /** The address below which everything is. */
    String base() {
        return base;
    }

    /** Reads. */
    <R> R read(Reading<R> reading) {
        return services.call(Provisioning.class, there -> reading.read(there, call.caller(), call.organization()));
    }

    /** What is read of a directory. */
    @FunctionalInterface
    interface Reading<R> {
        R read(Provisioning there, Caller caller, Ref organization);
    }

    /** Changes something; INVALID_VALUE when its values can be none. */
    <R> R change(BiFunction<Ref, DirectoryId, Command<R>> command) {
        Command<R> made;
        try {
            made = command.apply(call.organization(), directory);
        } catch (IllegalArgumentException e) {
            throw Fault.INVALID_VALUE.because("%s", e.getMessage());
        }
        call.reachedGate();
        Outcome<R> outcome = services.call(Gate.class, gate -> gate.submit(call.caller(), made, Submission.plain()));
        if (outcome instanceof Outcome.Accepted<R> accepted) {
            return accepted.result();
        }
        throw Problem.CONFLICT.because("A second person of the organization must approve this before it is done.");
    }

    /** Audits a refusal within others, which nobody else sees. */
    void refused(String what, ProblemException problem) {
        Subject about = new Subject("bulk", what.isBlank() ? "-" : Place.cut(what.strip()));
        services.call(Gate.class, gate -> {
            gate.refused(call.caller(), Action.DIRECTORY_PROVISION.key(), about, problem);
            return null;
        });
    }

    /** Does it again when somebody else was faster, unless it is meant for one version only. */
    static <R> R again(boolean oneVersion, Supplier<R> work) {
        for (int i = 1; ; i++) {
            try {
                return work.get();
            } catch (ProblemException problem) {
                if (oneVersion || problem.type() != Problem.STALE || i == TRIES) {
                    throw problem;
                }
            }
        }
    }
}
