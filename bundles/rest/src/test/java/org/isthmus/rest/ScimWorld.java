// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.identity.Provisioning;
import org.isthmus.api.identity.UserView;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Secret;

/** Who a directory told of, in memory, behind a gate that does what directories ask for. */
final class ScimWorld implements Gate, Provisioning, Logins {
    static final String TOKEN = "isd_right";
    static final OrganizationId HOME = new OrganizationId("org_" + Samples.UUID);
    static final DirectoryId DIRECTORY = new DirectoryId("dir_" + Samples.UUID);

    final Map<UserId, UserView> people = new HashMap<>();
    final Map<GroupId, GroupView> groups = new HashMap<>();
    final Map<GroupId, Set<UserId>> members = new HashMap<>();
    final List<Command<?>> commands = new ArrayList<>();
    final List<ProblemException> refusals = new ArrayList<>();
    /** What somebody else does just before the next command. */
    Optional<Runnable> meanwhile = Optional.empty();

    /** How often somebody asked who is in groups. */
    int membersRead;

    private int made;
    private Instant moment = Samples.NOW;
    private int changes;

    Services services() {
        return new Services().with(Gate.class, this).with(Logins.class, this).with(Provisioning.class, this);
    }

    private String next() {
        return String.format("00000000-0000-7000-8000-%012d", ++made);
    }

    /** Each change is a while after the one before; every second one falls on a whole second. */
    private Instant later() {
        moment = moment.plusNanos(changes++ % 2 == 0 ? 876_544_000 : 123_456_000);
        return moment;
    }

    @Override
    public synchronized <R> Outcome<R> submit(Caller caller, Command<R> command, Submission<R> submission) {
        meanwhile.ifPresent(other -> {
            meanwhile = Optional.empty();
            other.run();
        });
        commands.add(command);
        return new Outcome.Accepted<>(done(command), Optional.empty());
    }

    @SuppressWarnings("unchecked") // each branch answers what its command declares
    private <R> R done(Command<R> command) {
        if (command instanceof PutPerson put) {
            return (R) put(put);
        }
        if (command instanceof RemovePerson remove) {
            members.values().forEach(all -> all.remove(remove.user()));
            return (R) people.remove(remove.user());
        }
        if (command instanceof PutGroup put) {
            return (R) put(put);
        }
        if (command instanceof SetMembers set) {
            return (R) set(groups.get(set.group()), new Members(set.add(), set.remove(), set.all()), set.version());
        }
        if (command instanceof RemoveGroup remove) {
            members.remove(remove.group());
            return (R) groups.remove(remove.group());
        }
        throw new IllegalArgumentException("No directory asks for " + command);
    }

    private UserView put(PutPerson put) {
        PersonData data = put.data();
        UserId id = put.user().orElseGet(() -> new UserId("usr_" + next()));
        Optional<UserView> before = Optional.ofNullable(people.get(id));
        before.ifPresent(there -> check(put.version(), there.version()));
        boolean taken = people.values().stream()
                .anyMatch(other -> !other.id().equals(id) && other.username().equals(data.username()));
        if (taken) {
            throw Problem.NAME_TAKEN.because("There is a user %s already.", data.username());
        }
        UserView after = new UserView(
                id,
                data.username(),
                data.username(),
                HOME,
                data.email(),
                Optional.empty(),
                UserView.Kind.PERSON,
                data.active() ? UserView.State.ACTIVE : UserView.State.DISABLED,
                false,
                false,
                Optional.empty(),
                data.displayName(),
                Optional.of(new UserView.Kept(
                        DIRECTORY,
                        data.nameThere(),
                        data.externalId(),
                        data.givenName(),
                        data.familyName(),
                        data.department(),
                        data.active(),
                        false)),
                Samples.NOW,
                "directory",
                later(),
                before.map(UserView::version).orElse(0L) + 1);
        people.put(id, after);
        return after;
    }

    private GroupView put(PutGroup put) {
        GroupId id = put.group().orElseGet(() -> new GroupId("grp_" + next()));
        Optional<GroupView> before = Optional.ofNullable(groups.get(id));
        before.ifPresent(there -> check(put.version(), there.version()));
        boolean taken = groups.values().stream()
                .anyMatch(other -> !other.id().equals(id) && other.name().equals(put.name()));
        if (taken) {
            throw Problem.NAME_TAKEN.because("There is a group %s already.", put.name());
        }
        GroupView after = new GroupView(
                id,
                put.name(),
                HOME,
                DIRECTORY,
                put.externalId(),
                Samples.NOW,
                "directory",
                later(),
                before.map(GroupView::version).orElse(0L) + 1);
        groups.put(id, after);
        members.putIfAbsent(id, new LinkedHashSet<>());
        return put.members().map(change -> set(after, change, Optional.empty())).orElse(after);
    }

