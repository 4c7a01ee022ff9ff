// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.embedded;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import javax.persistence.EntityManagerFactory;
import org.isthmus.api.Swappable;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.AccessReviews;
import org.isthmus.api.identity.BreakGlass;
import org.isthmus.api.identity.Departments;
import org.isthmus.api.identity.Directories;
import org.isthmus.api.identity.Grants;
import org.isthmus.api.identity.Groups;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.identity.Provisioning;
import org.isthmus.api.identity.Roles;
import org.isthmus.api.identity.Sessions;
import org.isthmus.api.identity.SignOn;
import org.isthmus.api.identity.Syncs;
import org.isthmus.api.identity.Tokens;
import org.isthmus.api.identity.Tunnels;
import org.isthmus.api.identity.Users;
import org.isthmus.api.organization.Organizations;
import org.isthmus.identity.department.ChangeDepartmentHandler;
import org.isthmus.identity.department.CreateDepartmentHandler;
import org.isthmus.identity.department.DeleteDepartmentHandler;
import org.isthmus.identity.department.IdentityDepartments;
import org.isthmus.identity.directory.Gates;
import org.isthmus.identity.directory.LinkedDirectories;
import org.isthmus.identity.emergency.AskBreakGlassHandler;
import org.isthmus.identity.emergency.ConfirmBreakGlassHandler;
import org.isthmus.identity.emergency.EndBreakGlassHandler;
import org.isthmus.identity.emergency.IdentityBreakGlass;
import org.isthmus.identity.factor.Factors;
import org.isthmus.identity.factor.Seals;
import org.isthmus.identity.grant.ChangeRoleHandler;
import org.isthmus.identity.grant.CreateGrantHandler;
import org.isthmus.identity.grant.CreateRoleHandler;
import org.isthmus.identity.grant.DeleteGrantHandler;
import org.isthmus.identity.grant.DeleteRoleHandler;
import org.isthmus.identity.grant.IdentityGrants;
import org.isthmus.identity.grant.IdentityRoles;
import org.isthmus.identity.group.ChangeGroupHandler;
import org.isthmus.identity.group.CreateGroupHandler;
import org.isthmus.identity.group.DeleteGroupHandler;
import org.isthmus.identity.group.IdentityGroups;
import org.isthmus.identity.ldap.Reach;
import org.isthmus.identity.link.ChangeDirectoryHandler;
import org.isthmus.identity.link.CreateDirectoryHandler;
import org.isthmus.identity.link.CreateDirectoryTokenHandler;
import org.isthmus.identity.link.DeleteDirectoryHandler;
import org.isthmus.identity.link.DeleteDirectoryTokenHandler;
import org.isthmus.identity.link.HandOverHandler;
import org.isthmus.identity.link.IdentityDirectories;
import org.isthmus.identity.login.Audits;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.login.IdentityLogins;
import org.isthmus.identity.organization.ChangeOrganizationHandler;
import org.isthmus.identity.organization.CreateOrganizationHandler;
import org.isthmus.identity.organization.DeleteOrganizationHandler;
import org.isthmus.identity.organization.IdentityOrganizations;
import org.isthmus.identity.organization.Owners;
import org.isthmus.identity.organization.SetPolicyHandler;
import org.isthmus.identity.password.Backoff;
import org.isthmus.identity.password.Passwords;
import org.isthmus.identity.password.Secrets;
import org.isthmus.identity.provision.IdentityProvisioning;
import org.isthmus.identity.provision.Memberships;
import org.isthmus.identity.provision.PutGroupHandler;
import org.isthmus.identity.provision.PutPersonHandler;
import org.isthmus.identity.provision.RemoveGroupHandler;
import org.isthmus.identity.provision.RemovePersonHandler;
import org.isthmus.identity.provision.SetGroupsOfHandler;
import org.isthmus.identity.provision.SetMembersHandler;
import org.isthmus.identity.provision.Told;
import org.isthmus.identity.review.CloseReviewHandler;
import org.isthmus.identity.review.CreateReviewHandler;
import org.isthmus.identity.review.DecideLineHandler;
import org.isthmus.identity.review.IdentityAccessReviews;
import org.isthmus.identity.review.TellOverdueHandler;
import org.isthmus.identity.right.Apart;
import org.isthmus.identity.right.Histories;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.InstalledTunnels;
import org.isthmus.identity.right.PastStore;
import org.isthmus.identity.right.Proofs;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.right.RightsStore;
import org.isthmus.identity.session.EndSessionHandler;
import org.isthmus.identity.session.IdentitySessions;
import org.isthmus.identity.session.StepUpHandler;
import org.isthmus.identity.setting.Settings;
import org.isthmus.identity.sso.IdentitySignOn;
import org.isthmus.identity.start.FirstStart;
import org.isthmus.identity.store.BreakGlassStore;
import org.isthmus.identity.store.ChangeCounter;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.FactorStore;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.identity.store.OrganizationStore;
import org.isthmus.identity.store.ReviewStore;
import org.isthmus.identity.store.RoleStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.SyncStore;
import org.isthmus.identity.store.TokenStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.identity.sync.EndSyncHandler;
import org.isthmus.identity.sync.IdentitySyncs;
import org.isthmus.identity.sync.Known;
import org.isthmus.identity.sync.LdapLogins;
import org.isthmus.identity.sync.LdapSync;
import org.isthmus.identity.sync.Queues;
import org.isthmus.identity.sync.SyncDirectoryHandler;
import org.isthmus.identity.token.CreateTokenHandler;
import org.isthmus.identity.token.DeleteTokenHandler;
import org.isthmus.identity.token.IdentityTokens;
import org.isthmus.identity.turn.Turns;
import org.isthmus.identity.user.BeginTotpHandler;
import org.isthmus.identity.user.ChangePasswordHandler;
import org.isthmus.identity.user.ChangeUserHandler;
import org.isthmus.identity.user.ConfirmTotpHandler;
import org.isthmus.identity.user.CreateUserHandler;
import org.isthmus.identity.user.DeleteUserHandler;
import org.isthmus.identity.user.IdentityUsers;
import org.isthmus.identity.user.Removal;
import org.isthmus.identity.user.RemoveTotpHandler;
import org.isthmus.identity.user.RenewRecoveryCodesHandler;
import org.isthmus.identity.user.ResetPasswordHandler;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.isthmus.store.seal.Seal;

