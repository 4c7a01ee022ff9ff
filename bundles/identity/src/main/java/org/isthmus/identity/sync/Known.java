// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.UserView;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.ldap.GroupThere;
import org.isthmus.identity.ldap.Snapshot;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.identity.sync.Here.GroupHere;
import org.isthmus.identity.sync.Here.PersonHere;
import org.isthmus.model.Ids.DepartmentId;
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
    private final DepartmentStore departments;

    @Activate
    public Known(@Reference UserStore users, @Reference GroupStore groups, @Reference DepartmentStore departments) {
        this.users = users;
        this.groups = groups;
        this.departments = departments;
    }

    Here all(DirectoryView directory, Snapshot there) {
        Map<String, String> idsByName = new HashMap<>();
        there.people().forEach(person -> idsByName.put(person.username(), person.externalId()));
        Map<String, PersonHere> people = new HashMap<>();
        Map<UserId, String> ids = new HashMap<>();
        Map<DepartmentId, Optional<String>> departmentNames = new HashMap<>();
        Optional<String> after = Optional.empty();
        List<UserView> page;
        do {
            page = users.ofDirectory(directory.organization(), directory.id(), after, PAGE);
            for (UserView user : page) {
                person(user, idsByName, departmentNames).ifPresent(person -> {
                    people.put(person.externalId(), person);
                    ids.put(person.id(), person.externalId());
                });
                after = Optional.of(user.username());
            }
        } while (page.size() == PAGE);
        Map<String, GroupHere> own = new HashMap<>();
        Map<GroupId, String> keys = new HashMap<>();
        groups(directory, there.groups(), shared(there.groups())).forEach((key, group) -> {
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
    private Optional<PersonHere> person(
            UserView user, Map<String, String> idsByName, Map<DepartmentId, Optional<String>> departmentNames) {
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
                        kept.department(),
                        name(user, departmentNames))));
    }

    /** The names that more than one of these groups has. */
    static Set<String> shared(List<GroupThere> groups) {
        Set<String> once = new HashSet<>();
        return groups.stream()
                .map(GroupThere::name)
                .filter(name -> !once.add(name))
                .collect(Collectors.toSet());
    }

    /** Names of groups that were declared here by nothing but their names. */
    Set<String> named(DirectoryView directory) {
        return groups.of(directory.id()).stream()
                .filter(group -> group.externalId().isEmpty())
                .map(GroupView::name)
                .collect(Collectors.toSet());
    }

    /** What a group is known by that has a name only, and is not there, or there more than once. */
    static String byName(String name) {
        return "name:" + name;
    }

    /**
     * A directory's groups here by the external ids of those there. One that was declared here names its own by its external
     * id or distinguished name, or, where it has none, by its name, and keeps what it is called here.
     *
     * @param shared names there that several groups have: whoever may make a group there may make one of any name, so these are
     *     nobody's
     */
    Map<String, GroupHere> groups(DirectoryView directory, List<GroupThere> there, Set<String> shared) {
        Map<String, GroupThere> byName = new HashMap<>();
        Map<String, GroupThere> byPlace = new HashMap<>();
        Map<String, GroupThere> byId = new HashMap<>();
        for (GroupThere group : there) {
            byId.put(group.externalId(), group);
            byPlace.put(group.dn(), group);
            if (!shared.contains(group.name())) {
                byName.put(group.name(), group);
            }
        }
        Map<String, GroupHere> known = new HashMap<>();
        for (GroupView group : groups.of(directory.id())) {
            Optional<String> id = group.externalId();
            if (id.filter(byId::containsKey).isPresent()) {
                known.put(id.get(), new GroupHere(group.id(), group.version(), id.get(), group.name()));
                continue;
            }
            Optional<GroupThere> declared = Optional.ofNullable(
                    id.isPresent() ? byPlace.get(GroupThere.place(id.get())) : byName.get(group.name()));
            String key = declared.map(GroupThere::externalId).or(() -> id).orElseGet(() -> byName(group.name()));
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

    /** Whether somebody is in the department that a directory names, as far as it says where people are. */
    boolean placed(DirectoryView directory, UserView user, Optional<String> department) {
        if (!Directory.ownsDepartments(directory)) {
            return true;
        }
        Optional<DepartmentId> named = department
                .map(Directory::department)
                .filter(name -> !name.isEmpty())
                .flatMap(name -> departments.resolve(directory.organization(), new Ref(name)))
                .map(DepartmentView::id);
        return user.department().equals(named) && named.isPresent() == department.isPresent();
    }

    private Optional<String> name(UserView user, Map<DepartmentId, Optional<String>> names) {
        return user.department()
                .flatMap(id -> names.computeIfAbsent(id, any -> departments
                        .resolve(user.organization(), Ref.of(id))
                        .map(found -> found.name().value())));
    }
}
