// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Swappable;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.identity.Users;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.organization.Policy;
import org.isthmus.audit.EmbeddedAudit;
import org.isthmus.core.domain.Settings;
import org.isthmus.core.embedded.EmbeddedCore;
import org.isthmus.core.operation.Worker;
import org.isthmus.core.swap.Swaps;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.model.Ids;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.store.embedded.EmbeddedDatabase;

/** A controller's services in this process, without drivers, and not started. */
final class Services implements AutoCloseable {
    static final Ref ORGANIZATION = new Ref("bench");
    static final Logins.Origin ORIGIN = new Logins.Origin(Caller.Door.REST, "192.0.2.7", "bench");

    private final Ids ids;
    private final EmbeddedDatabase database;
    private final EmbeddedAudit audit;
    private final EmbeddedIdentity identity;
    private final EmbeddedCore core;

    private Services(
            Ids ids, EmbeddedDatabase database, EmbeddedAudit audit, EmbeddedIdentity identity, EmbeddedCore core) {
        this.ids = ids;
        this.database = database;
        this.audit = audit;
        this.identity = identity;
        this.core = core;
    }

    /** On this database, with what is beside it in this folder, which is there. */
    static Services open(Database on, Path folder, Settings settings, Worker.Probe probe) {
        Clock clock = Clock.systemUTC();
        Ids ids = new Ids(clock);
        EmbeddedDatabase database = on.open(folder);
        EmbeddedAudit audit = EmbeddedAudit.open(database, clock, ids, folder);
        Swappable<AuditLog> log = new Swappable<>("The audit log");
        log.bind(audit.log(), 0);
        EmbeddedIdentity identity = EmbeddedIdentity.open(database, clock, ids, log, folder.resolve("password"));
        audit.start(identity.access());
        EmbeddedCore core = new EmbeddedCore(
                database,
                clock,
                ids,
                Swaps.of(identity.access(), audit.log()).with(identity.users(), identity.departments()),
                Worker.Settings.DEFAULT,
                probe,
                settings,
                identity.handlers());
        return new Services(ids, database, audit, identity, core);
    }

    Ids ids() {
        return ids;
    }

    EmbeddedDatabase database() {
        return database;
    }

    AuditLog log() {
        return audit.log();
    }

    EmbeddedIdentity identity() {
        return identity;
    }

    EmbeddedCore core() {
        return core;
    }

    Caller root() {
        return identity.logins().localRoot("bench");
    }

    <R> R submit(Caller caller, Command<R> command) {
        return accepted(caller, command).result();
    }

    <R> Gate.Outcome.Accepted<R> accepted(Caller caller, Command<R> command) {
        return core.heart().gate().submit(caller, command);
    }

    /** The organization's administrator, logged in with a password of her own. The organization is made for her. */
    Caller administrator(Policy policy) {
        Organizations.OrganizationCreated made = submit(
                root(),
                new Organizations.CreateOrganization(
                        new Name("bench"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(policy),
                        Optional.of(new Users.FirstAdministrator("ann", "ann@bench.example"))));
        Secret first = made.administrator().orElseThrow().oneTimePassword().orElseThrow();
        Secret next = new Secret("a long way to Tipperary");
        submit(login(first), new Users.ChangePassword(ORGANIZATION, new Ref("ann"), first, next));
        return login(next);
    }

    private Caller login(Secret password) {
        Logins logins = identity.logins();
        return logins.caller(logins.login("ann@bench", password, ORIGIN).token(), ORIGIN);
    }

    @Override
    public void close() {
        core.close();
        audit.close();
        database.close();
    }
}