/**
 * Identity on an embedded database. What is asked of the parts is what the container asks; only password hashes are cheap,
 * unless {@link Settings} say otherwise.
 */
public final class EmbeddedIdentity {
    private final Access access;
    private final IdentityLogins logins;
    private final Organizations organizations;
    private final Users users;
    private final Departments departments;
    private final Grants grants;
    private final AccessReviews reviews;
    private final ReviewStore reviewStore;
    private final BreakGlass breakGlass;
    private final BreakGlassStore breakGlassStore;
    private final Clock clock;
    private final Roles roles;
    private final Sessions sessions;
    private final Tokens tokens;
    private final Directories directories;
    private final Groups groups;
    private final Provisioning provisioning;
    private final Syncs syncs;
    private final LdapSync sync;
    private final Gates gates = new Gates();
    private final Owners owners;
    private final InstalledTunnels tunnels = new InstalledTunnels();
    private final SignOn signOn;
    private final Seals seals = new Seals();
    private final List<CommandHandler<?, ?>> handlers;

    private EmbeddedIdentity(
            EmbeddedDatabase database, Clock clock, Ids ids, Swappable<AuditLog> audit, Settings settings) {
        this.clock = clock;
        Tx tx = database.tx();
        EntityManagerFactory unit = database.entityManagerFactory("identity");
        OrganizationStore organizationStore = new OrganizationStore(tx, unit);
        UserStore userStore = new UserStore(tx, unit);
        DepartmentStore departmentStore = new DepartmentStore(tx, unit);
        GrantStore grantStore = new GrantStore(tx, unit);
        RoleStore roleStore = new RoleStore(tx, unit);
        SessionStore sessionStore = new SessionStore(tx, unit);
        TokenStore tokenStore = new TokenStore(tx, unit);
        FactorStore factorStore = new FactorStore(tx);
        DirectoryStore directoryStore = new DirectoryStore(tx);
        GroupStore groupStore = new GroupStore(tx);
        ChangeCounter counter = new ChangeCounter(tx);

        Secrets secrets = new Secrets();
        Passwords passwords = Passwords.of(settings, secrets);
        Backoff backoff = new Backoff(clock);
        FirstStart start = FirstStart.embedded(
                tx,
                organizationStore,
                userStore,
                grantStore,
                counter,
                passwords,
                secrets,
                settings.passwordFile(),
                clock,
                ids);
        RightsCache rights = RightsCache.embedded(
                tx,
                new RightsStore(tx, organizationStore, groupStore, counter),
                counter,
                organizationStore,
                clock,
                settings.rightsRecheck());
        Proofs proofs = new Proofs(sessionStore, clock);
        KeyStore keys = new KeyStore(tx);
        reviewStore = new ReviewStore(tx);
        breakGlassStore = new BreakGlassStore(tx);
        PastStore past = new PastStore(tx);
        Apart apart = Apart.embedded(past, keys, userStore, rights, clock, settings.keysApart());
        owners = new Owners();
        DeleteGrantHandler deletions = new DeleteGrantHandler(grantStore, userStore, rights, clock);
        IdentityAccess decisions = new IdentityAccess(rights, departmentStore, proofs, tunnels, keys, start, clock);
        Bearers bearers = Bearers.embedded(tx, sessionStore, tokenStore, secrets, clock, settings.tokenRecheck());

        Factors factors = new Factors(factorStore, seals, secrets, backoff, clock);

        LinkedDirectories linked = new LinkedDirectories(directoryStore, seals);
        SyncStore syncStore = new SyncStore(tx);
        Leases leases = database.leases();
        Known known = new Known(userStore, groupStore, departmentStore);
        Queues queues = new Queues();
        Reach reach = new Reach(settings.directoriesOnLoopback());
        access = decisions;
        logins = IdentityLogins.embedded(
                tx,
                organizationStore,
                userStore,
                sessionStore,
                directoryStore,
                rights,
                bearers,
                passwords,
                backoff,
                factors,
                new Audits(audit),
                LdapLogins.embedded(linked, userStore, groupStore, known, gates, queues, reach),
                start.platform(),
                settings.sessionLength(),
                clock,
                ids);
        organizations = new IdentityOrganizations(decisions, organizationStore);
        Removal removal =
                new Removal(userStore, grantStore, groupStore, sessionStore, tokenStore, factorStore, bearers);
        sync = LdapSync.embedded(
                tx, organizationStore, directoryStore, linked, syncStore, known, gates, leases, reach, clock, ids);
        syncs = IdentitySyncs.embedded(decisions, directoryStore, linked, syncStore, known, queues, reach);
        signOn = IdentitySignOn.embedded(
                tx,
                organizationStore,
                directoryStore,
                linked,
                userStore,
                groupStore,
                gates,
                logins,
                backoff,
                secrets,
                clock,
                true);
        Told told = new Told(directoryStore, userStore, groupStore);
        Memberships memberships = new Memberships(groupStore, rights);
        directories = new IdentityDirectories(decisions, directoryStore);
        groups = new IdentityGroups(decisions, groupStore, directoryStore, userStore);
        provisioning = new IdentityProvisioning(decisions, told, userStore, groupStore);
        users = new IdentityUsers(decisions, userStore);
        departments = new IdentityDepartments(decisions, departmentStore);
        grants = new IdentityGrants(
                decisions,
                grantStore,
                userStore,
                rights,
                departmentStore,
                owners,
                new Histories(past, counter, clock),
                clock);
        breakGlass = new IdentityBreakGlass(decisions, breakGlassStore, clock);
        reviews = new IdentityAccessReviews(decisions, reviewStore, rights, clock);
        roles = new IdentityRoles(decisions, roleStore);
        sessions = new IdentitySessions(decisions, sessionStore, userStore, clock);
        tokens = new IdentityTokens(decisions, tokenStore, userStore);
        CreateGrantHandler gifts = new CreateGrantHandler(
                grantStore, userStore, departmentStore, groupStore, rights, decisions, owners, clock, ids);
        handlers = List.of(
                new CreateOrganizationHandler(
                        organizationStore, userStore, grantStore, counter, rights, passwords, secrets, decisions, ids),
                new ChangeOrganizationHandler(organizationStore, rights),
                new SetPolicyHandler(organizationStore, rights, tunnels),
                new DeleteOrganizationHandler(
                        organizationStore,
                        userStore,
                        departmentStore,
                        grantStore,
                        groupStore,
                        directoryStore,
                        roleStore,
                        sessionStore,
                        tokenStore,
                        factorStore,
                        reviewStore,
                        breakGlassStore,
                        counter,
                        rights,
                        bearers,
                        owners,
                        decisions),
                new CreateUserHandler(userStore, departmentStore, rights, keys, passwords, secrets, ids, clock),
                new ChangeUserHandler(
                        userStore, departmentStore, directoryStore, sessionStore, rights, keys, bearers, clock),
                new DeleteUserHandler(userStore, directoryStore, removal, rights, clock),
                new ChangePasswordHandler(userStore, directoryStore, sessionStore, rights, bearers, passwords, backoff),
                new ResetPasswordHandler(
                        userStore, directoryStore, sessionStore, rights, keys, bearers, passwords, secrets, clock),
                new BeginTotpHandler(userStore, sessionStore, factorStore, factors, clock),
                new RenewRecoveryCodesHandler(userStore, factorStore, factors),
                new ConfirmTotpHandler(userStore, sessionStore, factorStore, factors, rights, bearers),
                new RemoveTotpHandler(userStore, sessionStore, factorStore, factors, rights, keys, bearers, clock),
                new CreateDepartmentHandler(departmentStore, directoryStore, rights, clock, ids),
                new ChangeDepartmentHandler(departmentStore, directoryStore, rights, clock),
                new DeleteDepartmentHandler(departmentStore, userStore, grantStore, rights, owners),
                new CreateRoleHandler(roleStore, rights, ids),
                new ChangeRoleHandler(roleStore, rights, clock),
                new DeleteRoleHandler(roleStore, rights),
                gifts,
                deletions,
                new CreateReviewHandler(reviewStore, userStore, departmentStore, groupStore, rights, clock, ids),
                new DecideLineHandler(reviewStore, deletions, decisions, rights, apart, clock),
                AskBreakGlassHandler.embedded(
                        breakGlassStore, gifts, decisions, rights, apart, clock, ids, settings.breakGlassLongest()),
                new ConfirmBreakGlassHandler(breakGlassStore, grantStore, gifts, decisions, rights, apart, clock, ids),
                new EndBreakGlassHandler(breakGlassStore, grantStore, decisions, rights, clock),
                new CloseReviewHandler(reviewStore, clock),
                new TellOverdueHandler(reviewStore, clock),
                new EndSessionHandler(sessionStore, userStore, bearers, clock),
                new StepUpHandler(sessionStore, factors, bearers, clock),
                new CreateTokenHandler(tokenStore, userStore, rights, keys, bearers, proofs, clock, ids),
                new DeleteTokenHandler(tokenStore, userStore, bearers),
                new CreateDirectoryHandler(directoryStore, linked, keys, rights, clock, ids),
                new ChangeDirectoryHandler(directoryStore, linked, sessionStore, bearers, keys, rights, clock),
                new DeleteDirectoryHandler(
                        directoryStore,
                        groupStore,
                        grantStore,
                        userStore,
                        keys,
                        sessionStore,
                        tokenStore,
                        bearers,
                        rights,
                        clock),
                new CreateDirectoryTokenHandler(directoryStore, keys, bearers, rights, clock, ids),
                new DeleteDirectoryTokenHandler(directoryStore),
                new HandOverHandler(userStore, directoryStore, keys, sessionStore, bearers, rights, clock),
                new CreateGroupHandler(groupStore, directoryStore, rights, ids),
                new ChangeGroupHandler(groupStore, directoryStore, rights, clock),
                new DeleteGroupHandler(groupStore, directoryStore, rights),
                new PutPersonHandler(told, userStore, departmentStore, removal, rights, clock, ids),
                new RemovePersonHandler(told, removal, rights),
                new PutGroupHandler(told, groupStore, memberships, rights, ids),
                new SetMembersHandler(told, memberships, rights, clock),
                new SetGroupsOfHandler(told, groupStore, memberships, rights, clock),
                new RemoveGroupHandler(told, groupStore, grantStore, rights),
                new SyncDirectoryHandler(directoryStore, syncStore),
                new EndSyncHandler(syncStore, leases));
    }

