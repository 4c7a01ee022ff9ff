// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.UserView;
import org.isthmus.identity.ldap.GroupThere;
import org.isthmus.identity.ldap.Snapshot;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.identity.sync.Here.GroupHere;
import org.isthmus.identity.sync.Here.PersonHere;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What of a directory is here. */
@Component(service = Known.class)
public final class Known {
    private static final int PAGE = 1_000;
    private static final int GROUPS_AT_ONCE = 100;

    private final UserStore users;
    private final GroupStore groups;

    @Activate
    public Known(@Reference UserStore users, @Reference GroupStore groups) {
        this.users = users;
        this.groups = groups;
    }

    Here all(DirectoryView directory, Snapshot there) {
        Map<String, String> idsByName = new HashMap<>();
        there.people().forEach(person -> idsByName.put(person.username(), person.externalId()));
        Map<String, PersonHere> people = new HashMap<>();
        Map<UserId, String> ids = new HashMap<>();
        Optional<String> after = Optional.empty();
        List<UserView> page;
        do {
            page = users.ofDirectory(directory.organization(), directory.id(), after, PAGE);
            for (UserView user : page) {
                person(user, idsByName).ifPresent(person -> {
                    people.put(person.externalId(), person);
                    ids.put(person.id(), person.externalId());
                });
                after = Optional.of(user.username());
            }
        } while (page.size() == PAGE);
        Map<String, GroupHere> own = new HashMap<>();
        Map<GroupId, String> keys = new HashMap<>();
        groups(directory, there.groups()).forEach((key, group) -> {
            own.put(key, group);
            keys.put(group.id(), key);
        });
        return new Here(people, own, members(directory, keys, ids));
    }

    private Map<String, Set<String>> members(
            DirectoryView directory, Map<GroupId, String> keys, Map<UserId, String> ids) {
        Map<String, Set<String>> members = new HashMap<>();
        List<GroupId> asked = new ArrayList<>(keys.keySet());
        for (int from = 0; from < asked.size(); from += GROUPS_AT_ONCE) {
            List<GroupId> some = asked.subList(from, Math.min(asked.size(), from + GROUPS_AT_ONCE));
            groups.membersOf(directory.id(), some).forEach((group, all) -> {
                Set<String> known = new HashSet<>();
                all.forEach(
                        member -> Optional.ofNullable(ids.get(member.user())).ifPresent(known::add));
                members.put(keys.get(group), known);
            });
        }
        return members;
    }

    /** One who was handed over without an external id is the one there of that name; nobody, as long as there is none. */
    private static Optional<PersonHere> person(UserView user, Map<String, String> idsByName) {
        return user.kept().flatMap(kept -> kept.externalId()
                .or(() -> Optional.ofNullable(idsByName.get(user.username())))
                .map(id -> new PersonHere(
                        user.id(),
                        user.version(),
                        id,
                        kept.externalId().isPresent(),
                        user.username(),
                        user.email(),
                        user.displayName(),
                        kept.givenName(),
                        kept.familyName(),
                        kept.active(),
                        kept.department())));
    }

    /**
     * A directory's groups here by the external ids of those there. One that was declared here names its own by its
     * distinguished name or its name, and keeps what it is called here.
     */
    Map<String, GroupHere> groups(DirectoryView directory, List<GroupThere> there) {
        Map<String, GroupThere> byAnything = new HashMap<>();
        there.forEach(group -> byAnything.putIfAbsent(group.name(), group));
        there.forEach(group -> byAnything.put(group.dn(), group));
        Map<String, GroupThere> byId = new HashMap<>();
        there.forEach(group -> byId.put(group.externalId(), group));
        Map<String, GroupHere> known = new HashMap<>();
        for (GroupView group : groups.of(directory.id())) {
            String called = group.externalId().orElse(group.name());
            GroupThere same = byId.get(called);
            if (same != null) {
                known.put(called, new GroupHere(group.id(), group.version(), called, group.name()));
                continue;
            }
            Optional<GroupThere> declared =
                    Optional.ofNullable(byAnything.getOrDefault(called, byAnything.get(GroupThere.place(called))));
            String key = declared.map(GroupThere::externalId).orElse(called);
            known.putIfAbsent(
                    key,
                    new GroupHere(
                            group.id(),
                            group.version(),
                            key,
                            declared.map(GroupThere::name).orElse(group.name())));
        }
        return known;
    }
}
