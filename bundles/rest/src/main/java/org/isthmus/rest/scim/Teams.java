// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Problem;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Provisioning.Found;
import org.isthmus.api.identity.Provisioning.MemberView;
import org.isthmus.api.identity.Provisioning.Members;
import org.isthmus.api.identity.Provisioning.PutGroup;
import org.isthmus.api.identity.Provisioning.RemoveGroup;
import org.isthmus.api.identity.Provisioning.SetMembers;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.rest.json.Json;

/** Groups as the resource Group. Who is in one is read only when somebody wants it: it can be thousands. */
final class Teams implements Resources {
    private static final Set<String> INDEXED = Set.of("id", "displayName", "externalId");

    /** Of all groups of one answer together; the first may have more. */
    private static final long MOST_MEMBERS = 20_000;

    /** Groups whose members are read at a time. */
    private static final int STEP = 20;

    private final Asked asked;

    Teams(Asked asked) {
        this.asked = asked;
    }

    @Override
    public Kind kind() {
        return Kind.GROUP;
    }

    @Override
    public Answer create(JsonNode body, Projection shown) {
        ObjectNode wish = Values.resource(Kind.GROUP, body);
        Set<UserId> members = Membering.ids(wish.path("members"));
        Optional<Members> all =
                Optional.of(members).filter(set -> !set.isEmpty()).map(Members::exactly);
        GroupView made = put(Optional.empty(), Optional.empty(), wish, all);
        return answer(201, team(made.id().value()), shown);
    }

    @Override
    public Answer get(String id, Projection shown, Optional<String> ifNoneMatch) {
        GroupView there = team(id);
        return Tags.known(ifNoneMatch, Tags.of(there.version()))
                ? new Answer(304, Optional.empty(), Optional.empty(), Optional.of(Tags.of(there.version())))
                : answer(200, there, shown);
    }

    @Override
    public Answer put(String id, JsonNode body, Optional<String> ifMatch, Projection shown) {
        Optional<Long> version = Tags.wanted(ifMatch);
        ObjectNode wish = Values.resource(Kind.GROUP, body);
        Members members = Members.exactly(Membering.ids(wish.path("members")));
        return Asked.again(version.isPresent(), () -> {
            GroupView before = team(id);
            Tags.check(version, before.version());
            put(Optional.of(before.id()), Optional.of(before.version()), wish, Optional.of(members));
            return answer(200, team(id), shown);
        });
    }

    @Override
    public Answer patch(String id, JsonNode body, Optional<String> ifMatch, Projection shown) {
        Optional<Long> version = Tags.wanted(ifMatch);
        List<Patch.Operation> operations = Patch.operations(body);
        return Asked.again(version.isPresent(), () -> {
            GroupView before = team(id);
            Tags.check(version, before.version());
            Membering members = new Membering(() -> members(before.id()));
            List<Patch.Operation> others = members.taking(operations);
            ObjectNode was = shown(before);
            ObjectNode after = others.isEmpty() ? was : Patch.applied(Kind.GROUP, was, others);
            boolean named = !after.equals(was);
            if (named) {
                put(Optional.of(before.id()), Optional.of(before.version()), after, members.change());
            } else {
                members.change()
                        .ifPresent(change -> asked.change((organization, directory) -> new SetMembers(
                                organization,
                                directory,
                                before.id(),
                                // who comes and goes does not depend on what else changed, unless the client says so
                                version,
                                change.add(),
                                change.remove(),
                                change.all())));
            }
            GroupView now = team(id);
            // a group may be large: it is shown to whoever says what of it
            return shown.equals(Projection.ALL) ? Answer.done(shown(now)) : answer(200, now, shown);
        });
    }

    private GroupView put(Optional<GroupId> group, Optional<Long> version, ObjectNode wish, Optional<Members> members) {
        String name = wish.get("displayName").asText();
        Optional<String> externalId =
                Optional.of(wish.path("externalId")).filter(JsonNode::isTextual).map(JsonNode::asText);
        return asked.change((organization, directory) ->
                new PutGroup(organization, directory, group, version, name, externalId, members));
    }

