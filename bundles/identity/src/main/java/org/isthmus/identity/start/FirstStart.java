// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.start;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.identity.password.Passwords;
import org.isthmus.identity.password.Secrets;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.setting.ConfiguredSettings;
import org.isthmus.identity.store.Account;
import org.isthmus.identity.store.ChangeCounter;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.OrganizationStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the organization {@code platform} and {@code admin@platform} when they are not there; afterwards knows the
 * platform's id. Nothing that identity offers is there before this is done.
 *
 * <p>The password is in its file before the rows are committed: a crash in between leaves no account with a password
 * that nobody has, and the next start writes a new one.
 */
@Component(service = FirstStart.class, immediate = true)
public final class FirstStart {
    public static final Name PLATFORM = new Name("platform");
    public static final String ADMINISTRATOR = "admin";

    private static final Logger LOG = LoggerFactory.getLogger(FirstStart.class);
    private static final String BY = "system";

    private final Tx tx;
    private final OrganizationStore organizations;
    private final UserStore users;
    private final GrantStore grants;
    private final ChangeCounter counter;
    private final Passwords passwords;
    private final Ids ids;
    private final OrganizationId platform;

    @Activate
    public FirstStart(
            @Reference Tx tx,
            @Reference OrganizationStore organizations,
            @Reference UserStore users,
            @Reference GrantStore grants,
            @Reference ChangeCounter counter,
            @Reference Passwords passwords,
            @Reference Secrets secrets,
            @Reference ConfiguredSettings configured,
            @Reference Clock clock,
            @Reference Ids ids) {
        this(
                tx,
                organizations,
                users,
                grants,
                counter,
                passwords,
                secrets,
                configured.settings().passwordFile(),
                clock,
                ids);
    }

    /** Without a container. No second public constructor: SCR takes one with as many arguments for the component's own. */
    public static FirstStart embedded(
            Tx tx,
            OrganizationStore organizations,
            UserStore users,
            GrantStore grants,
            ChangeCounter counter,
            Passwords passwords,
            Secrets secrets,
            Path passwordFile,
            Clock clock,
            Ids ids) {
        return new FirstStart(tx, organizations, users, grants, counter, passwords, secrets, passwordFile, clock, ids);
    }

    private FirstStart(
            Tx tx,
            OrganizationStore organizations,
            UserStore users,
            GrantStore grants,
            ChangeCounter counter,
            Passwords passwords,
            Secrets secrets,
            Path passwordFile,
            Clock clock,
            Ids ids) {
        this.tx = tx;
        this.organizations = organizations;
        this.users = users;
        this.grants = grants;
        this.counter = counter;
        this.passwords = passwords;
        this.ids = ids;
        platform = organizations
                .named(PLATFORM)
                .map(OrganizationView::id)
                .orElseGet(() -> made(secrets.oneTimePassword(), new PasswordFile(passwordFile), clock.instant()));
        counter.catchUp(clock.instant(), BY);
    }

    /** The platform's own organization. */
    public OrganizationId platform() {
        return platform;
    }

    private OrganizationId made(Secret password, PasswordFile file, Instant now) {
        try {
            return make(password, file, now);
        } catch (TxException e) {
            // another controller on this database was first, and its password is the one
            return organizations.named(PLATFORM).map(OrganizationView::id).orElseThrow(() -> e);
        }
    }

    private OrganizationId make(Secret password, PasswordFile file, Instant now) {
        String hash = passwords.hash(password);
        return tx.retrying(() -> {
            Optional<OrganizationView> made = organizations.named(PLATFORM);
            if (made.isPresent()) {
                return made.get().id();
            }
            OrganizationId organization = ids.organization();
            UserId administrator = ids.user();
            organizations.insert(new OrganizationView(
                    organization, PLATFORM, "Platform", Optional.empty(), Policy.DEFAULT, now, BY, 0));
            counter.create(organization, now, BY);
            users.insert(new Account(
                    new UserView(
                            administrator,
                            ADMINISTRATOR,
                            ADMINISTRATOR,
                            organization,
                            "admin@localhost",
                            Optional.empty(),
                            UserView.Kind.PERSON,
                            UserView.State.ACTIVE,
                            true,
                            now,
                            BY,
                            0),
                    Optional.of(hash)));
            for (ShippedRole role : List.of(ShippedRole.OPERATOR, ShippedRole.ORGANIZATION_ADMIN)) {
                grants.insert(new GrantView(
                        ids.grant(),
                        organization,
                        Subject.of("user", administrator),
                        role.key(),
                        Subject.of("organization", organization),
                        Optional.empty(),
                        Optional.empty(),
                        now,
                        BY,
                        0));
            }
            // last, when the rows are in: another controller that starts at this moment has failed on the unique name
            file.write(password);
            LOG.info(
                    "First start: made admin@platform. Its password is in {}; it must be changed at the first login",
                    file.path());
            return organization;
        });
    }
}