    /** Identity with cheap password hashes and the other settings as they ship; the first start happens here. */
    public static EmbeddedIdentity open(
            EmbeddedDatabase database, Clock clock, Ids ids, Swappable<AuditLog> audit, Path passwordFile) {
        return open(database, clock, ids, audit, cheap(passwordFile));
    }

    public static EmbeddedIdentity open(
            EmbeddedDatabase database, Clock clock, Ids ids, Swappable<AuditLog> audit, Settings settings) {
        return new EmbeddedIdentity(database, clock, ids, audit, settings);
    }

    /** Settings for tests: hashes that cost a millisecond. */
    public static Settings cheap(Path passwordFile) {
        return new Settings(
                Duration.ofHours(12),
                passwordFile,
                new Settings.Argon2(64, 1, 1),
                4,
                Duration.ofSeconds(5),
                Duration.ofMillis(200),
                Duration.ofSeconds(2));
    }

    public Access access() {
        return access;
    }

    public Logins logins() {
        return logins;
    }

    public Organizations organizations() {
        return organizations;
    }

    public Users users() {
        return users;
    }

    public Departments departments() {
        return departments;
    }

    public Grants grants() {
        return grants;
    }

    public BreakGlass breakGlass() {
        return breakGlass;
    }

    public AccessReviews reviews() {
        return reviews;
    }