    private GroupView set(GroupView group, Members change, Optional<Long> version) {
        check(version, group.version());
        change.add().stream()
                .filter(user -> !people.containsKey(user))
                .findFirst()
                .ifPresent(user -> {
                    throw Problem.MALFORMED.at("/members", "Nobody here is " + user + ".");
                });
        Set<UserId> there = members.get(group.id());
        if (change.all()) {
            there.clear();
        }
        there.removeAll(change.remove());
        there.addAll(change.add());
        GroupView after = new GroupView(
                group.id(),
                group.name(),
                HOME,
                DIRECTORY,
                group.externalId(),
                group.createdAt(),
                group.createdBy(),
                later(),
                group.version() + 1);
        groups.put(group.id(), after);
        return after;
    }

    private static void check(Optional<Long> wanted, long version) {
        if (wanted.isPresent() && wanted.get() != version) {
            throw Problem.STALE.because("It was changed meanwhile.");
        }
    }

    @Override
    public synchronized void refused(Caller caller, String action, Subject about, ProblemException problem) {
        refusals.add(problem);
    }

    private static void enter(Caller caller, Ref organization) {
        if (!organization.text().equals("demo") || caller.directory().isEmpty()) {
            throw Problem.NOT_FOUND.because("There is no such organization here.");
        }
    }

    @Override
    public synchronized Found<UserView> people(Caller caller, Ref organization, People which, long offset, int most) {
        enter(caller, organization);
        List<UserView> all = people.values().stream()
                .filter(person -> which.username()
                        .map(text -> text.equalsIgnoreCase(
                                person.kept().orElseThrow().nameThere()))
                        .orElse(true))
                .filter(person -> which.externalId()
                        .map(text -> person.kept().orElseThrow().externalId().equals(Optional.of(text)))
                        .orElse(true))
                .filter(person -> which.active()
                        .map(active -> person.kept().orElseThrow().active() == active)
                        .orElse(true))
                .sorted(Comparator.comparing(UserView::username))
                .toList();
        return new Found<>(all.stream().skip(offset).limit(most).toList(), all.size());
    }

    @Override
    public synchronized Optional<UserView> person(Caller caller, Ref organization, UserId user) {
        enter(caller, organization);
        return Optional.ofNullable(people.get(user));
    }

    @Override
    public synchronized Found<GroupView> groups(
            Caller caller,
            Ref organization,
            Optional<String> name,
            Optional<String> externalId,
            long offset,
            int most) {
        enter(caller, organization);
        List<GroupView> all = groups.values().stream()
                .filter(group ->
                        name.map(text -> text.equalsIgnoreCase(group.name())).orElse(true))
                .filter(group -> externalId
                        .map(text -> group.externalId().equals(Optional.of(text)))
                        .orElse(true))
                .sorted(Comparator.comparing(GroupView::name))
                .toList();
        return new Found<>(all.stream().skip(offset).limit(most).toList(), all.size());
    }

    @Override
    public synchronized Optional<GroupView> group(Caller caller, Ref organization, GroupId group) {
        enter(caller, organization);
        return Optional.ofNullable(groups.get(group));
    }

    @Override
    public synchronized Map<GroupId, List<MemberView>> members(Caller caller, Ref organization, Set<GroupId> named) {
        enter(caller, organization);
        membersRead++;
        Map<GroupId, List<MemberView>> all = new HashMap<>();
        named.forEach(group -> all.put(
                group,
                members.get(group).stream()
                        .map(people::get)
                        .map(person -> new MemberView(person.id(), person.username(), person.displayName()))
                        .toList()));
        return all;
    }

    @Override
    public synchronized Map<UserId, List<GroupView>> groupsOf(Caller caller, Ref organization, Set<UserId> users) {
        enter(caller, organization);
        Map<UserId, List<GroupView>> all = new HashMap<>();
        users.forEach(user -> all.put(
                user,
                members.entrySet().stream()
                        .filter(group -> group.getValue().contains(user))
                        .map(group -> groups.get(group.getKey()))
                        .collect(Collectors.toMap(GroupView::name, group -> group, (one, other) -> one, TreeMap::new))
                        .values()
                        .stream()
                        .toList()));
        return all;
    }

    @Override
    public SessionOpened login(String username, Secret password, Optional<Secret> code, Origin origin) {
        throw Problem.NOT_LOGGED_IN.because("Nobody logs in here.");
    }

    @Override
    public Caller caller(Secret bearer, Origin origin) {
        throw Problem.NOT_LOGGED_IN.because("This is no user's token.");
    }

    @Override
    public Caller directoryCaller(Secret bearer, Origin origin) {
        if (!bearer.reveal().equals(TOKEN)) {
            throw Problem.NOT_LOGGED_IN.because("This is no directory's token.");
        }
        return Caller.directory(DIRECTORY, "entra", HOME, "demo", origin.door(), origin.address(), origin.requestId());
    }

    @Override
    public void logout(Secret bearer, Origin origin) {
        throw Problem.NOT_LOGGED_IN.because("Nobody logs out here.");
    }

    @Override
    public Optional<Caller> shellLogin(String username, Secret password, Origin origin) {
        return Optional.empty();
    }

    @Override
    public Caller localRoot(String requestId) {
        return Caller.localRoot(HOME, requestId);
    }

    @Override
    public OrganizationId platform() {
        return HOME;
    }
}
