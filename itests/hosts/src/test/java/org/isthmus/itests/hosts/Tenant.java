// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.image.Images;
import org.isthmus.api.network.Networks;
import org.isthmus.api.network.Networks.NetworkView;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers;
import org.isthmus.model.Cidr;
import org.isthmus.model.Name;

/** An organization, as its administrator uses it. */
final class Tenant {
    static final Ref IMAGE = new Ref("tiny");

    private static final Duration LONG = Duration.ofMinutes(2);

    private final Cloud cloud;
    private final Ref organization;
    private final Caller caller;

    Tenant(Cloud cloud, Ref organization, Caller caller) {
        this.cloud = cloud;
        this.organization = organization;
        this.caller = caller;
    }

    Ref organization() {
        return organization;
    }

    Caller caller() {
        return caller;
    }

    /** Uploads the image and waits until it is ready. */
    void image(Path file) {
        submit(new Images.CreateImage(organization, new Name("tiny"), Optional.empty(), Optional.empty(), Map.of()));
        try (InputStream content = Files.newInputStream(file)) {
            long size = Files.size(file);
            Images images = cloud.core().domain().images();
            Optional<OperationView> check = images.upload(caller, organization, IMAGE, 0, size, size, content)
                    .operation();
            succeeded(check.orElseThrow());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <R> Optional<OperationView> submit(Command<R> command) {
        return cloud.submit(caller, command).operation();
    }

    /** Asks for something that goes on as an operation. */
    OperationView begin(Command<?> command) {
        return submit(command).orElseThrow(() -> new AssertionError(command + " begins no operation"));
    }

    OperationView operation(OperationView begun) {
        return cloud.core().heart().operations().get(caller, begun.id());
    }

    /** Waits for an operation's end. */
    OperationView ended(OperationView begun) {
        OperationView last = cloud.core().heart().operations().await(caller, begun.id(), LONG);
        if (!last.state().ended()) {
            throw new AssertionError("Not ended in " + LONG + ": " + last);
        }
        return last;
    }

    OperationView succeeded(OperationView begun) {
        OperationView last = ended(begun);
        if (last.state() != OperationState.SUCCEEDED) {
            throw new AssertionError(last.type() + " is " + last.state() + ": " + last.reason());
        }
        return last;
    }

    /** Asks for it, and it succeeds. */
    void done(Command<?> command) {
        succeeded(begin(command));
    }

    Networks.CreateNetwork networkWish(String name, String cidr) {
        return new Networks.CreateNetwork(
                organization, new Name(name), Cloud.HERE, Cidr.of(cidr), false, true, Map.of());
    }

    NetworkView network(String name, String cidr) {
        done(networkWish(name, cidr));
        return network(name);
    }

    NetworkView network(String name) {
        return cloud.core().domain().networks().get(caller, organization, new Ref(name));
    }

    List<NetworkView> networks() {
        return cloud.core()
                .domain()
                .networks()
                .list(caller, organization, Query.all())
                .items();
    }

    /** Deploys all at once and waits until all run. */
    List<Guest> deploy(Wish... wishes) {
        List<OperationView> begun = new ArrayList<>();
        for (Wish wish : wishes) {
            begun.add(begin(wish.command(organization)));
        }
        begun.forEach(this::succeeded);
        List<Guest> guests = new ArrayList<>();
        for (Wish wish : wishes) {
            guests.add(new Guest(cloud, this, wish.name()));
        }
        return guests;
    }

    ServerView server(String name) {
        return server(new Ref(name));
    }

    ServerView server(Ref ref) {
        // as an operator: its host is shown
        return cloud.core().domain().servers().get(cloud.root(), organization, ref);
    }

    List<ServerView> servers() {
        return cloud.core()
                .domain()
                .servers()
                .list(cloud.root(), organization, Query.all())
                .items();
    }

    String hostOf(String server) {
        return cloud.hostName(server(server).host().orElseThrow());
    }

    void awaitState(String server, ServerState state) {
        Waiting.until(
                server + " is " + state,
                Duration.ofSeconds(30),
                () -> Optional.of(server(server)).filter(view -> view.state() == state),
                () -> server(server).toString());
    }

    /** Deletes them at the same time and waits until they are gone for good. */
    void delete(String... servers) {
        List<Ref> gone = new ArrayList<>();
        for (String name : servers) {
            gone.add(Ref.of(server(name).id()));
        }
        List<OperationView> begun = new ArrayList<>();
        gone.forEach(
                each -> submit(new Servers.DeleteServer(organization, each)).ifPresent(begun::add));
        begun.forEach(this::succeeded);
        gone.forEach(each ->
                Waiting.untilTrue(each + " is purged", LONG, () -> find(each).isEmpty()));
    }

    private Optional<ServerView> find(Ref server) {
        try {
            return Optional.of(server(server));
        } catch (ProblemException e) {
            if (e.type() == Problem.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    void deleteNetwork(String name) {
        done(new Networks.DeleteNetwork(organization, new Ref(name)));
    }

    /** Removes everything, however the tests before ended. */
    void clear() {
        Waiting.until(
                "no server of " + organization + " is left",
                LONG,
                () -> {
                    List<ServerView> left = servers();
                    left.forEach(server -> unlessRefused(new Servers.DeleteServer(organization, Ref.of(server.id()))));
                    return left.isEmpty() ? Optional.of(true) : Optional.empty();
                },
                () -> servers().toString());
        Waiting.until(
                "no network of " + organization + " is left",
                LONG,
                () -> {
                    List<NetworkView> left = networks();
                    left.forEach(
                            network -> unlessRefused(new Networks.DeleteNetwork(organization, Ref.of(network.id()))));
                    return left.isEmpty() ? Optional.of(true) : Optional.empty();
                },
                () -> networks().toString());
    }

    /** Asks for it; what is being worked on, or being deleted, refuses and is asked again by the caller. */
    private void unlessRefused(Command<?> command) {
        try {
            submit(command).ifPresent(this::ended);
        } catch (ProblemException e) {
            if (e.type().status() >= 500) {
                throw e;
            }
        }
    }
}