    @Override
    public Answer delete(String id, Optional<String> ifMatch) {
        Optional<Long> version = Tags.wanted(ifMatch);
        GroupView there = team(id);
        Tags.check(version, there.version());
        asked.change((organization, directory) -> new RemoveGroup(organization, directory, there.id(), version));
        return Answer.empty(204);
    }

    private Answer answer(int status, GroupView team, Projection shown) {
        ObjectNode resource = shown(team);
        ObjectNode whole =
                shown.wants(Kind.GROUP, heavy()) ? filled(List.of(resource)).get(0) : resource;
        return Answer.of(status, resource, shown.of(Kind.GROUP, whole));
    }

    private GroupView team(String id) {
        return Optional.of(id)
                .filter(text -> Id.looksLike(GroupId.PREFIX, text))
                .flatMap(text -> asked.read(
                        (there, caller, organization) -> there.group(caller, organization, new GroupId(text))))
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no such group here."));
    }

    private List<ObjectNode> members(GroupId group) {
        return asked
                .read((there, caller, organization) -> there.members(caller, organization, Set.of(group)))
                .getOrDefault(group, List.of())
                .stream()
                .map(this::shown)
                .toList();
    }

    @Override
    public Set<String> indexed() {
        return INDEXED;
    }

    @Override
    public String order() {
        return "displayName";
    }

    @Override
    public String heavy() {
        return "members";
    }

    @Override
    public Search.Found read(Map<String, String> equal, int offset, int limit) {
        if (equal.containsKey("id")) {
            return Search.Found.one(id -> shown(team(id)), equal, offset, limit);
        }
        Found<GroupView> found = asked.read((there, caller, organization) -> there.groups(
                caller,
                organization,
                Optional.ofNullable(equal.get("displayName")),
                Optional.ofNullable(equal.get("externalId")),
                offset,
                limit));
        return new Search.Found(found.items().stream().map(this::shown).toList(), found.total());
    }

    @Override
    public List<ObjectNode> filled(List<ObjectNode> some) {
        long members = 0;
        int done = 0;
        while (done < some.size() && members < MOST_MEMBERS) {
            List<ObjectNode> next = some.subList(done, Math.min(some.size(), done + STEP));
            Map<GroupId, ObjectNode> byId = new LinkedHashMap<>();
            next.forEach(group -> byId.put(new GroupId(group.get("id").asText()), group));
            Map<GroupId, List<MemberView>> there = asked.read(
                    (provisioning, caller, organization) -> provisioning.members(caller, organization, byId.keySet()));
            for (Map.Entry<GroupId, ObjectNode> group : byId.entrySet()) {
                for (MemberView member : there.getOrDefault(group.getKey(), List.of())) {
                    group.getValue().withArray("members").add(shown(member));
                    members++;
                }
            }
            done += next.size();
        }
        return some.subList(0, done);
    }

    private ObjectNode shown(MemberView member) {
        return Json.object()
                .put("value", member.user().value())
                .put("$ref", asked.base() + "/Users/" + member.user())
                .put("type", Kind.USER.word())
                .put("display", member.displayName().orElse(member.username()));
    }

    /** Without members. */
    private ObjectNode shown(GroupView team) {
        ObjectNode shown = Json.object();
        shown.putArray("schemas").add(Schema.GROUP.id());
        shown.put("id", team.id().value());
        team.externalId().ifPresent(id -> shown.put("externalId", id));
        shown.put("displayName", team.name());
        shown.putObject("meta")
                .put("resourceType", Kind.GROUP.word())
                .put("created", team.createdAt().toString())
                .put("lastModified", team.changedAt().toString())
                .put("location", asked.base() + "/Groups/" + team.id())
                .put("version", Tags.of(team.version()));
        return shown;
    }
}
