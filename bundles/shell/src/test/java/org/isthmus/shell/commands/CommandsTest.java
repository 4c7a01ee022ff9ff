// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.audit.AuditTrail;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.BreakGlass;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users;
import org.isthmus.api.image.Images.CreateImage;
import org.isthmus.api.image.Images.ExportFormat;
import org.isthmus.api.image.Images.ExportImage;
import org.isthmus.api.image.Images.OfUrl;
import org.isthmus.api.limit.LimitList.CreateLimit;
import org.isthmus.api.location.Locations;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.server.ServerView.NicView;
import org.isthmus.api.server.Servers;
import org.isthmus.api.ssh.SshCertificates.Forwarding;
import org.isthmus.api.ssh.SshCertificates.IssueSshCertificate;
import org.isthmus.api.status.Part;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.BreakGlassId;
import org.isthmus.model.Money;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.isthmus.shell.Services;
import org.isthmus.shell.fake.FakeCloud;
import org.isthmus.shell.fake.Typist;
import org.isthmus.shell.login.LoggedIn;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CommandsTest {
    private final FakeCloud cloud = new FakeCloud();
    private final Services services = cloud.services();
    private final Typist typist = new Typist(services);

    @TempDir
    private Path folder;

    @Test
    void aListIsATableOfAllItsPagesOrJsonWithEverything() throws Exception {
        for (String name : List.of("front", "back", "deep")) {
            cloud.networks.all.add(cloud.network(name));
        }

        String table = typist.type(NetworkCommands.ListNetworks.class);
        JsonNode json = json(typist.type(NetworkCommands.ListNetworks.class, "--json"));

        assertTrue(table.startsWith("NAME   STATE   CIDR"), table);
        assertEquals(4, table.lines().count(), table);
        assertEquals(3, json.get("items").size());
        assertEquals("10.1.0.0/24", json.at("/items/2/cidr").asText());
        assertEquals("0.2", json.at("/items/2/estimate/hourly/amount").asText());
        assertFalse(json.has("next"));
    }

    @Test
    void whatAGuestSaysOfItsAddressesIsShownBesideWhatItWasGiven() throws Exception {
        NicView one = new NicView(
                cloud.ids.nic(),
                cloud.ids.network(),
                "02:00:00:00:00:07",
                "10.1.0.7",
                List.of("198.51.100.7", "2001:db8::7"));
        NicView other = new NicView(cloud.ids.nic(), cloud.ids.network(), "02:00:00:00:00:08", "10.2.0.7", List.of());
        cloud.servers.all.add(cloud.server("web-1", one, other));

        String table = typist.type(ServerPartCommands.ListNics.class, "web-1");
        String sheet = typist.type(ServerCommands.ShowServer.class, "web-1");

        assertTrue(table.lines().findFirst().orElseThrow().endsWith("ADDRESS   GUEST ADDRESSES"), table);
        assertTrue(table.contains("02:00:00:00:00:07  10.1.0.7  198.51.100.7, 2001:db8::7\n"), table);
        assertTrue(sheet.contains("10.1.0.7, 10.2.0.7\n"), sheet);
        assertTrue(
                sheet.lines().anyMatch(line -> line.matches("nics\\[0]\\.guestAddresses +198.51.100.7, 2001:db8::7")),
                sheet);
    }

    @Test
    void aLimitIsSetInTheCurrencyOfThePriceBook() throws Exception {
        typist.type(
                MoneyCommands.NewLimit.class,
                "--department",
                "web",
                "--monthly",
                "99.50",
                "--deployments-per-day",
                "3",
                "--dry-run");

        assertEquals(
                new CreateLimit(
                        Ref.of(cloud.platform.id()),
                        new Subject("department", "web"),
                        Optional.of(Money.usd("99.50")),
                        Optional.empty(),
                        Optional.of(3)),
                cloud.gate.submitted.get(0).command());
        String wrong = typist.fail(MoneyCommands.NewLimit.class, "--user", "ada", "--monthly", "much");
        assertTrue(wrong.contains("An amount is written as 99.50, not much."), wrong);
        String nothing = typist.fail(MoneyCommands.NewLimit.class, "--user", "ada");
        assertTrue(nothing.contains("A limit has monthly, hourlyRate or deploymentsPerDay"), nothing);
    }

    @Test
    void anImageIsFetchedFromAnAddressOrMadeOfAServerAndNotBoth() throws Exception {
        typist.type(
                ImageCommands.NewImage.class,
                "--url",
                "https://images.example.org/debian.qcow2",
                "--dry-run",
                "debian");

        CreateImage wish = (CreateImage) cloud.gate.submitted.get(0).command();
        assertEquals(new OfUrl(new Secret("https://images.example.org/debian.qcow2")), wish.source());
        String wrong = typist.fail(ImageCommands.NewImage.class, "--url", "https://a/", "--server", "web-1", "debian");
        assertTrue(wrong.contains("Say one source: --url or --server."), wrong);
    }

    @Test
    void anImageIsMadeReadyToBeTakenAway() throws Exception {
        typist.type(ImageCommands.ExportAnImage.class, "--dry-run", "debian");

        assertEquals(
                new ExportImage(Ref.of(cloud.platform.id()), new Ref("debian"), ExportFormat.OVA),
                cloud.gate.submitted.get(0).command());
    }

    @Test
    void aCertificateIsAskedForInWords() throws Exception {
        typist.type(
                SshCommands.Issue.class,
                "--valid-for",
                "PT10M",
                "--forwarding",
                "ports,X11",
                "--sources",
                "10.1.0.0/24,192.0.2.7/32",
                "--dry-run",
                "web-1",
                "ssh-ed25519 AAAA ann");

        assertEquals(
                new IssueSshCertificate(
                        Ref.of(cloud.platform.id()),
                        new Ref("web-1"),
                        "ssh-ed25519 AAAA ann",
                        Optional.of(Duration.ofMinutes(10)),
                        Set.of(Forwarding.PORTS, Forwarding.X11),
                        List.of(Cidr.of("10.1.0.0/24"), Cidr.of("192.0.2.7/32")),
                        Optional.empty()),
                cloud.gate.submitted.get(0).command());
    }

    @Test
    void aListSaysWhenThereIsMoreAndPassesFiltersOn() throws Exception {
        for (String name : List.of("front", "back", "deep")) {
            cloud.networks.all.add(cloud.network(name));
        }

        String table = typist.type(
                NetworkCommands.ListNetworks.class, "--limit", "2", "--filter", "state=ACTIVE", "--filter", "tag=a:b");

        assertTrue(table.contains("There are more"), table);
        assertEquals(
                Map.of("state", "ACTIVE"), cloud.networks.asked.orElseThrow().equal());
        assertEquals(Optional.of("a:b"), cloud.networks.asked.orElseThrow().tag());
        assertTrue(
                typist.fail(NetworkCommands.ListNetworks.class, "--limit", "0").contains("--limit is 1 to"));
        assertTrue(typist.fail(NetworkCommands.ListNetworks.class, "--filter", "state")
                .contains("name=value"));
    }

    @Test
    void theOrganizationIsTheOneSaidElseTheSessionsElseOnesOwn() throws Exception {
        typist.type(NetworkCommands.ListNetworks.class);
        assertEquals(Optional.of(Ref.of(cloud.platform.id())), cloud.networks.in);

        typist.session.put("ISTHMUS_ORGANIZATION", "acme");
        typist.type(NetworkCommands.ListNetworks.class);
        assertEquals(Optional.of(new Ref("acme")), cloud.networks.in);

        typist.type(NetworkCommands.ListNetworks.class, "-o", "other");
        assertEquals(Optional.of(new Ref("other")), cloud.networks.in);
    }

    @Test
    void aChangePassesTheGateAsTheOperatorWhoTypedItWithItsAddress() throws Exception {
        typist.as(LoggedIn.byPassword(services, "olga@platform", FakeCloud.PASSWORD, "/192.0.2.7:40022"));

        typist.type(
                NetworkCommands.NewNetwork.class,
                "-o",
                "acme",
                "--tag",
                "a=b=c",
                "--no-dns",
                "n1",
                "berlin",
                "10.9.0.0/16");

        Gate submitted = cloud.gate;
        assertEquals(1, ((FakeCloud.FakeGate) submitted).submitted.size());
        FakeCloud.FakeGate.Submitted one = cloud.gate.submitted.get(0);
        assertEquals(
                new CreateNetwork(
                        new Ref("acme"),
                        new Name("n1"),
                        new Ref("berlin"),
                        Cidr.of("10.9.0.0/16"),
                        false,
                        false,
                        Map.of("a", "b=c")),
                one.command());
        assertEquals("olga@platform", one.caller().username());
        assertEquals("192.0.2.7", one.caller().address());
        assertEquals(Caller.Door.SHELL, one.caller().door());
        assertFalse(one.dryRun());
    }

    @Test
    void aDryRunShowsTheEstimateAndChangesNothing() throws Exception {
        String words = typist.type(NetworkCommands.NewNetwork.class, "--dry-run", "n1", "berlin", "10.9.0.0/16");
        JsonNode json = json(
                typist.type(NetworkCommands.NewNetwork.class, "--dry-run", "--json", "n1", "berlin", "10.9.0.0/16"));

        assertTrue(words.contains("0.2 USD an hour, 146 USD a month"), words);
        assertTrue(json.get("allowed").asBoolean());
        assertEquals("network", json.at("/estimate/items/0/item").asText());
        assertTrue(cloud.gate.submitted.stream().allMatch(FakeCloud.FakeGate.Submitted::dryRun));
        assertTrue(cloud.networks.all.isEmpty());
    }

    @Test
    void waitingTellsHowFarItIsAndJsonHasTheEndInOneDocument() throws Exception {
        String words = typist.type(NetworkCommands.NewNetwork.class, "--wait", "n1", "berlin", "10.9.0.0/16");
        JsonNode json =
                json(typist.type(NetworkCommands.NewNetwork.class, "--wait", "--json", "n2", "berlin", "10.9.0.0/16"));

        assertTrue(words.contains("PENDING ENSURE 0 %\nRUNNING ENSURE 50 %\nSUCCEEDED ENSURE 100 %\n"), words);
        assertEquals("SUCCEEDED", json.at("/operation/state").asText());
        assertEquals("n2", json.at("/result/name").asText());
    }

    @Test
    void waitingForWhatFailsFailsWithTheReason() throws Exception {
        OperationView begun = cloud.operation(OperationState.RUNNING, 10);
        cloud.operations.known.put(begun.id(), begun);
        cloud.operations.next.add(OperationState.FAILED);

        String refusal = typist.fail(OperationCommands.WaitFor.class, begun.id().value());

        assertTrue(refusal.contains("ended FAILED: no host has room"), refusal);
    }

    @Test
    void waitingNoLongerThanSaidFailsAndSaysThatItGoesOn() throws Exception {
        OperationView begun = cloud.operation(OperationState.RUNNING, 10);
        cloud.operations.known.put(begun.id(), begun);

        String refusal = typist.fail(
                OperationCommands.WaitFor.class, "--timeout", "PT5S", begun.id().value());

        assertTrue(refusal.contains("has not ended yet; it goes on"), refusal);
    }

    @Test
    void aRefusalSaysWhatHappenedAndWhatToDoToPeopleAndIsAProblemForScripts() throws Exception {
        cloud.gate.refuse(Problem.FORBIDDEN
                .because("You lack the action %s in %s.", "network.create", "acme")
                .with("action", "network.create"));

        String words = typist.fail(NetworkCommands.NewNetwork.class, "n1", "berlin", "10.9.0.0/16");
        JsonNode json = json(typist.fail(NetworkCommands.NewNetwork.class, "--json", "n1", "berlin", "10.9.0.0/16"));

        assertTrue(words.startsWith("Error: You lack the action network.create in acme."), words);
        assertTrue(words.contains(Problem.FORBIDDEN.help()), words);
        assertEquals("forbidden", json.get("type").asText());
        assertEquals(403, json.get("status").asInt());
        assertEquals("network.create", json.get("action").asText());
    }

    @Test
    void whatWaitsForASecondPersonIsSaidWithWhyAndWhereToLook() throws Exception {
        cloud.gate.secondPerson = true;

        String words = typist.type(NetworkCommands.NewNetwork.class, "n1", "berlin", "10.9.0.0/16");
        JsonNode json = json(typist.type(NetworkCommands.NewNetwork.class, "--json", "n1", "berlin", "10.9.0.0/16"));

        assertTrue(words.startsWith("A second person must approve it: It costs too much."), words);
        assertTrue(words.contains("isthmus:approval-list"), words);
        assertEquals("WAITING_APPROVAL", json.at("/operation/state").asText());
        assertEquals("It costs too much.", json.at("/approval/0").asText());
    }

    @Test
    void whatCannotBeIsRefusedBeforeTheGate() throws Exception {
        assertTrue(typist.fail(NetworkCommands.NewNetwork.class, "n1", "berlin", "11.0.0.0/16")
                .contains("10.0.0.0/8"));
        assertTrue(typist.fail(NetworkCommands.NewNetwork.class, "N 1", "berlin", "10.0.0.0/16")
                .contains("lower-case"));
        assertTrue(typist.fail(
                        NetworkCommands.NewNetwork.class, "--wait", "--timeout", "soon", "n1", "berlin", "10.0.0.0/16")
                .startsWith("Error: "));

        assertTrue(cloud.gate.submitted.isEmpty());
    }

    @Test
    void aNameWithEscapeSequencesIsHarmlessInATerminal() throws Exception {
        cloud.gate.refuse(Problem.CONFLICT.because("\u001B[2JAll is well\u202E"));

        String words = typist.fail(NetworkCommands.NewNetwork.class, "n1", "berlin", "10.9.0.0/16");

        assertFalse(words.contains("\u001B"), words);
        assertFalse(words.contains("\u202E"), words);
    }

    @Test
    void aOneTimePasswordIsShownWithTheNewAdministrator() throws Exception {
        Users.UserCreated admin =
                new Users.UserCreated(cloud.users.user(UserView.State.ACTIVE), Optional.of(new Secret("s3cret-once")));
        cloud.gate.answer(
                Organizations.CreateOrganization.class,
                new Gate.Outcome.Accepted<>(
                        new Organizations.OrganizationCreated(cloud.acme, Optional.of(admin)), Optional.empty()));

        String words = typist.type(
                OrganizationCommands.NewOrganization.class,
                "--administrator",
                "olga",
                "--email",
                "olga@example.org",
                "acme");
        JsonNode json = json(typist.type(OrganizationCommands.NewOrganization.class, "--json", "acme"));

        assertTrue(words.contains("s3cret-once"), words);
        assertEquals(
                "s3cret-once", json.at("/result/administrator/oneTimePassword").asText());
        assertTrue(typist.fail(OrganizationCommands.NewOrganization.class, "--email", "a@b.c", "acme")
                .contains("belong together"));
    }

    @Test
    void disablingAUserNamesTheVersionThatWasSeen() throws Exception {
        cloud.gate.answer(
                Users.ChangeUser.class,
                new Gate.Outcome.Accepted<>(cloud.users.user(UserView.State.DISABLED), Optional.empty()));

        String words = typist.type(UserCommands.DisableUser.class, "olga");

        Users.ChangeUser change = (Users.ChangeUser) cloud.gate.submitted.get(0).command();
        assertEquals(7, change.version());
        assertEquals(Optional.of(UserView.State.DISABLED), change.state());
        assertTrue(words.contains("DISABLED"), words);
    }

    @Test
    void aSecretSettingIsAskedForOrReadFromAFileAndNeverTypedInTheOpen() throws Exception {
        cloud.gate.answer(
                Locations.CreateEndpoint.class,
                new Gate.Outcome.Accepted<>(cloud.locations.endpoint("e1"), Optional.empty()));
        Path file = Files.writeString(folder.resolve("password"), "from a file\n");

        String open =
                typist.fail(EndpointCommands.NewEndpoint.class, "berlin", "e1", "sample", "uri=x", "password=hunter2");
        typist.session.answers.add("asked for");
        typist.type(EndpointCommands.NewEndpoint.class, "--secret", "password", "berlin", "e1", "sample", "uri=x");
        typist.type(
                EndpointCommands.NewEndpoint.class,
                "--secret-file",
                "password=" + file,
                "berlin",
                "e1",
                "sample",
                "uri=x=y");

        assertTrue(open.contains("password is a secret"), open);
        assertEquals(2, cloud.gate.submitted.size());
        Locations.CreateEndpoint asked =
                (Locations.CreateEndpoint) cloud.gate.submitted.get(0).command();
        Locations.CreateEndpoint read =
                (Locations.CreateEndpoint) cloud.gate.submitted.get(1).command();
        assertEquals(Map.of("password", new Secret("asked for")), asked.secrets());
        assertEquals(Map.of("password", new Secret("from a file")), read.secrets());
        assertEquals(Map.of("uri", "x=y"), read.settings());
    }

    @Test
    void theCodeOfASecondFactorIsAskedForAndItsRecoveryCodesAreShown() throws Exception {
        UserView ann = cloud.users.user(UserView.State.ACTIVE);
        cloud.gate.answer(
                Users.ConfirmTotp.class,
                new Gate.Outcome.Accepted<>(
                        new Users.TotpConfirmed(ann, List.of(new Secret("one-of-ten"))), Optional.empty()));
        typist.session.answers.add("123456");

        String shown = typist.type(UserCommands.ConfirmedFactor.class, "ann");

        Users.ConfirmTotp sent = (Users.ConfirmTotp) cloud.gate.submitted.get(0).command();
        assertEquals(new Secret("123456"), sent.code());
        assertTrue(shown.contains("one-of-ten"), shown);
    }

    @Test
    void theReportOfAnEmergencyTellsWhatWasDoneInThatTimeAndWhatOfItUnderTheRole() throws Exception {
        BreakGlass.BreakGlassView held = held();
        List<Query> asked = new ArrayList<>();
        Typist reader = new Typist(cloud.services()
                .with(BreakGlass.class, new OneEmergency(held))
                .with(
                        AuditTrail.class,
                        new FakeTrail(
                                asked,
                                List.of(
                                        entry("server.delete", "break-glass " + held.id() + ": server-deployer"),
                                        entry("server.start", "grant grt_1")))));

        String shown =
                reader.type(BreakGlassCommands.ShowReport.class, held.id().value());
        String json = reader.type(
                BreakGlassCommands.ShowReport.class, "--json", held.id().value());

        assertEquals(
                Map.of("actor", "ann@acme", "from", FakeCloud.NOW.toString(), "to", "2026-11-23T09:00:00Z"),
                asked.get(0).equal());
        assertTrue(shown.contains("the shop is down"), shown);
        assertTrue(shown.matches("(?s).*true +.*server\\.delete.*false +.*server\\.start.*"), shown);
        assertTrue(json.contains("\"complete\""), json);
    }

    private BreakGlass.BreakGlassView held() {
        return new BreakGlass.BreakGlassView(
                new BreakGlassId("brk_00000000-0000-4000-8000-000000000001"),
                cloud.acme.id(),
                cloud.ids.user(),
                "ann@acme",
                "server-deployer",
                Subject.of("organization", cloud.acme.id()),
                "the shop is down",
                Duration.ofHours(1),
                BreakGlass.State.ACTIVE,
                Optional.of("bob@acme"),
                Optional.of(FakeCloud.NOW),
                Optional.of(FakeCloud.NOW.plus(Duration.ofHours(1))),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                FakeCloud.NOW,
                "ann@acme",
                2);
    }

    private AuditTrail.EntryView entry(String action, String because) {
        return new AuditTrail.EntryView(
                new AuditEntryId("aud_00000000-0000-4000-8000-000000000001"),
                Optional.of(7L),
                Optional.of(3L),
                Optional.empty(),
                FakeCloud.NOW,
                AuditLog.Kind.ATTEMPT,
                "ann@acme",
                "REST",
                "192.0.2.7",
                "req-1",
                action,
                cloud.acme.id(),
                new Subject("server", "web"),
                AuditLog.Result.PENDING,
                Optional.empty(),
                because,
                Map.of());
    }

    private record OneEmergency(BreakGlass.BreakGlassView held) implements BreakGlass {
        @Override
        public Page<BreakGlassView> list(Caller caller, Ref organization, Query query) {
            return Page.last(List.of(held));
        }

        @Override
        public BreakGlassView get(Caller caller, Ref organization, Ref ref) {
            return held;
        }
    }

    private record FakeTrail(List<Query> asked, List<AuditTrail.EntryView> entries) implements AuditTrail {
        @Override
        public Page<EntryView> entries(Caller caller, Ref organization, Query query) {
            asked.add(query);
            return Page.last(entries);
        }

        @Override
        public String checkpoint(Caller caller) {
            throw new UnsupportedOperationException("nobody asks here");
        }

        @Override
        public List<String> inclusionProof(Caller caller, long index, long size) {
            throw new UnsupportedOperationException("nobody asks here");
        }

        @Override
        public List<String> consistencyProof(Caller caller, long from, long to) {
            throw new UnsupportedOperationException("nobody asks here");
        }

        @Override
        public String leaf(Caller caller, long index) {
            throw new UnsupportedOperationException("nobody asks here");
        }
    }

    @Test
    void newRecoveryCodesAreShownForACodeThatIsAskedFor() throws Exception {
        UserView ann = cloud.users.user(UserView.State.ACTIVE);
        cloud.gate.answer(
                Users.RenewRecoveryCodes.class,
                new Gate.Outcome.Accepted<>(
                        new Users.TotpConfirmed(ann, List.of(new Secret("one-of-ten"))), Optional.empty()));
        typist.session.answers.add("123456");

        String shown = typist.type(UserCommands.NewRecoveryCodes.class, "ann");

        Users.RenewRecoveryCodes sent =
                (Users.RenewRecoveryCodes) cloud.gate.submitted.get(0).command();
        assertEquals(new Secret("123456"), sent.code());
        assertTrue(shown.contains("one-of-ten"), shown);
    }

    @Test
    void withoutATerminalASecretCannotBeAskedForAndTheRefusalSaysWhatElse() throws Exception {
        String refusal = typist.fail(
                EndpointCommands.NewEndpoint.class, "--secret", "password", "berlin", "e1", "sample", "uri=x");

        assertTrue(refusal.contains("read it from a file"), refusal);
    }

    @Test
    void changingAHostKeepsWhatIsNotSaid() throws Exception {
        cloud.gate.answer(
                Locations.ChangeHost.class, new Gate.Outcome.Accepted<>(cloud.locations.host(), Optional.empty()));

        typist.type(HostCommands.ChangeAHost.class, "--maintenance", "on", "--cpu-percent", "800", "berlin", "h1");

        Locations.ChangeHost change =
                (Locations.ChangeHost) cloud.gate.submitted.get(0).command();
        assertEquals(5, change.version());
        assertEquals(Optional.of(true), change.maintenance());
        assertEquals(Optional.empty(), change.tags());
        assertEquals(Optional.of(new Locations.Overcommit(800, 100, 200)), change.overcommit());
        assertTrue(typist.fail(HostCommands.ChangeAHost.class, "--maintenance", "maybe", "berlin", "h1")
                .contains("on or off"));
    }

    @Test
    void aServerIsDeployedWithAllThatWasSaid() throws Exception {
        Path key = Files.writeString(folder.resolve("id.pub"), "ssh-ed25519 AAAA olga\n\n");
        Path userData = Files.writeString(folder.resolve("user-data"), "#cloud-config\n");

        typist.fail(
                DeployCommand.class,
                "--network",
                "front",
                "--network",
                "back:10.2.0.9",
                "--image",
                "debian",
                "--cpus",
                "2",
                "--memory-mib",
                "1024",
                "--disk-gib",
                "10",
                "--disk-gib",
                "20",
                "--ssh-key-file",
                key.toString(),
                "--user-data-file",
                userData.toString(),
                "--tag",
                "stage=test",
                "--protected",
                "--strategy",
                "pack",
                "--host-tags",
                "ssd,fast",
                "--group",
                "web",
                "--group-strict",
                "web-1");

        Servers.DeployServer wish =
                (Servers.DeployServer) cloud.gate.submitted.get(0).command();
        assertEquals(
                List.of(
                        new Servers.WishedNic(new Ref("front"), Optional.empty()),
                        new Servers.WishedNic(new Ref("back"), Optional.of(Cidr.address("10.2.0.9")))),
                wish.nics());
        assertEquals(List.of(10L, 20L), wish.diskGiB());
        assertEquals(List.of("ssh-ed25519 AAAA olga"), wish.sshKeys());
        assertEquals(Optional.of(new Secret("#cloud-config\n")), wish.userData());
        assertEquals(new Servers.Flavor(2, 1024), wish.flavor());
        assertTrue(wish.isProtected());
        assertEquals(Servers.Strategy.PACK, wish.placement().strategy());
        assertEquals(java.util.Set.of("ssd", "fast"), wish.placement().hostTags());
        assertEquals(
                Optional.of(new Servers.Group(new Name("web"), Servers.GroupRule.APART, true)),
                wish.placement().group());
    }

    @Test
    void statusNeedsNoLoginAndFailsWhileSomethingNeededIsDown() throws Exception {
        services.with(() -> List.of(new Part.Report("database", false, true, "refused")));

        String refusal = typist.as(new javax.security.auth.Subject()).fail(StatusCommand.class);
        String shown = typist.session.printed();

        assertTrue(refusal.contains("database is needed and down"), refusal);
        assertTrue(refusal.contains("services are away"), refusal);
        assertTrue(shown.contains("The audit log is away."), shown);
    }

    @Test
    void nobodyLoggedInChangesNothingAndSeesNothing() throws Exception {
        typist.as(new javax.security.auth.Subject());

        assertTrue(typist.fail(NetworkCommands.ListNetworks.class).contains("Nobody is logged in"));
        assertTrue(typist.fail(NetworkCommands.NewNetwork.class, "n", "berlin", "10.0.0.0/24")
                .contains("Nobody is logged in"));
        assertTrue(cloud.gate.submitted.isEmpty());
    }

    private static JsonNode json(String text) throws Exception {
        return new JsonMapper().readTree(text);
    }
}
