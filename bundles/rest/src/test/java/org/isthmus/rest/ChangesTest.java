// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.LimitProblem;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.identity.Departments.ChangeDepartment;
import org.isthmus.api.image.Images.CreateImage;
import org.isthmus.api.image.Images.OfUrl;
import org.isthmus.api.location.Locations;
import org.isthmus.api.location.Locations.ChangeEndpoint;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.api.network.Networks.ChangeNetwork;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations.SetPolicy;
import org.isthmus.api.server.MoveBatches.MoveServers;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How changes travel: bodies to commands, outcomes to answers. */
final class ChangesTest {
    private static final String ORG = Client.BASE + "/organizations/demo";
    private static final String SERVER =
            """
            {"name":"web-1","network":"private","image":"debian","cpus":2,"memoryMiB":2048,"disks":[{"sizeGiB":10}]}""";

    @TempDir
    Path folder;

    private Client client;

    @BeforeEach
    void start() throws IOException {
        client = new Client(folder);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
    }

    @Test
    void aDeployBecomesItsCommandAndIsAnswered202WithTheOperation() {
        client.cloud.gate.takingTime.add(DeployServer.class);

        Client.Got got = client.post(ORG + "/servers", SERVER);

        assertEquals(202, got.status(), got.text());
        assertEquals("/api/v1/operations/opr_" + Samples.UUID, got.header("Location"));
        assertEquals("PENDING", got.json().get("state").asText());
        DeployServer command = client.cloud.gate.last(DeployServer.class);
        assertEquals("private", command.nics().get(0).network().text());
        assertEquals(List.of(10L), command.diskGiB());
        assertFalse(command.isProtected());
    }

    @Test
    void anImageHasOneSourceAndAnAddressIsASecretOne() {
        client.cloud.gate.takingTime.add(CreateImage.class);
        String image = "{\"name\":\"debian\",\"source\":{%s}}";
        String url = "\"url\":\"https://images.example.org/debian.qcow2?token=hush\"";

        Client.Got got = client.post(ORG + "/images", String.format(Locale.ROOT, image, url));

        assertEquals(202, got.status(), got.text());
        CreateImage command = client.cloud.gate.last(CreateImage.class);
        assertEquals(new OfUrl(new Secret("https://images.example.org/debian.qcow2?token=hush")), command.source());
        assertFalse(command.toString().contains("hush"), command::toString);
        for (String wrong : List.of(
                "", url + ",\"upload\":true", url + ",\"server\":\"web-1\"", url + ",\"running\":\"SNAPSHOT\"")) {
            assertEquals(
                    400,
                    client.post(ORG + "/images", String.format(Locale.ROOT, image, wrong))
                            .status(),
                    wrong);
        }
    }

    @Test
    void aCreateThatTakesNoTimeIsAnswered201WithItsAddressAndVersion() {
        Client.Got got = client.post(Client.BASE + "/locations", "{\"name\":\"here\",\"kind\":\"on-premises\"}");

        assertEquals(201, got.status(), got.text());
        assertEquals("/api/v1/locations/loc_" + Samples.UUID, got.header("Location"));
        assertEquals("\"100\"", got.header("ETag"));
        assertEquals(
                Locations.Kind.ON_PREMISES,
                client.cloud.gate.last(CreateLocation.class).kind());
    }

    @Test
    void whoWaitsGetsTheFinishedOperationWith200() {
        client.cloud.gate.takingTime.add(DeployServer.class);
        client.cloud.operationState = OperationState.FAILED;

        Client.Got got = client.post(ORG + "/servers", SERVER, "Prefer", "respond-async, wait=30");

        assertEquals(200, got.status(), got.text());
        assertEquals("FAILED", got.json().get("state").asText());
        assertEquals("wait=30", got.header("Preference-Applied"));
    }

