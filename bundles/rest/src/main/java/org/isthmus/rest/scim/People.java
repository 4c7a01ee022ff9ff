// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.api.Problem;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Provisioning;
import org.isthmus.api.identity.Provisioning.Found;
import org.isthmus.api.identity.Provisioning.PersonData;
import org.isthmus.api.identity.Provisioning.PutPerson;
import org.isthmus.api.identity.Provisioning.RemovePerson;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.UserId;
import org.isthmus.rest.json.Json;

/** People as the resource User. */
final class People implements Resources {
    private static final Set<String> INDEXED = Set.of("id", "userName", "externalId", "active");
    private static final int MOST_USERNAME = 64;

    private final Asked asked;

    People(Asked asked) {
        this.asked = asked;
    }

    @Override
    public Kind kind() {
        return Kind.USER;
    }

    @Override
    public Answer create(JsonNode body, Projection shown) {
        ObjectNode wish = Values.resource(Kind.USER, body);
        UserView made = put(Optional.empty(), Optional.empty(), data(wish));
        return answer(201, resource(made.id().value()), shown);
    }

    @Override
    public Answer get(String id, Projection shown, Optional<String> ifNoneMatch) {
        ObjectNode there = resource(id);
        String tag = there.at("/meta/version").asText();
        // the version is the person's own: it does not say whether groups are the same
        return !shown.wants(Kind.USER, heavy()) && Tags.known(ifNoneMatch, tag)
                ? new Answer(304, Optional.empty(), Optional.empty(), Optional.of(tag))
                : answer(200, there, shown);
    }

    @Override
    public Answer put(String id, JsonNode body, Optional<String> ifMatch, Projection shown) {
        Optional<Long> version = Tags.wanted(ifMatch);
        ObjectNode wish = Values.resource(Kind.USER, body);
        return Asked.again(version.isPresent(), () -> {
            UserView before = person(id);
            Tags.check(version, before.version());
            return changed(before, wish, shown);
        });
    }

    @Override
    public Answer patch(String id, JsonNode body, Optional<String> ifMatch, Projection shown) {
        Optional<Long> version = Tags.wanted(ifMatch);
        List<Patch.Operation> operations = Patch.operations(body);
        return Asked.again(version.isPresent(), () -> {
            UserView before = person(id);
            Tags.check(version, before.version());
            ObjectNode after =
                    Patch.applied(Kind.USER, filled(List.of(shown(before))).get(0), operations);
            return changed(before, after, shown);
        });
    }

    private Answer changed(UserView before, ObjectNode after, Projection shown) {
        // whether somebody is active is only changed by saying so
        if (!after.has("active")) {
            after.put("active", before.kept().orElseThrow().active());
        }
        PersonData data = data(after);
        if (!data.equals(data(shown(before)))) {
            put(Optional.of(before.id()), Optional.of(before.version()), data);
        }
        return answer(200, resource(before.id().value()), shown);
    }

    private UserView put(Optional<UserId> user, Optional<Long> version, PersonData data) {
        return asked.change((organization, directory) -> new PutPerson(organization, directory, user, version, data));
    }

    @Override
    public Answer delete(String id, Optional<String> ifMatch) {
        Optional<Long> version = Tags.wanted(ifMatch);
        UserView there = person(id);
        Tags.check(version, there.version());
        asked.change((organization, directory) -> new RemovePerson(organization, directory, there.id(), version));
        return Answer.empty(204);
    }

    private Answer answer(int status, ObjectNode resource, Projection shown) {
        ObjectNode whole =
                shown.wants(Kind.USER, heavy()) ? filled(List.of(resource)).get(0) : resource;
        return Answer.of(status, resource, shown.of(Kind.USER, whole));
    }

    private ObjectNode resource(String id) {
        return shown(person(id));
    }

    private UserView person(String id) {
        return Optional.of(id)
                .filter(text -> Id.looksLike(UserId.PREFIX, text))
                .flatMap(text -> asked.read(
                        (there, caller, organization) -> there.person(caller, organization, new UserId(text))))
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no such user here."));
    }

    @Override
    public Set<String> indexed() {
        return INDEXED;
    }

    @Override
    public String order() {
        return "userName";
    }

    @Override
    public String heavy() {
        return "groups";
    }

    @Override
    public Search.Found read(Map<String, String> equal, int offset, int limit) {
        if (equal.containsKey("id")) {
            return Search.Found.one(this::resource, equal, offset, limit);
        }
        Provisioning.People which = new Provisioning.People(
                Optional.ofNullable(equal.get("userName")),
                Optional.ofNullable(equal.get("externalId")),
                Optional.ofNullable(equal.get("active")).map(Boolean::valueOf));
        Found<UserView> found =
                asked.read((there, caller, organization) -> there.people(caller, organization, which, offset, limit));
        if (found.total() == 0 && equal.containsKey("userName")) {
            found = handedOver(equal.get("userName"), which, offset, limit);
        }
        return new Search.Found(found.items().stream().map(this::shown).toList(), found.total());
    }

