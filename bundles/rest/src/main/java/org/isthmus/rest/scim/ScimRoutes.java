// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.gate.Command;
import org.isthmus.api.identity.Provisioning.PutGroup;
import org.isthmus.api.identity.Provisioning.PutPerson;
import org.isthmus.api.identity.Provisioning.RemoveGroup;
import org.isthmus.api.identity.Provisioning.RemovePerson;
import org.isthmus.api.identity.Provisioning.SetMembers;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Manner;
import org.isthmus.rest.http.Parameter;
import org.isthmus.rest.http.Reply;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;

/** SCIM 2.0 for one directory of an organization: which one, its token says. */
public final class ScimRoutes {
    private static final int NOT_IMPLEMENTED = 501;
    private static final String BASE = Table.BASE + "/organizations/{organization}/scim/v2";
    private static final String SCIM = Manner.SCIM.mediaType();
    private static final Guard GUARD = Guard.may(Action.DIRECTORY_PROVISION);

    private static final Parameter[] SHOWN = {
        Parameter.text("attributes", 4096, false, "the only attributes wanted, comma-separated"),
        Parameter.text("excludedAttributes", 4096, false, "attributes not wanted, comma-separated")
    };
    private static final Parameter[] SEARCHED = {
        SHOWN[0],
        SHOWN[1],
        Parameter.text("filter", FilterParser.MOST_TEXT, false, "a filter (RFC 7644, 3.4.2.2)"),
        Parameter.text("sortBy", 200, false, "the attribute whose order they come in"),
        Parameter.text("sortOrder", 20, false, "ascending or descending"),
        Parameter.text("startIndex", 10, false, "where to begin, from 1"),
        Parameter.text("count", 10, false, "how many, at most " + Search.MOST)
    };

    private final Table.Group on;
    private final Services services;