    @Test
    void aDryRunShowsTheEstimateAndDoesNothing() {
        Client.Got got = client.post(ORG + "/servers?dryRun=true", SERVER);

        assertEquals(200, got.status(), got.text());
        assertTrue(got.json().get("allowed").asBoolean());
        assertEquals("0.04", got.json().at("/estimate/hourly/amount").asText());
        assertEquals("USD", got.json().at("/estimate/hourly/currency").asText());
        assertTrue(client.cloud.gate.commands.isEmpty());
    }

    @Test
    void aDryRunOfManyMovesShowsThePlanOfEachInPlaceOfTheGatesAnswer() {
        String moves = "{\"name\":\"wave-1\",\"location\":\"there\",\"moves\":["
                + "{\"server\":\"web-1\",\"name\":\"web-1b\",\"networks\":[\"front\"]}]}";

        Client.Got got = client.post(ORG + "/moves?dryRun=true", moves);

        assertEquals(200, got.status(), got.text());
        assertTrue(got.json().at("/moves/0/reasons").isArray(), got.text());
        assertTrue(client.cloud.gate.commands.isEmpty());

        client.cloud.gate.takingTime.add(MoveServers.class);
        assertEquals(202, client.post(ORG + "/moves", moves).status());
        MoveServers wish = client.cloud.gate.last(MoveServers.class);
        assertEquals("there", wish.moves().get(0).location().text());
        assertEquals(2, wish.concurrency());
        assertEquals(
                400,
                client.post(ORG + "/moves", moves.replace("\"location\":\"there\",", ""))
                        .status());
    }

    @Test
    void aRefusedDryRunOfManyMovesIsWrittenDownByTheGateAndNotOnceMore() {
        String path = Client.BASE + "/organizations/forbidden/moves?dryRun=true";
        client.cloud.gate.refusals.clear();

        Client.Got got = client.post(
                path,
                "{\"name\":\"wave-1\",\"location\":\"there\",\"moves\":["
                        + "{\"server\":\"web-1\",\"name\":\"web-1b\",\"networks\":[\"front\"]}]}");

        assertEquals(403, got.status(), got.text());
        assertTrue(client.cloud.gate.refusals.isEmpty());
    }

    @Test
    void theSameKeyAndBodyInAnotherOrderOfMembersGetsTheSameAnswer() {
        Client.Got first = client.post(
                Client.BASE + "/locations", "{\"name\":\"here\",\"kind\":\"cloud\"}", "Idempotency-Key", "k1");
        Client.Got again = client.post(
                Client.BASE + "/locations", "{ \"kind\":\"cloud\", \"name\":\"here\"}", "Idempotency-Key", "k1");

        assertEquals(201, again.status());
        assertEquals(first.text(), again.text());
        assertEquals(first.header("Location"), again.header("Location"));
        assertEquals("true", again.header("Idempotent-Replayed"));
        assertEquals(1, client.cloud.gate.commands.size());
    }

    @Test
    void theSameKeyWithAnotherBodyIsRefused() {
        client.post(Client.BASE + "/locations", "{\"name\":\"here\",\"kind\":\"cloud\"}", "Idempotency-Key", "k1");

        Client.Got got = client.post(
                Client.BASE + "/locations", "{\"name\":\"there\",\"kind\":\"cloud\"}", "Idempotency-Key", "k1");

        assertEquals(409, got.status());
        assertEquals("idempotency-key-reused", got.type());
    }

    @Test
    void aOneTimeSecretIsShownOnceAndNotReplayed() {
        String body = "{\"username\":\"ada\",\"email\":\"ada@example.org\"}";

        Client.Got first = client.post(ORG + "/users", body, "Idempotency-Key", "u1");
        Client.Got again = client.post(ORG + "/users", body, "Idempotency-Key", "u1");

        assertEquals("s3cret-shown-once", first.json().get("oneTimePassword").asText());
        assertFalse(again.text().contains("s3cret"), again.text());
        assertEquals(first.json().get("id"), again.json().get("id"));
    }

