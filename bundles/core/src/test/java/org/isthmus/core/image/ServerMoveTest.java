// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.AttachDisk;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.core.Cloud;
import org.isthmus.core.Handling;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Cidr;
import org.isthmus.model.Name;
import org.junit.jupiter.api.Test;

/** Servers that are made again at another location. */
final class ServerMoveTest extends MobilityCase {
    private static MoveServer move(String name, Running running, boolean keepAddress, String... networks) {
        return new MoveServer(
                Cloud.ACME,
                new Ref("web"),
                THERE,
                new Name(name),
                Stream.of(networks).map(Ref::new).toList(),
                running,
                true,
                keepAddress);
    }

    private void networkThere() {
        elsewhere(Map.of("formats", "VMDK"));
        cloud.done(
                cloud.user,
                new CreateNetwork(Cloud.ACME, new Name("far"), THERE, Cidr.of("10.1.0.0/24"), false, true, Map.of()));
    }

    @Test
    void aServerIsMadeAtAnotherLocationInOneOperationWithItsDisksAndAddresses() {
        cloud.furnished();
        networkThere();
        cloud.done(cloud.user, deploy("web", Cloud.IMAGE, 1L, 2L));
        ServerView source = cloud.server("web");

        cloud.done(cloud.user, move("web-2", Running.SNAPSHOT, true, "far"));

        ServerView made = cloud.server("web-2");
        assertEquals(ServerState.RUNNING, made.state());
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertEquals(source.nics().get(0).mac(), made.nics().get(0).mac());
        assertEquals(source.nics().get(0).address(), made.nics().get(0).address());
        assertEquals(
                List.of(1L, 2L),
                made.disks().stream().map(ServerView.DiskView::sizeGiB).toList());
        assertEquals(2, cloud.conversions.conversions());
        assertEquals(ImageState.READY, image(new Ref("image-of-web-2")).state());
        assertEquals(Set.of(), cloud.ledger().living(Thing.SNAPSHOT));
    }

    @Test
    void aMoveThatFailsLeavesNoServerAndTheSourceAsItWas() {
        cloud.furnished();
        networkThere();
        cloud.deploy("web");
        cloud.conversions.refuse();

        OperationView failed = cloud.run(cloud.user, move("web-2", Running.SNAPSHOT, false, "far"));

        assertEquals(OperationState.FAILED, failed.state());
        assertEquals(ServerState.FAILED, cloud.server("web-2").state());
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertEquals(List.of(), image(new Ref("image-of-web-2")).copies());
        cloud.done(cloud.user, new StopServer(Cloud.ACME, new Ref("web"), true));
    }

    @Test
    void aMoveNamesANetworkForEachInterface() {
        cloud.furnished();
        networkThere();
        cloud.deploy("web");

        assertEquals(
                Problem.MALFORMED,
                refused(move("web-2", Running.SNAPSHOT, false, "far", "far")).type());
        assertEquals(
                ServerProblem.WRONG_STATE,
                refused(move("web-2", Running.REFUSE, false, "far")).type());
        assertEquals(0, cloud.count("select count(*) from img_image where state = 'MAKING'"));
    }

    @Test
    void aMoveOfAServerThatGotADiskSinceTheMoveWasPlannedIsRefused() {
        cloud.furnished();
        networkThere();
        cloud.deploy("web");
        afterThePlan(() -> cloud.done(cloud.user, new AttachDisk(Cloud.ACME, new Ref("web"), 1)));

        ProblemException refused = refused(move("web-2", Running.SNAPSHOT, false, "far"));

        assertEquals(Problem.CONFLICT, refused.type());
        assertTrue(refused.getMessage().contains("ask for the move again"), refused::getMessage);
        assertEquals(1, cloud.servers().size());
        cloud.done(cloud.user, new StopServer(Cloud.ACME, new Ref("web"), true));
    }

    @Test
    void aMoveOfAServerWhoseGuestSaidSomethingElseSinceTheMoveWasPlannedIsDone() {
        cloud.furnished();
        networkThere();
        cloud.deploy("web");
        afterThePlan(() ->
                cloud.house.tx.execute(() -> cloud.rows().change("update net_port set guest_addresses = '10.1.0.99'")));

        cloud.done(cloud.user, move("web-2", Running.SNAPSHOT, false, "far"));

        assertEquals(2, cloud.servers().size());
    }

    /** When a move was planned, and before it begins. */
    private void afterThePlan(Runnable meanwhile) {
        CommandHandler<?, ?> real = cloud.domain.handlers().stream()
                .filter(each -> each.handles() == MoveServer.class)
                .findFirst()
                .orElseThrow();
        cloud.house.gate.remove(real);
        cloud.house.gate.add(new Handling<MoveServer, ServerView>(MoveServer.class, (caller, organization, wish) -> {
            @SuppressWarnings("unchecked") // it handles just that
            Plan<ServerView> plan = ((CommandHandler<MoveServer, ServerView>) real).plan(caller, organization, wish);
            meanwhile.run();
            return plan;
        }));
    }

    @Test
    void aMoveToAnEndpointThatDiesEndsAndTheSourceIsAsItWas() {
        cloud.furnished();
        networkThere();
        cloud.deploy("web");
        cloud.script().loseNextAnswer(Verb.IMPORT_IMAGE);
        OperationView begun = begun(move("web-2", Running.SNAPSHOT, false, "far"));
        assertEquals(Optional.of("COPY"), cloud.operation(begun.id()).step());
        cloud.script().away();
        awayForLong();

        assertEquals(OperationState.FAILED, cloud.operation(begun.id()).state());
        assertEquals(ServerState.FAILED, cloud.server("web-2").state());
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        backAgain();
        assertEquals(0, cloud.count("select count(*) from img_leftover"));
    }

    @Test
    void theServerOfAMoveHasTheTimeThatADeploymentHas() {
        cloud.furnished();
        networkThere();
        cloud.deploy("web");
        cloud.script().onNextCall(Verb.CREATE, cloud.script()::away);
        OperationView begun = begun(move("web-2", Running.SNAPSHOT, false, "far"));
        assertEquals(Optional.of("CREATE"), cloud.operation(begun.id()).step());
        for (int minute = 0; minute <= 30; minute++) {
            cloud.house.clock.advance(Duration.ofMinutes(1));
            cloud.house.work();
        }
        assertTrue(
                cloud.operation(begun.id()).reason().orElseThrow().contains("PT30M"),
                () -> cloud.operation(begun.id()).toString());

        backAgain();
        cloud.house.clock.advance(Duration.ofMinutes(1));
        cloud.house.work();

        assertEquals(OperationState.FAILED, cloud.operation(begun.id()).state());
        assertEquals(ServerState.FAILED, cloud.server("web-2").state());
        assertEquals(ImageState.READY, image(new Ref("image-of-web-2")).state());
    }
}
