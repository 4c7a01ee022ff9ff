// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.image.Images.OfServer;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.Things;
import org.isthmus.core.image.Destinations;
import org.isthmus.core.image.Destinations.Destination;
import org.isthmus.core.image.Image;
import org.isthmus.core.network.Port;
import org.isthmus.core.operation.OperationBook;
import org.isthmus.core.server.PartStore.Disk;
import org.isthmus.core.server.ServerMove.Part;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.model.Name;
import org.isthmus.model.Sha256;

/** Plans a server that is made of another one: a deployment with that one's size, disks and interfaces. */
final class MovePlan {
    private static final int MOST_NAME = 63;

    private final Ids ids;
    private final Workbench bench;
    private final DeployPlan deploy;
    private final Destinations destinations;
    private final OperationBook operations;

    MovePlan(Ids ids, Workbench bench, DeployPlan deploy, Destinations destinations, OperationBook operations) {
        this.ids = ids;
        this.bench = bench;
        this.deploy = deploy;
        this.destinations = destinations;
        this.operations = operations;
    }

    /** The servers they are made of, the networks they are put on, and what they will be. */
    List<Resource> touches(OrganizationView organization, List<MoveServer> wishes) {
        Map<Subject, Resource> things = things(bench, organization.id(), wishes);
        return wishes.stream().flatMap(wish -> touches(wish, things)).distinct().toList();
    }

    /** The same of one of them. */
    static Stream<Resource> touches(MoveServer wish, Map<Subject, Resource> things) {
        Resource source = source(wish, things);
        List<Resource> networks =
                subjects(wish).map(things::get).filter(Objects::nonNull).toList();
        Resource made = Things.tagged(
                Things.made(
                        Things.Kind.SERVER,
                        Ref.of(wish.name()),
                        Map.of(),
                        department(source),
                        networks.toArray(Resource[]::new)),
                source);
        return Stream.concat(Stream.concat(Stream.of(source), networks.stream()), Stream.of(made));
    }

    /** Those servers and networks that moves name, by what they are named: in a few queries. */
    static Map<Subject, Resource> things(Workbench bench, OrganizationId organization, List<MoveServer> wishes) {
        List<Subject> named = wishes.stream()
                .flatMap(wish -> Stream.concat(Stream.of(wish.about()), subjects(wish)))
                .distinct()
                .toList();
        return bench.things().find(organization, named).stream()
                .collect(Collectors.toMap(Resource::thing, Function.identity()));
    }

    private static Stream<Subject> subjects(MoveServer wish) {
        return wish.networks().stream().distinct().map(network -> Subject.of("network", network));
    }

    private static Resource source(MoveServer wish, Map<Subject, Resource> things) {
        return Optional.ofNullable(things.get(wish.about()))
                .orElseThrow(
                        () -> Things.absent(wish.about().kind(), wish.about().id()));
    }

    private static Optional<DepartmentId> department(Resource source) {
        return source.within().stream()
                .filter(part -> part.kind().equals("department"))
                .findFirst()
                .map(part -> new DepartmentId(part.id()));
    }

    /** What a server has of its own, and the new one will have. */
    private record Parts(List<Port> ports, List<Disk> disks, Map<String, String> tags) {}

    private record Found(Server server, Parts parts, Image image, Destination to) {}

    Plan<ServerView> plan(Caller caller, OrganizationView organization, MoveServer wish) {
        ImageId id = ids.image();
        Found found = bench.tx().read(() -> {
            Server server = bench.servers().must(organization.id(), wish.server());
            ServerCapture.require(server, source(wish));
            Image image = Destinations.toBeMade(id, organization.id(), imageName(wish), Optional.empty());
            destinations.requireFree(organization.id(), image.name());
            return new Found(
                    server,
                    parts(server),
                    image,
                    destinations.of(bench.locations().must(wish.location()), id));
        });
        int interfaces = found.parts().ports().size();
        if (interfaces != wish.networks().size()) {
            throw wrongNetworks(interfaces);
        }
        ServerCapture.requireAbilities(
                bench, found.server().mustPlace().endpoint(), found.server().state() == ServerState.RUNNING);
        SnapshotId snapshot = ids.snapshot();
        DeployPlan.First first = new DeployPlan.First(
                found.image(),
                found.parts().disks().stream().map(Disk::bytes).toList(),
                (change, made) -> begin(change, made, wish, found, snapshot));
        return deploy.plan(caller, organization, deployment(wish, found), Optional.of(first));
    }

