// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.api.Action;
import org.isthmus.api.ProblemType;
import org.isthmus.api.gate.Command;
import org.isthmus.api.identity.AccessReviews;
import org.isthmus.api.identity.Provisioning;
import org.isthmus.api.identity.Syncs;
import org.isthmus.api.location.DriverUpdates;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Problems;
import org.isthmus.rest.http.Route;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is published is what is served, and every change is a command. */
final class ContractTest {
    @TempDir
    static Path folder;

    private static Client client;
    private static JsonNode document;
    private static SchemaCheck schemas;

    @BeforeAll
    static void start() throws IOException {
        client = new Client(folder);
        document = client.get(Client.BASE + "/openapi.json").json();
        schemas = new SchemaCheck(document);
    }

    @AfterAll
    static void stop() throws IOException {
        client.close();
    }

    @Test
    void theDocumentIsValidOpenApi() {
        ParseOptions options = new ParseOptions();
        options.setResolve(true);
        SwaggerParseResult result = new OpenAPIV3Parser().readContents(document.toString(), List.of(), options);

        assertEquals(List.of(), result.getMessages());
        assertNotNull(result.getOpenAPI());
        assertTrue(result.getOpenAPI().getPaths().size() > 40);
    }

    @Test
    void everyServedRouteIsPublishedAndNothingElse() {
        Set<String> served = new TreeSet<>();
        client.server
                .api()
                .routes()
                .forEach(route -> served.add(route.verb() + " " + route.path().text()));
        Set<String> published = new TreeSet<>();
        document.get("paths").properties().forEach(path -> path.getValue()
                .fieldNames()
                .forEachRemaining(verb -> published.add(verb.toUpperCase(Locale.ROOT) + " " + path.getKey())));

        assertEquals(served, published);
    }

    @Test
    void everyPublishedOperationIsServedAndAnswersAsPublishedAndEveryChangeIsItsCommand() {
        List<String> wrong = new ArrayList<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(verb -> {
                    String id = verb.getValue().get("operationId").asText();
                    // a stream does not end, and SCIM is for directories only: ScimTest walks it
                    if (!id.equals("streamEvents") && !id.startsWith("scim")) {
                        for (Optional<String> given : ways(verb.getValue())) {
                            walk(path.getKey(), verb.getKey().toUpperCase(Locale.ROOT), verb.getValue(), given)
                                    .ifPresent(wrong::add);
                        }
                    }
                }));

