// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.setting.ConfiguredSettings;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.identity.store.Micros;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Two persons, not two accounts: whose hands somebody could be, of who acts and of who acted. */
@Component(service = Apart.class)
public final class Apart {
    private final PastStore past;
    private final KeyStore keys;
    private final UserStore users;
    private final RightsCache rights;
    private final Clock clock;
    private final Duration keysCount;

    @Activate
    public Apart(
            @Reference PastStore past,
            @Reference KeyStore keys,
            @Reference UserStore users,
            @Reference RightsCache rights,
            @Reference Clock clock,
            @Reference ConfiguredSettings configured) {
        this(past, keys, users, rights, clock, configured.settings().keysApart());
    }

    /** Without a container. No second public constructor: SCR takes one with as many arguments for the component's own. */
    public static Apart embedded(
            PastStore past, KeyStore keys, UserStore users, RightsCache rights, Clock clock, Duration keysCount) {
        return new Apart(past, keys, users, rights, clock, keysCount);
    }

    private Apart(PastStore past, KeyStore keys, UserStore users, RightsCache rights, Clock clock, Duration keysCount) {
        this.past = past;
        this.keys = keys;
        this.users = users;
        this.rights = rights;
        this.clock = clock;
        this.keysCount = keysCount;
    }

    /** How long somebody who had the keys of another counts as able to be that one. */
    public Duration keysCount() {
        return keysCount;
    }

    /** Whose hands this account could be, itself included. */
    public Set<UserId> hands(OrganizationId organization, UserId user) {
        return keys.hands(organization, user, clock.instant(), keysCount);
    }

    /** Whoever could put anybody into this group or department, as its directory. */
    public Set<UserId> telling(OrganizationId organization, Subject of) {
        return keys.telling(organization, of, clock.instant(), keysCount);
    }

    /** Whether a grant to this reaches an account that this person could act as. */
    public boolean couldBeIn(Rights now, UserId person, Subject subject) {
        OrganizationId organization = now.organization().id();
        Set<String> reached = now.reached(subject);
        return rights
                .reachedAs(organization, keys.fronts(organization, person, clock.instant(), keysCount))
                .values()
                .stream()
                .anyMatch(as -> !Collections.disjoint(as, reached));
    }

    /** Who was written down as {@code name@organization} at a moment: whatever they are called by now. */
    public Optional<UserId> named(OrganizationView organization, String line, Instant at) {
        String suffix = "@" + organization.name();
        if (!line.endsWith(suffix)) {
            return Optional.empty();
        }
        String username = line.substring(0, line.length() - suffix.length());
        return past.called(organization.id(), username, Micros.of(at))
                .or(() -> users.resolve(organization.id(), new Ref(username)).map(UserView::id));
    }

    /** That a person acts, in a session of their own: no token, no service account. Root of the machine is nobody else. */
    public boolean isPersonHere(Caller caller) {
        boolean login = caller.session().isPresent() || caller.door() == Caller.Door.SHELL;
        return login
                && caller.user()
                        .flatMap(user -> rights.of(caller.organization()).flatMap(own -> own.member(user)))
                        .filter(Member::person)
                        .isPresent();
    }

    /** The problem when the caller is no person in a session, or could be one of these, or one of these the caller. */
    public void require(Caller caller, OrganizationId organization, Set<UserId> others, ProblemException otherwise) {
        if (caller.user().isEmpty()) {
            return;
        }
        Set<UserId> theirs = new HashSet<>();
        others.forEach(other -> theirs.addAll(hands(organization, other)));
        if (!isPersonHere(caller)
                || !Collections.disjoint(
                        theirs, hands(organization, caller.user().get()))) {
            throw otherwise;
        }
    }
}