    @Test
    void aChangeNeedsTheVersionItIsBasedOn() {
        byte[] body = "{\"name\":\"other\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        String path = ORG + "/departments/web-1";

        assertEquals(428, client.send("PATCH", path, Optional.of(body)).status());
        assertEquals(
                428,
                client.send("PATCH", path, Optional.of(body), "If-Match", "*").status());
        assertEquals(
                412,
                client.send("PATCH", path, Optional.of(body), "If-Match", "abc").status());
        assertEquals(
                200,
                client.send("PATCH", path, Optional.of(body), "If-Match", "\"7\"")
                        .status());
        assertEquals(7, client.cloud.gate.last(ChangeDepartment.class).version());
    }

    @Test
    void aMergePatchTellsAbsentFromNull() {
        patch("/departments/web-1", "{\"parent\":null}");
        assertEquals(
                Optional.of(Optional.empty()),
                client.cloud.gate.last(ChangeDepartment.class).parent());

        patch("/departments/web-1", "{\"name\":\"x\"}");
        assertEquals(
                Optional.empty(), client.cloud.gate.last(ChangeDepartment.class).parent());

        patch("/departments/web-1", "{\"parent\":\"top\"}");
        assertEquals(
                Optional.of(Optional.of(new Ref("top"))),
                client.cloud.gate.last(ChangeDepartment.class).parent());
    }

    @Test
    void aMergePatchRefusesToRemoveWhatMustBeThere() {
        for (String field : List.of("name", "tags", "protected")) {
            Client.Got got = client.send(
                    "PATCH",
                    ORG + "/servers/web-1",
                    Optional.of(("{\"" + field + "\":null}").getBytes(StandardCharsets.UTF_8)),
                    "If-Match",
                    "\"1\"");

            assertEquals(400, got.status(), got.text());
            assertEquals("/" + field, got.pointer());
        }
        assertTrue(client.cloud.gate.commands.isEmpty());
    }

    @Test
    void aMergePatchOfTagsKeepsTheOthers() {
        patch("/networks/web-1", "{\"tags\":{\"colour\":\"red\"}}");
        assertEquals(
                Optional.of(Map.of("text", "text", "colour", "red")),
                client.cloud.gate.last(ChangeNetwork.class).tags());

        patch("/networks/web-1", "{\"tags\":{\"text\":null}}");
        assertEquals(
                Optional.of(Map.of()),
                client.cloud.gate.last(ChangeNetwork.class).tags());
    }