    /** What a clock asks for, to be turned by hand. */
    public Turns turns(Gates gates, LongSupplier nanos) {
        return Turns.embedded(gates, reviewStore, breakGlassStore, platform(), clock, nanos);
    }

    public Roles roles() {
        return roles;
    }

    public Sessions sessions() {
        return sessions;
    }

    public Tokens tokens() {
        return tokens;
    }

    public Directories directories() {
        return directories;
    }

    public Groups groups() {
        return groups;
    }

    public Provisioning provisioning() {
        return provisioning;
    }

    /** Logins at providers, which may be on this very machine. */
    public SignOn signOn() {
        return signOn;
    }

    public Syncs syncs() {
        return syncs;
    }

    /** What brings LDAP directories here; whoever composes this says when. */
    public LdapSync sync() {
        return sync;
    }

    /** Where what directories tell passes; without it nobody of them is made or changed. */
    public void tellBy(Gate gate) {
        gates.bindGate(gate);
    }

    /** What lets somebody in without a password. */
    public IdentityLogins openings() {
        return logins;
    }

    /** One for each command of identity. */
    public List<CommandHandler<?, ?>> handlers() {
        return handlers;
    }

    /** Whoever keeps things of organizations and is asked before one is deleted. */
    public void ask(Organizations.Owned owned) {
        owners.bindOwned(owned);
    }

    /** Whatever runs VPNs, from now on. */
    public void tunnelBy(Tunnels installed) {
        tunnels.bindTunnels(installed);
    }

    /** What seals secrets from now on; without one nobody has a second factor. */
    public void sealWith(Seal seal) {
        seals.bindSeal(seal);
    }

    /** The platform's own organization. */
    public OrganizationId platform() {
        return access.platform();
    }
}
