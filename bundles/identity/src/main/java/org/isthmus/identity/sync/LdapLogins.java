// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.api.identity.Provisioning.PersonData;
import org.isthmus.api.identity.Provisioning.PutGroup;
import org.isthmus.api.identity.Provisioning.PutPerson;
import org.isthmus.api.identity.Provisioning.SetGroupsOf;
import org.isthmus.api.identity.UserView;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.directory.Gates;
import org.isthmus.identity.directory.LinkedDirectories;
import org.isthmus.identity.ldap.Answer;
import org.isthmus.identity.ldap.GroupThere;
import org.isthmus.identity.ldap.LdapFailure;
import org.isthmus.identity.ldap.LdapServer;
import org.isthmus.identity.ldap.LdapSettings;
import org.isthmus.identity.ldap.Person;
import org.isthmus.identity.ldap.Reach;
import org.isthmus.identity.setting.ConfiguredSettings;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.identity.sync.Here.GroupHere;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passwords that only an LDAP directory can check. Whoever is let in is brought here as the directory knows them, with their
 * groups, before they are let in here.
 *
 * <p>Where an organization has such a directory, every login whose password is not right here asks it, also for names that are
 * unknown or kept here: so they cannot be told from the directory's people by time, nor by what happens while it is away. Where
 * it has several, a name that is in none of them has one all the same, always the same one. Only where several make people at
 * their first login are unknown names asked at all of those.
 */
@Component(service = LdapLogins.class)
public final class LdapLogins {
    private static final Logger LOG = LoggerFactory.getLogger(LdapLogins.class);

    private final LinkedDirectories linked;
    private final UserStore users;
    private final GroupStore groups;
    private final Known known;
    private final Gates gates;
    private final Queues queues;
    private final Reach reach;

    /**
     * What was found.
     *
     * @param user as they are here now, when the password opens their account
     * @param away true when nothing could be found out
     * @param why for the audit log
     */
    public record Said(Optional<UserView> user, boolean away, String why) {
        private static Said no(String why) {
            return new Said(Optional.empty(), false, why);
        }
    }

    @Activate
    public LdapLogins(
            @Reference LinkedDirectories linked,
            @Reference UserStore users,
            @Reference GroupStore groups,
            @Reference Known known,
            @Reference Gates gates,
            @Reference Queues queues,
            @Reference ConfiguredSettings configured) {
        this(
                linked,
                users,
                groups,
                known,
                gates,
                queues,
                new Reach(configured.settings().directoriesOnLoopback()));
    }

    /** Without a container. */
    public static LdapLogins embedded(
            LinkedDirectories linked,
            UserStore users,
            GroupStore groups,
            Known known,
            Gates gates,
            Queues queues,
            Reach reach) {
        return new LdapLogins(linked, users, groups, known, gates, queues, reach);
    }

    private LdapLogins(
            LinkedDirectories linked,
            UserStore users,
            GroupStore groups,
            Known known,
            Gates gates,
            Queues queues,
            Reach reach) {
        this.linked = linked;
        this.users = users;
        this.groups = groups;
        this.known = known;
        this.gates = gates;
        this.queues = queues;
        this.reach = reach;
    }

    /**
     * Asks, outside of transactions. Empty where the organization has no LDAP directory, or is none.
     *
     * @param organization its name, as it was typed
     * @param user of that name, if there is one here
     * @throws ProblemException TOO_MANY when too many ask at once
     */
    public Optional<Said> ask(
            String organization, String username, Optional<UserView> user, Secret password, Origin origin) {
        List<DirectoryView> all = linked.of(organization, Kind.LDAP);
        if (all.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(asked(all, organization, username, user, password, origin));
        } catch (LdapFailure e) {
            return Optional.of(new Said(Optional.empty(), true, e.getMessage()));
        } catch (ProblemException e) {
            if (e.type().status() < 500 && !e.type().equals(IdentityProblem.DIRECTORY_FAILED)) {
                throw e;
            }
            return Optional.of(new Said(Optional.empty(), true, String.valueOf(e.getMessage())));
        }
    }

    private Said asked(
            List<DirectoryView> all,
            String organization,
            String username,
            Optional<UserView> user,
            Secret password,
            Origin origin) {
        Optional<DirectoryView> own = user.flatMap(UserView::kept).flatMap(kept -> all.stream()
                .filter(view -> view.id().equals(kept.directory()))
                .findFirst());
        if (own.isPresent()) {
            return new One(own.get(), organization, origin).login(username, user, password);
        }
        Optional<Said> last = Optional.empty();
        for (DirectoryView view : user.isPresent() ? List.<DirectoryView>of() : all) {
            One one = new One(view, organization, origin);
            if (one.settings.people().create()) {
                last = Optional.of(one.login(username, Optional.empty(), password));
            }
            if (last.flatMap(Said::user).isPresent()) {
                return last.get();
            }
        }
        return last.orElseGet(() -> {
            One any = new One(linked.anyOf(all, username), organization, origin);
            queues.ofLogins(any.view.id(), () -> {
                any.server().pretend(username);
                return true;
            });
            return Said.no(user.isPresent() ? "wrong password" : "no such user");
        });
    }