    private void patch(String path, String body) {
        Client.Got got = client.send(
                "PATCH",
                ORG + path,
                Optional.of(body.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                "If-Match",
                "\"1\"",
                "Content-Type",
                "application/merge-patch+json");
        assertEquals(200, got.status(), got.text());
    }

    @Test
    void aDeleteIsAnswered204OrWithItsOperation() {
        assertEquals(
                204,
                client.send("DELETE", ORG + "/servers/web-1", Optional.empty()).status());

        client.cloud.gate.takingTime.add(org.isthmus.api.server.Servers.DeleteServer.class);
        assertEquals(
                202,
                client.send("DELETE", ORG + "/servers/web-1", Optional.empty()).status());
        assertEquals(
                200,
                client.send("DELETE", ORG + "/servers/web-1", Optional.empty(), "Prefer", "wait=5")
                        .status());
    }

    @Test
    void anActionNeedsNoBodyButTakesOne() {
        assertEquals(
                200,
                client.send("POST", ORG + "/servers/web-1/stop", Optional.empty())
                        .status());
        assertFalse(client.cloud.gate.last(StopServer.class).force());

        assertEquals(
                200,
                client.post(ORG + "/servers/web-1/stop", "{\"force\":true}").status());
        assertTrue(client.cloud.gate.last(StopServer.class).force());

        assertEquals(
                400,
                client.post(ORG + "/servers/web-1/start", "{\"force\":true}").status());
    }

    @Test
    void settingsMayBeStructuresAndSecretsAreNeverShown() {
        Client.Got got = client.post(
                Client.BASE + "/locations/here/endpoints",
                """
                {"name":"fake","driver":"fake","settings":{"hosts":2,"faults":[{"on":"create","times":3}],"uri":"x"},
                 "secrets":{"password":"hunter2"}}""");

        assertEquals(201, got.status(), got.text());
        CreateEndpoint command = client.cloud.gate.last(CreateEndpoint.class);
        assertEquals("[{\"on\":\"create\",\"times\":3}]", command.settings().get("faults"));
        assertEquals("2", command.settings().get("hosts"));
        assertEquals(new Secret("hunter2"), command.secrets().get("password"));
        assertFalse(got.text().contains("hunter2"));
    }

    @Test
    void anEndpointsPatchRemovesWithNull() {
        client.send(
                "PATCH",
                Client.BASE + "/locations/here/endpoints/fake",
                Optional.of("{\"settings\":{\"a\":null},\"secrets\":{\"b\":null}}"
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                "If-Match",
                "\"1\"");

        ChangeEndpoint command = client.cloud.gate.last(ChangeEndpoint.class);
        assertEquals("", command.settings().get("a"));
        assertEquals("", command.secrets().get("b").reveal());
    }

    @Test
    void aPolicyIsReplacedWholeWithItsDefaults() {
        Client.Got got = client.send(
                "PUT",
                ORG + "/policy",
                Optional.of("{\"deploymentsPerDay\":5}".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                "If-Match",
                "\"3\"");

        assertEquals(200, got.status(), got.text());
        SetPolicy command = client.cloud.gate.last(SetPolicy.class);
        assertEquals(5, command.policy().deploymentsPerDay());
        assertEquals(java.time.Duration.ofHours(24), command.policy().deletionGrace());
        assertEquals("PT24H", got.json().get("deletionGrace").asText());
    }

    @Test
    void aRefusalOfTheGateIsAProblemWithAllItKnows() {
        client.cloud.gate.next = Optional.of(LimitProblem.EXCEEDED
                .because("The limit of 25 deployments a day is reached.")
                .with("left", 0)
                .with("subject", Map.of("kind", "user")));

        Client.Got got = client.post(ORG + "/servers", SERVER);

        assertEquals(409, got.status());
        assertEquals("application/problem+json", got.header("Content-Type"));
        JsonNode problem = got.json();
        assertEquals("/api/v1/problems/limit-exceeded", problem.get("type").asText());
        assertEquals(0, problem.get("left").asInt());
        assertEquals("user", problem.at("/subject/kind").asText());
        assertTrue(client.cloud.gate.refusals.isEmpty(), "the gate audits its own refusals");
    }

    @Test
    void thePolicyIsShownWithItsOrganizationToThoseOnlyWhoMayReadIt() {
        String[] member = {"Authorization", "Bearer " + FakeCloud.MEMBER};

        assertTrue(client.get(ORG).json().has("policy"));
        assertTrue(
                client.get(Client.BASE + "/organizations").json().at("/items/0").has("policy"));
        Client.Got one = client.get(ORG, member);
        Client.Got all = client.get(Client.BASE + "/organizations", member);

        assertEquals(200, one.status());
        assertTrue(one.json().has("displayName"), one.text());
        assertFalse(one.json().has("policy"), one.text());
        assertFalse(all.json().at("/items/0").has("policy"), all.text());
        assertEquals(403, client.get(ORG + "/policy", member).status());
    }

    @Test
    void whatIsAgainstPoliciesIsToldInFieldsAllAtOnce() {
        OrganizationView organization = Samples.of(OrganizationView.class);
        List<Violation> violations = List.of(
                Violation.of(organization, "allowedLocations", "/location", "nothing may be made there."),
                Violation.of(organization, "requiredTags", "/tags", "every server carries the tag owner."));
        client.cloud.gate.next = Optional.of(assertThrows(ProblemException.class, () -> Plan.refuse(violations)));

        Client.Got got = client.post(ORG + "/servers", SERVER);

        assertEquals(422, got.status());
        JsonNode problem = got.json();
        assertEquals("/api/v1/problems/against-policy", problem.get("type").asText());
        assertEquals(2, problem.get("errors").size());
        JsonNode second = problem.at("/errors/1");
        String owner = organization.name().value();
        assertEquals("/tags", second.get("pointer").asText());
        assertEquals("requiredTags", second.get("policy").asText());
        assertEquals(owner, second.get("owner").asText());
        assertEquals("policy.set", second.at("/changeableBy/action").asText());
        assertEquals(owner, second.at("/changeableBy/organization").asText());
        assertEquals(
                "requiredTags of " + owner + ": every server carries the tag owner. Who has policy.set in " + owner
                        + " can change that.",
                second.get("detail").asText());
    }

    @Test
    void whoDoesNotComeByTheVpnMayOnlyLogInAndOutAndNoHeaderChangesThat() {
        client.cloud.tunnel = Optional.of("10.99.0.7");

        Client.Got read = client.get(ORG + "/servers", "X-Forwarded-For", "10.99.0.7", "Forwarded", "for=10.99.0.7");
        Client.Got made = client.post(ORG + "/servers", SERVER, "X-Forwarded-For", "10.99.0.7");
        Client.Got token =
                client.post(ORG + "/tokens", "{\"name\":\"way-around\",\"expiresAt\":\"2030-01-01T00:00:00Z\"}");
        Client.Got proof = client.post(Client.BASE + "/sessions/current/step-up", "{\"totp\":\"123456\"}");

        for (Client.Got each : List.of(read, made, token)) {
            assertEquals(403, each.status(), each.text());
            assertEquals("/api/v1/problems/vpn-needed", each.json().get("type").asText());
            assertEquals("requireVpnForApi", each.json().at("/errors/0/policy").asText());
        }
        assertEquals(200, proof.status(), proof.text());
        assertEquals(3, client.cloud.gate.refusals.size(), client.cloud.gate.refusals.toString());
        assertEquals(
                204,
                client.send("DELETE", Client.BASE + "/sessions/current", Optional.empty())
                        .status());
    }

    @Test
    void whoComesByTheVpnMayAllThatTheyMayOtherwise() {
        client.cloud.tunnel = Optional.of("127.0.0.1");

        assertEquals(200, client.get(ORG + "/servers").status());
    }

    @Test
    void whatWaitsForASecondPersonIsAnswered202AtOnceWithItsOperationAndReplayed() {
        client.cloud.gate.secondPerson = true;

        Client.Got got =
                client.post(ORG + "/servers", SERVER, "Prefer", "wait=60", "Idempotency-Key", "a-second-person");
        Client.Got again = client.post(ORG + "/servers", SERVER, "Idempotency-Key", "a-second-person");
        Client.Got quick = client.post(ORG + "/departments", "{\"name\":\"sales\"}");
        client.cloud.gate.secondPerson = false;

        for (Client.Got each : List.of(got, again, quick)) {
            assertEquals(202, each.status(), each.text());
            assertEquals("WAITING_APPROVAL", each.json().get("state").asText());
            assertEquals("/api/v1/operations/opr_" + Samples.UUID, each.header("Location"));
        }
    }

    @Test
    void whatIsAwayIsAnswered503WithRetryAfter() {
        client.cloud.gate.next =
                Optional.of(Problem.UNAVAILABLE.retryAfter(java.time.Duration.ofSeconds(2), "The audit log is away."));

        Client.Got got = client.post(ORG + "/servers", SERVER);

        assertEquals(503, got.status());
        assertEquals("2", got.header("Retry-After"));
    }

    @Test
    void whatBreaksIsAnswered500WithNothingButTheRequestId() {
        client.cloud.gate.next = Optional.of(new IllegalStateException("secret detail of the inside"));

        Client.Got got = client.post(ORG + "/servers", SERVER);

        assertEquals(500, got.status());
        assertFalse(got.text().contains("secret detail"), got.text());
        assertEquals(got.header("X-Request-Id"), got.json().get("requestId").asText());
    }
}
