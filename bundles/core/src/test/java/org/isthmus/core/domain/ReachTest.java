// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.network.Networks.ChangeNetwork;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.network.Networks.DeleteNetwork;
import org.isthmus.api.network.Networks.NetworkView;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations.CancelOperation;
import org.isthmus.api.server.MoveBatches.MoveServers;
import org.isthmus.api.server.MoveBatches.OnFailure;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.AttachNic;
import org.isthmus.api.server.Servers.ChangeServer;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.Cloud;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Callers whose rights hold in parts of an organization only. */
final class ReachTest {
    private final Cloud cloud = new Cloud("reach");
    private DepartmentId sales;
    private DepartmentId support;
    private Caller seller;
    private NetworkView shared;
    private NetworkView ofSales;
    private ImageView image;

    @BeforeEach
    void twoDepartmentsShareACloud() {
        sales = cloud.house.ids.department();
        support = cloud.house.ids.department();
        seller = cloud.house.access.user("sam", "acme");
        cloud.house.access.homeOf(seller, sales);
        cloud.house.access.homeOf(cloud.user, support);
        cloud.furnished();
        shared = cloud.domain.networks().get(cloud.user, Cloud.ACME, Cloud.NET);
        image = cloud.domain.images().get(cloud.user, Cloud.ACME, Cloud.IMAGE);
        ofSales =
                cloud.domain.networks().get(cloud.user, Cloud.ACME, Ref.of(network("sales-net", "10.2.0.0/24", sales)));
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private NetworkId network(String name, String cidr, DepartmentId of) {
        cloud.done(
                cloud.user,
                new CreateNetwork(
                        Cloud.ACME,
                        new Name(name),
                        Cloud.HERE,
                        Cidr.of(cidr),
                        false,
                        true,
                        Map.of(),
                        Optional.of(Ref.of(of))));
        return cloud.domain
                .networks()
                .get(cloud.user, Cloud.ACME, new Ref(name))
                .id();
    }

    private static DeployServer deploy(String name, Map<String, String> tags, String... networks) {
        return new DeployServer(
                Cloud.ACME,
                new Name(name),
                Arrays.stream(networks)
                        .map(each -> new WishedNic(new Ref(each), Optional.empty()))
                        .toList(),
                new Ref("tiny"),
                new Flavor(1, 512),
                List.of(10L),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                tags,
                false,
                Optional.empty(),
                Placement.DEFAULT);
    }

    private ServerView server(Caller by, String name, Map<String, String> tags, String... networks) {
        cloud.done(by, deploy(name, tags, networks));
        return cloud.domain.servers().get(cloud.user, Cloud.ACME, new Ref(name));
    }

    private void limit(Subject... parts) {
        cloud.house.access.limit(seller, parts);
    }

    private static Subject department(DepartmentId id) {
        return Subject.of("department", id);
    }

    private List<String> seen() {
        return cloud.domain.servers().list(seller, Cloud.ACME, Query.all()).items().stream()
                .map(each -> each.name().value())
                .toList();
    }

    private ProblemException refused(Command<?> command) {
        return assertThrows(ProblemException.class, () -> cloud.submit(seller, command));
    }

    private static void assertAbsent(ProblemException problem) {
        assertEquals(Problem.NOT_FOUND, problem.type(), problem.getMessage());
    }

    private static void assertForbidden(ProblemException problem) {
        assertEquals(Problem.FORBIDDEN, problem.type(), problem.getMessage());
    }

    @Test
    void whatIsMadeBelongsToTheDepartmentOfItsMakerOrTheOneNamed() {
        server(seller, "of-sam", Map.of(), "net");
        server(cloud.user, "of-ada", Map.of(), "net");

        assertEquals(
                Optional.of(sales),
                cloud.domain
                        .servers()
                        .get(cloud.user, Cloud.ACME, new Ref("of-sam"))
                        .department());
        assertEquals(
                Optional.of(support),
                cloud.domain
                        .servers()
                        .get(cloud.user, Cloud.ACME, new Ref("of-ada"))
                        .department());
        assertEquals(Optional.of(sales), ofSales.department());
        assertEquals(Optional.of(support), shared.department());
    }

    @Test
    void onlyThingsOfADepartmentAreThereForWhoIsLimitedToIt() {
        server(seller, "of-sam", Map.of(), "net");
        server(cloud.user, "of-ada", Map.of(), "net");
        limit(department(sales));

        assertEquals(List.of("of-sam"), seen());
        assertEquals(
                "of-sam",
                cloud.domain
                        .servers()
                        .get(seller, Cloud.ACME, new Ref("of-sam"))
                        .name()
                        .value());
        ProblemException other = assertThrows(
                ProblemException.class, () -> cloud.domain.servers().get(seller, Cloud.ACME, new Ref("of-ada")));
        ProblemException none = assertThrows(
                ProblemException.class, () -> cloud.domain.servers().get(seller, Cloud.ACME, new Ref("of-nobody")));
        assertAbsent(other);
        assertEquals(none.getMessage().replace("of-nobody", "of-ada"), other.getMessage());
        assertEquals(
                List.of("sales-net"),
                cloud.domain.networks().list(seller, Cloud.ACME, Query.all()).items().stream()
                        .map(each -> each.name().value())
                        .toList());
        assertEquals(
                List.of(),
                cloud.domain.images().list(seller, Cloud.ACME, Query.all()).items());
    }

    @Test
    void aTagANetworkAndOneServerAreScopesToo() {
        ServerView tagged = server(cloud.user, "tagged", Map.of("env", "dev"), "net");
        ServerView elsewhere = server(cloud.user, "elsewhere", Map.of("env", "prod"), "sales-net");
        ServerView alone = server(cloud.user, "alone", Map.of(), "net");

        limit(Resource.tag("env", "dev"));
        assertEquals(List.of("tagged"), seen());
        limit(Subject.of("network", ofSales.id()));
        assertEquals(List.of("elsewhere"), seen());
        limit(Subject.of("server", alone.id()));
        assertEquals(List.of("alone"), seen());
        limit(Subject.of("server", alone.id()), Resource.tag("env", "dev"), Subject.of("network", ofSales.id()));
        assertEquals(
                List.of(tagged.name(), elsewhere.name(), alone.name()),
                cloud.domain.servers().list(seller, Cloud.ACME, Query.all()).items().stream()
                        .map(ServerView::name)
                        .toList());
        limit(Subject.of("image", image.id()));
        assertEquals(List.of(), seen());
    }

    @Test
    void aCommandOnAThingOutOfReachFindsNothing() {
        server(cloud.user, "of-ada", Map.of(), "net");
        server(seller, "of-sam", Map.of(), "net");
        limit(department(sales));

        assertAbsent(refused(new StopServer(Cloud.ACME, new Ref("of-ada"), false)));
        assertAbsent(refused(new DeleteNetwork(Cloud.ACME, new Ref("net"))));
        cloud.done(seller, new StopServer(Cloud.ACME, new Ref("of-sam"), false));
    }

    @Test
    void whatOneMaySeeButNotChangeIsForbiddenByName() {
        server(cloud.user, "of-ada", Map.of(), "net");
        limit(department(sales));
        cloud.house.access.mayEverywhere(seller, Action.SERVER_READ);

        ProblemException problem = refused(new StopServer(Cloud.ACME, new Ref("of-ada"), false));

        assertForbidden(problem);
        assertTrue(problem.getMessage().contains("server.stop in server of-ada"), problem.getMessage());
    }

    @Test
    void aServerIsOnlyMadeOfWhatIsInReach() {
        limit(department(sales), Subject.of("image", image.id()));

        assertAbsent(refused(deploy("web", Map.of(), "net")));
        assertAbsent(refused(deploy("web", Map.of(), "sales-net", "net")));
        server(seller, "web", Map.of(), "sales-net");

        limit(department(sales));
        assertAbsent(refused(deploy("web-2", Map.of(), "sales-net")));
    }

    @Test
    void nothingIsMadeInAnotherDepartment() {
        limit(department(sales), Subject.of("image", image.id()));

        assertForbidden(refused(new CreateNetwork(
                Cloud.ACME,
                new Name("theirs"),
                Cloud.HERE,
                Cidr.of("10.9.0.0/24"),
                false,
                true,
                Map.of(),
                Optional.of(Ref.of(support)))));
        cloud.done(
                seller,
                new CreateNetwork(
                        Cloud.ACME, new Name("ours"), Cloud.HERE, Cidr.of("10.9.0.0/24"), false, true, Map.of()));
    }

    @Test
    void aServerIsNotBroughtOntoANetworkOutOfReach() {
        server(seller, "web", Map.of(), "sales-net");
        limit(department(sales));

        assertAbsent(
                refused(new AttachNic(Cloud.ACME, new Ref("web"), new WishedNic(new Ref("net"), Optional.empty()))));
    }

    @Test
    void nobodyTagsAThingOutOfTheirOwnReach() {
        ServerView web = server(cloud.user, "web", Map.of("env", "dev"), "net");
        limit(Resource.tag("env", "dev"));

        assertForbidden(refused(change(web, Map.of("env", "prod"))));
        cloud.submit(seller, change(web, Map.of("env", "dev", "tier", "front")));
    }

    private static ChangeServer change(ServerView server, Map<String, String> tags) {
        return new ChangeServer(
                Cloud.ACME,
                Ref.of(server.id()),
                server.version(),
                Optional.empty(),
                Optional.of(tags),
                Optional.empty(),
                Optional.empty());
    }

    private static MoveServer move(String server, String name, String network) {
        return new MoveServer(
                Cloud.ACME,
                new Ref(server),
                Cloud.HERE,
                new Name(name),
                List.of(new Ref(network)),
                Running.SNAPSHOT,
                false,
                false);
    }

    private ServerView moved(Caller by, String server, String name, String network) {
        cloud.done(by, move(server, name, network));
        return cloud.domain.servers().get(cloud.user, Cloud.ACME, new Ref(name));
    }

    @Test
    void aServerThatIsMadeOfAnotherOneBelongsToThatOnesDepartmentWhoeverMovesIt() {
        server(seller, "of-sam", Map.of(), "net");
        server(cloud.operator, "of-nobody", Map.of(), "net");

        assertEquals(
                Optional.of(sales),
                moved(cloud.user, "of-sam", "of-sam-2", "net").department());
        assertEquals(
                Optional.empty(),
                moved(seller, "of-nobody", "of-nobody-2", "net").department());
        assertEquals(
                Optional.of(sales),
                cloud.domain
                        .images()
                        .get(cloud.user, Cloud.ACME, new Ref("image-of-of-sam-2"))
                        .department());
    }

    @Test
    void aServerIsMovedByWhoIsLimitedToItsDepartmentOrToItsTag() {
        server(seller, "of-sam", Map.of("env", "dev"), "net");
        server(cloud.user, "of-ada", Map.of("env", "prod"), "net");
        limit(department(sales));

        moved(seller, "of-sam", "of-sam-2", "sales-net");
        assertAbsent(refused(move("of-sam", "of-sam-3", "net")));
        assertAbsent(refused(move("of-ada", "of-ada-2", "sales-net")));
        limit(Resource.tag("env", "dev"));
        assertAbsent(refused(move("of-sam", "of-sam-4", "net")));
        cloud.submit(
                cloud.user,
                new ChangeNetwork(
                        Cloud.ACME,
                        Cloud.NET,
                        shared.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(Map.of("env", "dev"))));
        ServerView tagged = moved(seller, "of-sam", "of-sam-4", "net");

        assertEquals(Map.of("env", "dev"), tagged.tags());
    }

    @Test
    void manyServersAreMovedAndNoMoreMovedByWhoIsLimitedToTheirDepartment() {
        server(seller, "of-sam", Map.of(), "net");
        server(cloud.user, "of-ada", Map.of(), "net");
        limit(department(sales));
        MoveServers batch = batch("wave-1", move("of-sam", "of-sam-2", "sales-net"));

        assertTrue(cloud.domain.moveBatches().plan(seller, batch).allowed());
        cloud.script().away();
        OperationView begun = cloud.run(seller, batch);
        cloud.submit(seller, new CancelOperation(Cloud.ACME, begun.id()));
        cloud.script().back();
        cloud.house.clock.advance(Duration.ofMinutes(5));
        cloud.house.work();
        assertEquals(OperationState.CANCELLED, cloud.operation(begun.id()).state());

        assertAbsent(refused(batch("wave-2", move("of-ada", "of-ada-2", "sales-net"))));
        OperationView others = cloud.run(cloud.user, batch("wave-3", move("of-ada", "of-ada-3", "net")));
        assertAbsent(refused(new CancelOperation(Cloud.ACME, others.id())));
    }

    private static MoveServers batch(String name, MoveServer... moves) {
        return new MoveServers(Cloud.ACME, new Name(name), List.of(moves), 1, OnFailure.CONTINUE);
    }

    @Test
    void operationsAreSeenByWhoAskedAndByWhoReachesTheThing() {
        server(cloud.user, "of-ada", Map.of(), "net");
        server(seller, "of-sam", Map.of(), "net");
        limit(department(sales));
        Query newest = Query.first();
        List<OperationView> all = cloud.house
                .operations
                .operations()
                .list(cloud.user, Cloud.ACME, newest)
                .items();

        List<OperationView> seen = cloud.house
                .operations
                .operations()
                .list(seller, Cloud.ACME, newest)
                .items();

        assertEquals(
                all.stream()
                        .filter(each -> each.createdBy().equals(seller.username())
                                || each.subject().id().equals(ofSales.id().value()))
                        .map(OperationView::id)
                        .toList(),
                seen.stream().map(OperationView::id).toList());
        OperationView hidden =
                all.stream().filter(each -> !seen.contains(each)).findFirst().orElseThrow();
        assertAbsent(assertThrows(
                ProblemException.class,
                () -> cloud.house.operations.operations().get(seller, hidden.id())));
        assertAbsent(assertThrows(
                ProblemException.class,
                () -> cloud.house.operations.operations().get(seller, Cloud.ACME, Ref.of(hidden.id()))));
        assertAbsent(refused(new CancelOperation(Cloud.ACME, hidden.id())));
    }

    @Test
    void theReasonInTheAuditLogIsTheGrantOnThePart() {
        server(seller, "web", Map.of(), "sales-net");
        limit(department(sales));

        cloud.done(seller, new StopServer(Cloud.ACME, new Ref("web"), false));

        assertTrue(
                cloud.house.audit.facts.stream()
                        .anyMatch(fact -> fact.action().equals("server.stop")
                                && fact.because().equals("limited to department " + sales)),
                cloud.house.audit.facts.toString());
    }
}