        assertEquals("", String.join("\n", wrong));
    }

    /** The plain way, and one for each member that makes it need another action. */
    private static List<Optional<String>> ways(JsonNode operation) {
        List<Optional<String>> ways = new ArrayList<>(List.of(Optional.empty()));
        operation
                .path("x-isthmus-action-when-given")
                .fieldNames()
                .forEachRemaining(member -> ways.add(Optional.of(member)));
        return ways;
    }

    private Optional<String> walk(String path, String verb, JsonNode operation, Optional<String> given) {
        String id = operation.get("operationId").asText();
        StringBuilder query = new StringBuilder();
        List<String> headers = new ArrayList<>(List.of("If-Match", "\"100\""));
        String target = path;
        for (JsonNode parameter : operation.path("parameters")) {
            String name = parameter.get("name").asText();
            String in = parameter.get("in").asText();
            if (in.equals("path")) {
                target = target.replace("{" + name + "}", part(name));
            } else if (in.equals("query")
                    && (parameter.get("required").asBoolean() || given.equals(Optional.of(name)))) {
                query.append(query.isEmpty() ? "?" : "&")
                        .append(name)
                        .append('=')
                        .append(queryValue(parameter));
            }
        }
        Optional<byte[]> body = Optional.empty();
        JsonNode content = operation.at("/requestBody/content");
        if (content.has("application/octet-stream")) {
            headers.addAll(List.of("Content-Range", "bytes 0-3/10", "Content-Type", "application/octet-stream"));
            body = Optional.of("abcd".getBytes(StandardCharsets.US_ASCII));
        } else if (content.has("application/x-www-form-urlencoded")) {
            headers.addAll(List.of("Content-Type", "application/x-www-form-urlencoded"));
            body = Optional.of("logout_token=right".getBytes(StandardCharsets.US_ASCII));
        } else if (content.has("application/json")) {
            JsonNode sample = schemas.sample(content.at("/application~1json/schema"));
            ObjectNode wish = told(id, (ObjectNode) sample);
            operation.path("x-isthmus-action-when-given").fieldNames().forEachRemaining(member -> {
                if (!given.equals(Optional.of(member))) {
                    wish.remove(member);
                }
            });
            body = Optional.of(wish.toString().getBytes(StandardCharsets.UTF_8));
        }
        // a session of its own, so that the logout on the way ends no other
        headers.addAll(
                List.of("Authorization", "Bearer " + (id.equals("logOut") ? FakeCloud.MEMBER : FakeCloud.ADMIN)));
        client.cloud.gate.commands.clear();
        Client.Got got = client.send(verb, target + query, body, headers.toArray(new String[0]));
        return judged(id + " " + verb + " " + target + query, got, operation)
                .or(() -> commanded(id, verb, operation, given));
    }

    /** A change reached the gate as its route's command, and needs the action that is published. */
    private static Optional<String> commanded(String id, String verb, JsonNode operation, Optional<String> given) {
        // a login is no change of anything yet, a logout only forgets, and the image store takes bytes
        if (verb.equals("GET")
                || Set.of("logIn", "logOut", "uploadImage", "logOutByProvider").contains(id)) {
            return Optional.empty();
        }
        List<Command<?>> commands = client.cloud.gate.commands;
        if (commands.size() != 1) {
            return Optional.of(id + " came to the gate as " + commands);
        }
        Command<?> command = commands.get(0);
        Route route = client.server.api().routes().stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .orElseThrow();
        JsonNode needed = given.map(
                        member -> operation.path("x-isthmus-action-when-given").path(member))
                .orElse(operation.path("x-isthmus-action"));
        boolean right = route.command().equals(Optional.of(command.getClass()))
                && needed.asText().equals(command.action().key());
        return right ? Optional.empty() : Optional.of(id + " became " + command);
    }

    /** What no schema can say: which members exclude each other, which value only one user knows. */
    private static ObjectNode told(String id, ObjectNode sample) {
        if (id.equals("deployServer")) {
            sample.remove("nics");
        }
        if (id.equals("createImage")) {
            sample.putObject("source").put("upload", true);
        }
        if (id.equals("logIn")) {
            sample.put("password", "right");
        }
        return sample;
    }

    private static String part(String name) {
        return switch (name) {
            case "operation" -> "opr_" + Samples.UUID;
            case "breakGlass" -> "brk_" + Samples.UUID;
            case "review" -> "rev_" + Samples.UUID;
            case "approval" -> "apr_" + Samples.UUID;
            case "grant" -> "grt_" + Samples.UUID;
            case "session" -> "ses_" + Samples.UUID;
            case "index" -> "3";
            case "problem" -> "not-found";
            default -> "web-1";
        };
    }

    private String queryValue(JsonNode parameter) {
        JsonNode schema = parameter.get("schema");
        return schema.get("type").asText().equals("integer") ? "1" : schemas.text(schema);
    }

    private Optional<String> judged(String what, Client.Got got, JsonNode operation) {
        JsonNode response = operation.at("/responses/" + got.status());
        boolean upgrade = what.startsWith("useConsole") && got.status() == 426;
        if (response.isMissingNode() || (got.status() >= 400 && !upgrade)) {
            return Optional.of(what + " answered " + got.status() + " " + got.text());
        }
        if (got.status() >= 400 || !response.has("content")) {
            return Optional.empty();
        }
        String type = got.header("Content-Type").split(";")[0];
        JsonNode media = response.get("content").get(type);
        if (media == null) {
            return Optional.of(what + " answered as " + type + ", which is not published");
        }
        if (!type.equals("application/json")) {
            return Optional.empty();
        }
        List<String> wrong = schemas.wrong(got.json(), media.get("schema"));
        return wrong.isEmpty() ? Optional.empty() : Optional.of(what + " " + wrong);
    }

    /** What the operator's shell alone has: it reads an address of this one controller's and runs the code there. */
    private static final Set<String> IN_THE_SHELL_ONLY = Set.of(DriverUpdates.UpdateDriver.class.getName());

    @Test
    void everyCommandOfTheApiHasARouteUnlessItIsForTheShellOnly() throws Exception {
        Set<String> routed = new TreeSet<>();
        client.server.api().routes().forEach(route -> route.command().ifPresent(type -> routed.add(type.getName())));
        Set<String> there = new TreeSet<>();
        for (Class<?> type : apiClasses()) {
            if (Command.class.isAssignableFrom(type) && type.isRecord()) {
                there.add(type.getName());
            }
        }

        assertTrue(there.removeAll(IN_THE_SHELL_ONLY), there::toString);
        // of directories that say it at a login, or whose lists are looked at
        assertTrue(there.remove(Provisioning.SetGroupsOf.class.getName()), there::toString);
        assertTrue(there.remove(Syncs.EndSync.class.getName()), there::toString);
        // asked by the clock
        assertTrue(there.remove(AccessReviews.TellOverdue.class.getName()), there::toString);
        assertEquals(there, routed);
    }

    /** Everything else needs an action: an operation that names none does not come into the product by oversight. */
    @Test
    void onlyTheseAreForAnybodyOrForWhoeverIsLoggedIn() {
        Set<String> anybody = Set.of(
                "getHealth",
                "getReadiness",
                "listProblems",
                "getProblem",
                "getOpenApi",
                "logIn",
                // nobody is logged in yet, or is not the one who asks
                "listSignOn",
                "beginSignOn",
                "finishSignOn",
                "logOutByProvider",
                // its ticket is the right to it
                "useConsole");
        Set<String> loggedIn = Set.of("getSession", "logOut", "listLocations", "getLocation");

        assertEquals(anybody, without(Guard.OPEN));
        assertEquals(loggedIn, without(Guard.LOGGED_IN));
        assertTrue(client.server.api().routes().stream()
                .map(Route::guard)
                .allMatch(guard -> guard.action().isEmpty() || guard.login()));
    }

    private static Set<String> without(Guard guard) {
        return client.server.api().routes().stream()
                .filter(route -> route.guard().equals(guard))
                .map(Route::id)
                .collect(Collectors.toSet());
    }

    @Test
    void whatIsOnesOwnUnlessSomebodyElseIsNamedSaysWhichActionThatNeeds() {
        Map<String, Map<String, Action>> found = new java.util.TreeMap<>();
        client.server.api().routes().stream()
                .filter(route -> !route.guard().whenGiven().isEmpty())
                .forEach(route -> found.put(route.id(), route.guard().whenGiven()));

        assertEquals(
                Map.of(
                        "listTokens", Map.of("user", Action.USER_READ),
                        "createToken", Map.of("user", Action.USER_CHANGE),
                        "deleteToken", Map.of("user", Action.USER_CHANGE),
                        "removeTotp", Map.of("totp", Action.OWN_ACCOUNT),
                        "listSessions", Map.of("user", Action.USER_READ),
                        "endSession", Map.of("user", Action.USER_CHANGE)),
                found);
        client.server.api().routes().stream()
                .filter(route -> route.guard().action().equals(Optional.of(Action.OWN_ACCOUNT)))
                .filter(route -> route.parameters().stream()
                        .anyMatch(parameter -> parameter.name().equals("user")))
                .forEach(route -> assertTrue(route.guard().whenGiven().containsKey("user"), route.id()));
    }

    @Test
    void everyActionIsNeededBySomeRoute() {
        Set<Action> needed = new TreeSet<>();
        client.server.api().routes().forEach(route -> route.guard().action().ifPresent(needed::add));
        Set<Action> unused = new TreeSet<>(Arrays.asList(Action.values()));
        unused.removeAll(needed);
        // of a command in the shell only
        assertTrue(unused.remove(Action.DRIVER_UPDATE));
        // the policy exposureAllowed is about it, and comes before what it is about
        assertTrue(unused.remove(Action.NETWORK_EXPOSE));

        assertEquals(Set.of(), unused);
    }

    @Test
    void everyProblemTypeOfTheApiIsInTheCatalogueOnce() throws Exception {
        Map<String, ProblemType> bySlug = new LinkedHashMap<>();
        Problems.types().forEach(type -> assertEquals(null, bySlug.put(type.slug(), type), type.slug()));
        for (Class<?> type : apiClasses()) {
            if (ProblemType.class.isAssignableFrom(type) && type.isEnum()) {
                for (Object constant : type.getEnumConstants()) {
                    assertTrue(bySlug.containsValue(constant), constant + " of " + type);
                }
            }
        }
        JsonNode entry = client.get(Client.BASE + "/problems/stale").json();
        assertEquals(412, entry.get("status").asInt());
        assertFalse(entry.get("help").asText().isBlank());
    }

    @Test
    void aRefusalBeforeThereIsACommandDoesNotSayWhetherTheThingIsThere() {
        Client.Got nowhere = client.get(Client.BASE + "/organizations/missing/servers");
        Client.Got weird = client.get(Client.BASE + "/operations/weird");

        assertEquals(404, nowhere.status());
        assertEquals(404, weird.status());
        assertEquals(nowhere.json().get("type"), weird.json().get("type"));
    }

    private static List<Class<?>> apiClasses() throws Exception {
        Path place = Path.of(Command.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<String> names;
        if (Files.isDirectory(place)) {
            try (Stream<Path> files = Files.walk(place)) {
                names = files.map(file -> place.relativize(file).toString()).toList();
            }
        } else {
            try (JarFile jar = new JarFile(place.toFile())) {
                names = jar.stream().map(java.util.jar.JarEntry::getName).toList();
            }
        }
        List<Class<?>> classes = new ArrayList<>();
        for (String name : names) {
            String dotted = name.replace(File.separatorChar, '/');
            if (dotted.endsWith(".class")
                    && dotted.startsWith("org/isthmus/api/")
                    && !dotted.contains("package-info")) {
                classes.add(Class.forName(
                        dotted.substring(0, dotted.length() - ".class".length()).replace('/', '.')));
            }
        }
        return classes;
    }
}