    private ScimRoutes(Table.Group on, Services services) {
        this.on = on;
        this.services = services;
    }

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        ScimRoutes routes = new ScimRoutes(table.group("SCIM"), services);
        routes.discovery();
        for (Kind kind : Kind.values()) {
            routes.resources(kind);
        }
        routes.all();
        routes.me();
    }

    /** Answers a request of a directory. */
    private interface Handler {
        Answer answer(Asked asked, Call call) throws IOException;
    }

    private Table.Group.Raw route(Verb verb, String path, String id, String summary) {
        return on.raw(verb, BASE + path, id, GUARD, summary);
    }

    private void handle(Table.Group.Raw route, Handler handler) {
        route.handledBy(call -> reply(call, handler.answer(new Asked(services, call), call)));
    }

    private static Reply reply(Call call, Answer answer) {
        Map<String, String> headers = new LinkedHashMap<>();
        answer.location()
                .ifPresent(location -> headers.put(answer.status() == 201 ? "Location" : "Content-Location", location));
        answer.tag().ifPresent(tag -> headers.put("ETag", tag));
        Optional<JsonNode> body = answer.body().map(JsonNode.class::cast);
        return new Reply(
                answer.status(),
                headers,
                body.isPresent() ? mediaType(call) : "",
                body,
                Optional.empty(),
                Optional.empty());
    }

    /** Whoever takes plain JSON only gets it called so (RFC 7644, 3.1). */
    private static String mediaType(Call call) {
        String accept = call.header("Accept").orElse("").toLowerCase(Locale.ROOT);
        return accept.contains(Reply.JSON) && !accept.contains(SCIM) ? Reply.JSON : SCIM;
    }

    private void discovery() {
        handle(
                route(Verb.GET, "/ServiceProviderConfig", "scimGetConfig", "What this SCIM server can.")
                        .answers(200, "the configuration", JsonNode.class, SCIM),
                (asked, call) -> Answer.of(Discovery.config(asked.base())));
        discovered("/ResourceTypes", "ResourceType", "The kinds of resources.", asked -> Discovery.types(asked.base()));
        discovered(
                "/Schemas", "Schema", "What is kept of them, to the letter.", asked -> Discovery.schemas(asked.base()));
    }

    private interface Told {
        List<ObjectNode> of(Asked asked);
    }

    private void discovered(String path, String name, String summary, Told all) {
        handle(
                route(Verb.GET, path, "scimList" + name + "s", summary)
                        .with(SEARCHED)
                        .answers(200, "all of them", JsonNode.class, SCIM),
                (asked, call) -> {
                    if (call.parameter("filter").isPresent()) {
                        throw Problem.FORBIDDEN.because("This list takes no filter (RFC 7644, 4).");
                    }
                    List<ObjectNode> list = all.of(asked);
                    return Answer.of(Search.of(Map.of()).message(list, list.size()));
                });
        handle(
                route(Verb.GET, path + "/{id}", "scimGet" + name, "One of them.")
                        .answers(200, "as it is", JsonNode.class, SCIM),
                (asked, call) -> Answer.of(Discovery.one(all.of(asked), call.part("id"))
                        .orElseThrow(() -> Problem.NOT_FOUND.because("There is no such %s here.", name))));
    }

    private static Resources resources(Asked asked, Kind kind) {
        return kind == Kind.USER ? new People(asked) : new Teams(asked);
    }

    private void resources(Kind kind) {
        String all = "/" + kind.endpoint();
        String one = all + "/{" + kind.word().toLowerCase(Locale.ROOT) + "}";
        String word = kind.word();
        Class<? extends Command<?>> put = kind == Kind.USER ? PutPerson.class : PutGroup.class;
        handle(
                route(Verb.GET, all, "scimList" + word + "s", "Resources of the directory.")
                        .with(SEARCHED)
                        .answers(200, "a list response", JsonNode.class, SCIM),
                (asked, call) -> Answer.of(Search.of(call.parameters()).in(kind, resources(asked, kind))));
        handle(
                route(Verb.POST, all, "scimCreate" + word, "Makes a resource.")
                        .with(SHOWN)
                        .command(put)
                        .body(JsonNode.class)
                        .answers(201, "made; Location is its address", JsonNode.class, SCIM),
                (asked, call) -> resources(asked, kind).create(call.json(), Projection.of(call.parameters())));
        handle(
                route(
                                Verb.POST,
                                all + "/.search",
                                "scimSearch" + word + "s",
                                "Resources, with the question in the body.")
                        .body(JsonNode.class)
                        .answers(200, "a list response", JsonNode.class, SCIM),
                (asked, call) -> Answer.of(Search.of(call.json()).in(kind, resources(asked, kind))));
        handle(
                route(Verb.GET, one, "scimGet" + word, "A resource.")
                        .with(SHOWN)
                        .answers(200, "as it is", JsonNode.class, SCIM)
                        .answers(
                                304,
                                "If-None-Match names the version it still has, and no groups of a user are asked for"),
                (asked, call) -> resources(asked, kind)
                        .get(id(kind, call), Projection.of(call.parameters()), call.header("If-None-Match")));
        handle(
                route(Verb.PUT, one, "scimReplace" + word, "Replaces a resource.")
                        .with(SHOWN)
                        .command(put)
                        .body(JsonNode.class)
                        .answers(200, "as it is now", JsonNode.class, SCIM)
                        .answers(412, "it is not at the version of If-Match"),
                (asked, call) -> resources(asked, kind)
                        .put(id(kind, call), call.json(), call.header("If-Match"), Projection.of(call.parameters())));
        handle(
                route(Verb.PATCH, one, "scimChange" + word, "Changes a resource (RFC 7644, 3.5.2).")
                        .with(SHOWN)
                        .command(kind == Kind.USER ? PutPerson.class : SetMembers.class)
                        .body(JsonNode.class)
                        .answers(200, "as it is now", JsonNode.class, SCIM)
                        .answers(204, "done, for a group of which nothing was asked to be shown")
                        .answers(412, "it is not at the version of If-Match"),
                (asked, call) -> resources(asked, kind)
                        .patch(id(kind, call), call.json(), call.header("If-Match"), Projection.of(call.parameters())));
        handle(
                route(Verb.DELETE, one, "scimDelete" + word, "Deletes a resource.")
                        .command(kind == Kind.USER ? RemovePerson.class : RemoveGroup.class)
                        .answers(204, "gone")
                        .answers(412, "it is not at the version of If-Match"),
                (asked, call) -> resources(asked, kind).delete(id(kind, call), call.header("If-Match")));
    }

    private static String id(Kind kind, Call call) {
        return call.part(kind.word().toLowerCase(Locale.ROOT));
    }

    private void all() {
        handle(
                route(Verb.POST, "/.search", "scimSearch", "Users and groups, with the question in the body.")
                        .body(JsonNode.class)
                        .answers(200, "a list response", JsonNode.class, SCIM),
                (asked, call) -> Answer.of(everywhere(asked, Search.of(call.json()))));
        handle(
                route(Verb.POST, "/Bulk", "scimBulk", "Many operations in one request (RFC 7644, 3.7).")
                        .command(PutPerson.class)
                        .body(JsonNode.class)
                        .answers(200, "what became of each", JsonNode.class, SCIM),
                (asked, call) ->
                        Answer.of(Bulk.done(asked, List.of(new People(asked), new Teams(asked)), call.json())));
    }

    /** Whoever calls is the directory, which is no resource of itself. */
    private void me() {
        Map<Verb, String> words = Map.of(
                Verb.GET, "Get", Verb.POST, "Create", Verb.PUT, "Replace", Verb.PATCH, "Change", Verb.DELETE, "Delete");
        words.forEach((verb, word) -> handle(
                route(verb, "/Me", "scim" + word + "Me", "Not supported: a directory is none of its people.")
                        .answers(501, "always, as RFC 7644, 3.11 has it", JsonNode.class, SCIM),
                (asked, call) -> new Answer(
                        NOT_IMPLEMENTED,
                        Optional.of(Manner.error(
                                NOT_IMPLEMENTED, "/Me is not supported: a directory is none of its people.")),
                        Optional.empty(),
                        Optional.empty())));
    }

    /** Users, and then groups. */
    private static ObjectNode everywhere(Asked asked, Search search) {
        long total = 0;
        List<ObjectNode> shown = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            Search part = new Search(
                    search.filter(),
                    search.sortBy(),
                    search.descending(),
                    (int) Math.max(1, search.start() - total),
                    search.count() - shown.size(),
                    search.projection());
            ObjectNode found = part.in(kind, resources(asked, kind));
            total += found.get("totalResults").asLong();
            found.get("Resources").forEach(each -> shown.add((ObjectNode) each));
        }
        return search.message(shown, total);
    }
}
