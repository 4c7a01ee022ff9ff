// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.isthmus.api.Subject;
import org.isthmus.identity.role.Role;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;

/** What was kept of an organization for some time, or as much of it as somebody needs: each fact with when it was so. */
record Kept(List<Person> users, List<Given> grants, List<In> memberships, List<Part> departments, List<Own> roles) {
    /** Something that was so for a time. */
    interface Row {
        Window when();

        /** Who began it. */
        String began();

        /** Who ended it; empty while it is. */
        Optional<String> ended();
    }

    record Person(Member member, Window when, String began, Optional<String> ended) implements Row {}

    record Given(
            GrantId id,
            Subject subject,
            String role,
            Subject scope,
            Window window,
            Optional<String> breakGlass,
            Window when,
            String began,
            Optional<String> ended)
            implements Row {}

    record In(GroupId group, UserId user, Window when, String began, Optional<String> ended) implements Row {}

    record Part(
            DepartmentId id,
            String name,
            Optional<DepartmentId> parent,
            Window when,
            String began,
            Optional<String> ended)
            implements Row {}

    record Own(Role role, Window when, String began, Optional<String> ended) implements Row {}

    /** Of the grants only those to these. */
    Kept givenTo(Set<String> subjects) {
        return new Kept(
                users,
                grants.stream()
                        .filter(given -> subjects.contains(given.subject().id()))
                        .toList(),
                memberships,
                departments,
                roles);
    }

    Stream<Row> rows() {
        return Stream.of(users, grants, memberships, departments, roles).flatMap(List::stream);
    }
}