    private Parts parts(Server server) {
        return new Parts(
                bench.ports().of(server.id()).stream().map(Port::given).toList(),
                bench.parts().disks(server.id()),
                bench.servers()
                        .tags(List.of(server.id()))
                        .getOrDefault(server.id().value(), Map.of()));
    }

    static ProblemException wrongNetworks(int interfaces) {
        return Problem.MALFORMED.at(
                "/networks",
                "The server has " + interfaces
                        + " interfaces: name as many networks at the new location, in their order.");
    }

    /** So that a second move finds the first one's image, and says so. One that is too long ends in what tells it from others. */
    static Name imageName(MoveServer wish) {
        String name = "image-of-" + wish.name().value();
        if (name.length() <= MOST_NAME) {
            return new Name(name);
        }
        String end =
                "-" + Sha256.of(name.getBytes(StandardCharsets.US_ASCII)).hex().substring(0, 8);
        return new Name(name.substring(0, MOST_NAME - end.length()) + end);
    }

    static OfServer source(MoveServer wish) {
        return new OfServer(wish.server(), wish.running());
    }

    private DeployServer deployment(MoveServer wish, Found found) {
        List<WishedNic> nics = new ArrayList<>();
        for (int i = 0; i < found.parts().ports().size(); i++) {
            Port port = found.parts().ports().get(i);
            nics.add(new WishedNic(
                    wish.networks().get(i),
                    wish.keepAddress() ? Optional.of(port.address()) : Optional.empty(),
                    wish.keepMac() ? Optional.of(port.mac()) : Optional.empty()));
        }
        Server server = found.server();
        return new DeployServer(
                wish.organization(),
                wish.name(),
                nics,
                Ref.of(found.image().id()),
                server.flavor(),
                found.parts().disks().stream().map(Disk::sizeGiB).toList(),
                server.sshKeys(),
                Optional.empty(),
                server.purpose(),
                found.parts().tags(),
                server.isProtected(),
                Optional.of(wish.location()),
                Placement.DEFAULT,
                server.department().map(Ref::of));
    }

    private OperationId begin(Change change, Subject made, MoveServer wish, Found found, SnapshotId snapshot) {
        Server source = bench.servers().must(found.server().id());
        ServerCapture.require(source, source(wish));
        if (!parts(source).equals(found.parts())
                || !source.flavor().equals(found.server().flavor())) {
            throw Problem.CONFLICT.because(
                    "Server %s was changed at this moment; read it, and ask for the move again.", source.name());
        }
        destinations.make(found.image(), change);
        destinations.begin(found.image().id(), found.to());
        Map<String, String> memo = new TreeMap<>();
        memo.put(ServerMove.SOURCE, source.id().value());
        memo.put(ServerMove.IMAGE_ID, found.image().id().value());
        memo.put(Part.CAPTURE.key(ServerCapture.IMAGE), found.image().id().value());
        memo.put(Part.CAPTURE.key(ServerProcess.WAS), source.state().name());
        if (source.state() == ServerState.RUNNING) {
            memo.put(Part.CAPTURE.key(ServerCapture.SNAPSHOT), snapshot.value());
        }
        found.to().memo().forEach((key, value) -> memo.put(Part.TRANSFER.key(key), value));
        OperationId operation = operations.begin(change, ServerMove.TYPE, made, memo);
        bench.servers().change(source.id(), row -> row.operation(Optional.of(operation)));
        return operation;
    }
}