    /**
     * Somebody who was handed over to the directory and of whom it has not told yet is called as they were called here: so a
     * directory that looks for ada@example.org before it makes her finds her.
     */
    private Found<UserView> handedOver(String userName, Provisioning.People which, int offset, int limit) {
        Optional<String> here = login(userName);
        if (here.isEmpty() || userName.indexOf('@') < 0) {
            return new Found<>(List.of(), 0);
        }
        Provisioning.People asHere = new Provisioning.People(here, which.externalId(), which.active());
        Found<UserView> found =
                asked.read((there, caller, organization) -> there.people(caller, organization, asHere, offset, limit));
        boolean untold = found.items().stream()
                .allMatch(person -> person.kept().orElseThrow().nameThere().equals(person.username()));
        return untold ? found : new Found<>(List.of(), 0);
    }

    @Override
    public List<ObjectNode> filled(List<ObjectNode> some) {
        Set<UserId> ids = new HashSet<>();
        some.forEach(person -> ids.add(new UserId(person.get("id").asText())));
        Map<UserId, List<GroupView>> groups =
                asked.read((there, caller, organization) -> there.groupsOf(caller, organization, ids));
        for (ObjectNode person : some) {
            for (GroupView group :
                    groups.getOrDefault(new UserId(person.get("id").asText()), List.of())) {
                person.withArray("groups")
                        .addObject()
                        .put("value", group.id().value())
                        .put("$ref", asked.base() + "/Groups/" + group.id())
                        .put("display", group.name())
                        .put("type", "direct");
            }
        }
        return some;
    }

    /** Without groups. */
    private ObjectNode shown(UserView person) {
        UserView.Kept kept = person.kept().orElseThrow();
        ObjectNode shown = Json.object();
        ArrayNode schemas = shown.putArray("schemas").add(Schema.USER.id());
        kept.department().ifPresent(department -> schemas.add(Schema.ENTERPRISE.id()));
        shown.put("id", person.id().value());
        kept.externalId().ifPresent(id -> shown.put("externalId", id));
        shown.put("userName", kept.nameThere());
        String formatted = Stream.of(kept.givenName(), kept.familyName())
                .flatMap(Optional::stream)
                .collect(Collectors.joining(" "));
        if (!formatted.isEmpty()) {
            ObjectNode name = shown.putObject("name").put("formatted", formatted);
            kept.familyName().ifPresent(family -> name.put("familyName", family));
            kept.givenName().ifPresent(given -> name.put("givenName", given));
        }
        person.displayName().ifPresent(display -> shown.put("displayName", display));
        shown.putArray("emails")
                .addObject()
                .put("value", person.email())
                .put("type", "work")
                .put("primary", true);
        // what the directory said, also of somebody who is shut out here besides
        shown.put("active", kept.active());
        kept.department()
                .ifPresent(department -> shown.putObject(Schema.ENTERPRISE.id()).put("department", department));
        shown.putObject("meta")
                .put("resourceType", Kind.USER.word())
                .put("created", person.createdAt().toString())
                .put("lastModified", person.changedAt().toString())
                .put("location", asked.base() + "/Users/" + person.id())
                .put("version", Tags.of(person.version()));
        return shown;
    }

    /** What a resource says of the person; INVALID_VALUE when it can be nobody. */
    private static PersonData data(ObjectNode resource) {
        String userName = resource.get("userName").asText();
        try {
            return new PersonData(
                    text(resource, "/externalId"),
                    userName,
                    username(userName),
                    email(resource, userName),
                    text(resource, "/displayName"),
                    text(resource, "/name/givenName"),
                    text(resource, "/name/familyName"),
                    resource.path("active").asBoolean(true),
                    text(resource, "/" + Schema.ENTERPRISE.id() + "/department"));
        } catch (IllegalArgumentException e) {
            throw Fault.INVALID_VALUE.because("%s", e.getMessage());
        }
    }

    private static Optional<String> text(ObjectNode resource, String pointer) {
        return Optional.of(resource.at(pointer)).filter(JsonNode::isTextual).map(JsonNode::asText);
    }

    /** The login here; INVALID_VALUE when nothing of the name can be one. */
    private static String username(String userName) {
        return login(userName)
                .orElseThrow(
                        () -> Fault.INVALID_VALUE.because("userName has no letter a-z and no digit before its @."));
    }

    /** What stands before an @, in small letters, with a - for what no username has. */
    private static Optional<String> login(String userName) {
        int at = userName.indexOf('@');
        String local = at > 0 ? userName.substring(0, at) : userName;
        String plain =
                local.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]", "-").replaceFirst("^[^a-z0-9]+", "");
        return Optional.of(plain.substring(0, Math.min(plain.length(), MOST_USERNAME)))
                .filter(text -> !text.isEmpty());
    }

    private static String email(ObjectNode resource, String userName) {
        JsonNode emails = resource.path("emails");
        for (String pointer : List.of("primary", "type")) {
            for (JsonNode email : emails) {
                if (email.path(pointer).asBoolean()
                        || email.path(pointer).asText().equalsIgnoreCase("work")) {
                    return email.get("value").asText();
                }
            }
        }
        if (!emails.isEmpty()) {
            return emails.get(0).get("value").asText();
        }
        if (Users.EMAIL.matcher(userName).matches()) {
            return userName;
        }
        throw Fault.INVALID_VALUE.because("emails is needed where userName is no address.");
    }
}
