// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Syncs;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.directory.LinkedDirectories;
import org.isthmus.identity.ldap.LdapServer;
import org.isthmus.identity.ldap.LdapSettings;
import org.isthmus.identity.ldap.Reach;
import org.isthmus.identity.ldap.Snapshot;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.setting.ConfiguredSettings;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.SyncStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Syncs} for those who may see and manage directories. What asks a directory blocks, and takes queues. */
@Component(service = Syncs.class)
public final class IdentitySyncs implements Syncs {
    private final IdentityAccess access;
    private final DirectoryStore directories;
    private final LinkedDirectories linked;
    private final SyncStore runs;
    private final Known known;
    private final Queues queues;
    private final Reach reach;

    @Activate
    public IdentitySyncs(
            @Reference IdentityAccess access,
            @Reference DirectoryStore directories,
            @Reference LinkedDirectories linked,
            @Reference SyncStore runs,
            @Reference Known known,
            @Reference Queues queues,
            @Reference ConfiguredSettings configured) {
        this(
                access,
                directories,
                linked,
                runs,
                known,
                queues,
                new Reach(configured.settings().directoriesOnLoopback()));
    }

    /** Without a container. */
    public static IdentitySyncs embedded(
            IdentityAccess access,
            DirectoryStore directories,
            LinkedDirectories linked,
            SyncStore runs,
            Known known,
            Queues queues,
            Reach reach) {
        return new IdentitySyncs(access, directories, linked, runs, known, queues, reach);
    }

    private IdentitySyncs(
            IdentityAccess access,
            DirectoryStore directories,
            LinkedDirectories linked,
            SyncStore runs,
            Known known,
            Queues queues,
            Reach reach) {
        this.access = access;
        this.directories = directories;
        this.linked = linked;
        this.runs = runs;
        this.known = known;
        this.queues = queues;
        this.reach = reach;
    }

    @Override
    public SyncView last(Caller caller, Ref organization, Ref directory) {
        OrganizationView in = access.require(caller, Action.DIRECTORY_READ, organization);
        return view(runs.find(Names.any(directories, in.id(), directory).id()));
    }

    static SyncView view(SyncStore.Run run) {
        return new SyncView(
                run.directory(),
                run.state(),
                run.detail(),
                run.askedAt(),
                run.startedAt(),
                run.finishedAt(),
                run.report().map(Reports::read));
    }

    @Override
    public SyncPlanView preview(Caller caller, Ref organization, Ref directory) {
        OrganizationView in = access.require(caller, Action.DIRECTORY_MANAGE, organization);
        DirectoryView view = Names.need(directories, in.id(), directory);
        LdapSettings settings = Names.settings(linked, view);
        return queues.ofLongQuestions(view.id(), () -> {
            Snapshot there = new LdapServer(settings, reach).everything();
            SyncPlan plan = SyncPlan.of(there, known.all(view, there), settings);
            return Reports.view(plan, plan.tooMuch(settings.job(), java.util.Set.of()));
        });
    }

    @Override
    public LookView look(Caller caller, Ref organization, Ref directory) {
        OrganizationView in = access.require(caller, Action.DIRECTORY_MANAGE, organization);
        DirectoryView view = Names.need(directories, in.id(), directory);
        LdapServer server = new LdapServer(Names.settings(linked, view), reach);
        LdapServer.Look seen = queues.ofLongQuestions(view.id(), server::look);
        return new LookView(seen.people(), seen.groups(), seen.unusable(), seen.examples(), seen.hints());
    }
}