    /** One directory, asked for one login. */
    private final class One {
        private final DirectoryView view;
        private final LdapSettings settings;
        private final OrganizationId organization;
        private final Caller caller;

        One(DirectoryView view, String organization, Origin origin) {
            this.view = view;
            this.settings = Names.settings(linked, view);
            this.organization = view.organization();
            this.caller =
                    Directory.caller(view, new Name(organization), origin.door(), origin.address(), origin.requestId());
        }

        LdapServer server() {
            return new LdapServer(settings, reach);
        }

        Said login(String username, Optional<UserView> user, Secret password) {
            Answer answer = queues.ofLogins(view.id(), () -> server().login(username, password));
            if (answer.person().isEmpty()) {
                return Said.no(answer.why() + " (directory " + view.name() + ")");
            }
            Person person = answer.person().get();
            Optional<UserView> present = user.or(() -> users.external(organization, view.id(), person.externalId()));
            Optional<UserView.Kept> kept = present.flatMap(UserView::kept);
            if (kept.flatMap(UserView.Kept::externalId)
                    .filter(id -> !id.equals(person.externalId()))
                    .isPresent()) {
                return Said.no("somebody else has this name in the directory " + view.name() + " now");
            }
            if (kept.filter(UserView.Kept::blocked).isPresent()) {
                return Said.no("disabled");
            }
            return brought(person, present, answer.groups());
        }

        /** Here as there; where that is refused, as they were before, but never with more groups than there. */
        private Said brought(Person person, Optional<UserView> present, List<GroupThere> answered) {
            Optional<UserView> put = present.filter(user -> same(user, Names.data(person, settings)));
            if (put.isEmpty()) {
                put = tried(new PutPerson(
                        Ref.of(organization),
                        view.id(),
                        present.map(UserView::id),
                        Optional.empty(),
                        Names.data(person, settings)));
            }
            // made by another login in the same moment
            Optional<UserView> user =
                    put.or(() -> present).or(() -> users.external(organization, view.id(), person.externalId()));
            if (user.filter(one -> one.username().equals(person.username())).isEmpty()) {
                return Said.no("known in the directory " + view.name() + ", and refused here");
            }
            if (!grouped(user.get(), answered)) {
                return Said.no("the groups of the directory " + view.name() + " were refused here");
            }
            return new Said(user, false, "");
        }

        private boolean same(UserView user, PersonData data) {
            return user.kept()
                    .filter(kept -> kept.externalId().equals(data.externalId())
                            && kept.givenName().equals(data.givenName())
                            && kept.familyName().equals(data.familyName())
                            && kept.department().equals(data.department())
                            && kept.active()
                            && user.username().equals(data.username())
                            && user.email().equals(data.email())
                            && user.displayName().equals(data.displayName())
                            && known.placed(view, user, data.department()))
                    .isPresent();
        }

        /** In exactly those groups; a directory that is not asked for groups any more has none. */
        private boolean grouped(UserView user, List<GroupThere> answered) {
            boolean create = settings.groups().map(LdapSettings.Groups::create).orElse(false);
            Map<String, GroupHere> here = known.groups(view, answered, shared(answered));
            Set<GroupId> wanted = new HashSet<>();
            for (GroupThere group : answered) {
                Optional<GroupId> own =
                        Optional.ofNullable(here.get(group.externalId())).map(GroupHere::id);
                if (own.isEmpty() && create) {
                    own = tried(new PutGroup(
                                    Ref.of(organization),
                                    view.id(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    group.name(),
                                    Optional.of(group.externalId())))
                            .map(made -> made.id());
                }
                own.ifPresent(wanted::add);
            }
            Set<GroupId> present = new HashSet<>(groups.groupsOf(user.id()));
            present.retainAll(here.values().stream().map(GroupHere::id).toList());
            if (present.equals(wanted)) {
                return true;
            }
            present.retainAll(wanted);
            return tried(new SetGroupsOf(Ref.of(organization), view.id(), user.id(), wanted))
                    .or(() -> tried(new SetGroupsOf(Ref.of(organization), view.id(), user.id(), present)))
                    .isPresent();
        }

        /** Names of theirs that count here, and that another group there has too. */
        private Set<String> shared(List<GroupThere> answered) {
            Set<String> declared = known.named(view);
            List<GroupThere> named = answered.stream()
                    .filter(group -> declared.contains(group.name()))
                    .toList();
            if (named.isEmpty()) {
                return Set.of();
            }
            Set<String> shared = queues.ofLogins(view.id(), () -> server().shared(named));
            shared.forEach(name -> LOG.warn(
                    "Several groups of the directory {} are called {}: nobody is in the one here until it has an external id",
                    view.id(),
                    name));
            return shared;
        }

        private <R> Optional<R> tried(Command<R> command) {
            try {
                return Optional.of(
                        gates.gate().call(gate -> gate.submit(caller, command)).result());
            } catch (ProblemException e) {
                if (e.type().status() >= 500) {
                    throw e;
                }
                LOG.info("Refused at a login by the directory {}: {}", view.id(), e.getMessage());
                return Optional.empty();
            }
        }
    }
}
