// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import java.util.HashMap;
import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Syncs.EndSync;
import org.isthmus.api.identity.Syncs.SyncView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.store.SyncStore;
import org.isthmus.store.Leases;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Writes down how a run ended, unless another has taken it over. */
@Component(service = CommandHandler.class)
public final class EndSyncHandler implements CommandHandler<EndSync, SyncView> {
    private static final int MOST_TOLD = 1_000;

    private final SyncStore runs;
    private final Leases leases;

    @Activate
    public EndSyncHandler(@Reference SyncStore runs, @Reference Leases leases) {
        this.runs = runs;
        this.leases = leases;
    }

    @Override
    public Class<EndSync> handles() {
        return EndSync.class;
    }

    @Override
    public Plan<SyncView> plan(Caller caller, OrganizationView organization, EndSync command) {
        if (caller.directory().filter(command.directory()::equals).isEmpty()) {
            throw Problem.NOT_FOUND.because("There is no directory %s in this organization.", command.directory());
        }
        Subject subject = Subject.of("directory", command.directory());
        return Plan.of(subject, change -> {
            leases.fence(new Leases.Lease(LdapSync.lease(command.directory()), command.holder(), command.fence()));
            runs.end(
                    command.directory(),
                    command.state(),
                    command.detail(),
                    command.plan().map(Reports::written),
                    change.now());
            change.event(event(command), subject, data(command));
            return IdentitySyncs.view(runs.find(command.directory()));
        });
    }

    private static String event(EndSync command) {
        return switch (command.state()) {
            case DONE -> "directory.synced";
            case STOPPED -> "directory.sync-stopped";
            default -> "directory.sync-failed";
        };
    }

    private static Map<String, String> data(EndSync command) {
        Map<String, String> data = new HashMap<>();
        command.detail().ifPresent(text -> data.put("detail", text.substring(0, Math.min(MOST_TOLD, text.length()))));
        command.plan().ifPresent(plan -> {
            data.put("plan", plan.id());
            data.put("created", Integer.toString(plan.created()));
            data.put("changed", Integer.toString(plan.changed()));
            data.put("disabled", Integer.toString(plan.disabled()));
            data.put("gone", Integer.toString(plan.gone()));
        });
        return data;
    }
}
