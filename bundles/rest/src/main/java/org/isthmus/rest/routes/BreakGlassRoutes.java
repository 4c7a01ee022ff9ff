// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditTrail;
import org.isthmus.api.audit.AuditTrail.EntryView;
import org.isthmus.api.identity.BreakGlass;
import org.isthmus.api.identity.BreakGlass.AskBreakGlass;
import org.isthmus.api.identity.BreakGlass.BreakGlassView;
import org.isthmus.api.identity.BreakGlass.ConfirmBreakGlass;
import org.isthmus.api.identity.BreakGlass.EndBreakGlass;
import org.isthmus.api.identity.BreakGlass.Report;
import org.isthmus.api.identity.BreakGlass.State;
import org.isthmus.model.Ids.BreakGlassId;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;
import org.isthmus.rest.json.Flat;

/** Roles in an emergency. */
public final class BreakGlassRoutes {
    private static final String ALL = ONE + "/break-glass";
    private static final String EACH = ALL + "/{breakGlass}";

    private BreakGlassRoutes() {}

    record Emergency(
            @Field(value = "a role's name", most = 100, example = "\"organization-admin\"") String role,
            @Field("where: the organization unless said otherwise, or a part of it as in grants")
                    Optional<GrantRoutes.Thing> scope,
            @Field(value = "why", most = 500, example = "\"the shop is down\"") String reason,
            @Field(value = "for how long: at most four hours", example = "\"PT1H\"") Duration lasts) {}

    /**
     * Something that was done in that time.
     *
     * @param underIt whether the right to it was held by the break-glass
     */
    record Done(@Flat EntryView entry, boolean underIt) {}

    /**
     * What became of it.
     *
     * @param done all that its holder did in that time, as the audit log has it
     * @param complete false when there is more than is shown: see the audit log
     */
    record BreakGlassReport(@Flat BreakGlassView breakGlass, List<Done> done, boolean complete) {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Break-glass");
        Guard read = Guard.may(Action.BREAK_GLASS_READ);
        on.list(
                ALL,
                "listBreakGlass",
                read,
                "Who had a role in an emergency, the oldest first.",
                BreakGlassView.class,
                Filters.by().of("state", State.class).only(),
                call -> services.call(
                        BreakGlass.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.change(
                        Verb.POST,
                        ALL,
                        "askBreakGlass",
                        Action.BREAK_GLASS_ASK,
                        "Asks for a role for some hours; a second person confirms it within an hour.")
                .body(Emergency.class)
                .command(
                        AskBreakGlass.class,
                        (call, body) -> new AskBreakGlass(
                                call.organization(),
                                body.role(),
                                body.scope()
                                        .map(GrantRoutes.Thing::subject)
                                        .orElse(Subject.of("organization", call.organization())),
                                body.reason(),
                                body.lasts()))
                .created(BreakGlassView.class);
        on.get(
                EACH,
                "getBreakGlass",
                read,
                "A role in an emergency.",
                BreakGlassView.class,
                List.of(),
                call -> get(services, call));
        on.change(
                        Verb.POST,
                        EACH + "/confirm",
                        "confirmBreakGlass",
                        Action.BREAK_GLASS_CONFIRM,
                        "Lets it begin; by another person, who holds that role.")
                .command(
                        ConfirmBreakGlass.class,
                        call -> new ConfirmBreakGlass(call.organization(), call.id("breakGlass", BreakGlassId.class)))
                .shown(BreakGlassView.class);
        on.change(
                        Verb.POST,
                        EACH + "/end",
                        "endBreakGlass",
                        Action.OWN_ACCOUNT,
                        "Ends it, or takes the request back: by either of the two, or by who may confirm.")
                .command(
                        EndBreakGlass.class,
                        call -> new EndBreakGlass(call.organization(), call.id("breakGlass", BreakGlassId.class)))
                .shown(BreakGlassView.class);
        on.get(
                EACH + "/report",
                "reportBreakGlass",
                read,
                "Who held it, why, who confirmed it, and all that was done; for who reads the audit log too.",
                BreakGlassReport.class,
                List.of(),
                call -> report(services, call));
    }

    private static BreakGlassView get(Services services, Call call) {
        return services.call(
                BreakGlass.class, all -> all.get(call.caller(), call.organization(), call.ref("breakGlass")));
    }

    private static BreakGlassReport report(Services services, Call call) {
        BreakGlassView held = get(services, call);
        // the log itself writes down who is refused to read it
        call.reachedGate();
        Ref in = Ref.of(held.organization());
        Report report =
                Report.of(held, query -> services.call(AuditTrail.class, log -> log.entries(call.caller(), in, query)));
        return new BreakGlassReport(
                held,
                report.done().stream()
                        .map(deed -> new Done(deed.entry(), deed.underIt()))
                        .toList(),
                report.complete());
    }
}
