// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers.ConsoleLine;
import org.isthmus.api.server.Servers.ConsoleTicket;
import org.isthmus.api.server.Servers.OpenConsole;
import org.isthmus.api.server.Servers.TicketHolder;
import org.isthmus.core.Times;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.core.server.PartStore.Ticket;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.compute.Console;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serial consoles: a ticket through the gate, good for one minute and one use; then the line itself. */
final class Consoles {
    private static final Logger LOG = LoggerFactory.getLogger(Consoles.class);
    private static final Duration GOOD_FOR = Duration.ofMinutes(1);
    private static final Duration AWAY = Duration.ofSeconds(2);
    private static final int TICKET_BYTES = 32;
    private static final int MOST_LOG = 64 * 1024;

    private final Swaps swaps;
    private final Workbench bench;
    private final Clock clock;
    private final SecureRandom random;

    Consoles(Swaps swaps, Workbench bench, Clock clock, SecureRandom random) {
        this.swaps = swaps;
        this.bench = bench;
        this.clock = clock;
        this.random = random;
    }

    private static void requireRunning(Server server) {
        if (server.state() != ServerState.RUNNING) {
            throw ServerProblem.NO_CONSOLE.because("Server %s is %s; start it first.", server.name(), server.state());
        }
    }

    Plan<ConsoleTicket> plan(Caller caller, OrganizationView organization, OpenConsole wish) {
        Server server = bench.tx().read(() -> bench.servers().must(organization.id(), wish.server()));
        requireRunning(server);
        bench.drivers().require(server.mustPlace().endpoint(), Console.class);
        return Plan.of(server.subject(), change -> {
            requireRunning(bench.servers().must(server.id()));
            byte[] bytes = new byte[TICKET_BYTES];
            random.nextBytes(bytes);
            Secret ticket = new Secret(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
            Instant until = Times.kept(change.now().plus(GOOD_FOR));
            bench.parts().forgetTickets(change.now());
            Optional<String> username = caller.user().map(user -> caller.username());
            bench.parts().insertTicket(hash(ticket), new Ticket(server.id(), caller.user(), username), until);
            change.event(
                    "server.console-requested",
                    server.subject(),
                    Map.of("name", server.name().value(), "by", change.caller().username()));
            return new ConsoleTicket(ticket, until);
        });
    }

    private static String hash(Secret ticket) {
        return Sha256.of(ticket.reveal().getBytes(StandardCharsets.UTF_8)).hex();
    }

    TicketHolder holder(Secret ticket) {
        Ticket good = good(bench.tx().read(() -> bench.parts().ticket(hash(ticket), clock.instant())));
        return new TicketHolder(good.username().orElse("root"), server(good).organization());
    }

    private static Ticket good(Optional<Ticket> found) {
        return found.orElseThrow(() -> ServerProblem.NO_CONSOLE.because(
                "This console address was used, or is older than a minute; ask for a new one."));
    }

    private Server server(Ticket ticket) {
        return bench.tx()
                .read(() -> bench.servers().find(ticket.server()))
                .orElseThrow(() -> ServerProblem.NO_CONSOLE.because("The server is gone."));
    }

    ConsoleLine open(Secret ticket) {
        Optional<Ticket> found = bench.tx().retrying(() -> bench.parts().useTicket(hash(ticket), clock.instant()));
        Ticket used = good(found);
        Server server = server(used);
        if (!allowed(server, used)) {
            throw ServerProblem.NO_CONSOLE.because("You may not use this console any more.");
        }
        requireRunning(server);
        Console.Session session = asking(server, () -> bench.drivers()
                .facet(server.mustPlace().endpoint(), Console.class, console -> console.openConsole(server.mustRef())));
        return new Line(server, session, () -> allowed(server, used));
    }

    /** Whether they may now: a ticket says who asked, not what they may for ever. */
    private boolean allowed(Server server, Ticket ticket) {
        return ticket.user()
                .map(user -> new Caller(
                        Caller.Kind.USER,
                        ticket.user(),
                        ticket.username().orElseThrow(),
                        server.organization(),
                        Caller.Door.SYSTEM,
                        "local",
                        "console-of-" + server.id(),
                        Optional.empty(),
                        false))
                .map(caller -> swaps.access().call(access -> mayUse(access, caller, server)))
                .orElse(true);
    }

    private boolean mayUse(Access access, Caller caller, Server server) {
        try {
            Access.Reach reach = access.reach(caller, Action.SERVER_CONSOLE, Ref.of(server.organization()));
            return reach.everything()
                    || bench.things()
                            .find(server.organization(), server.subject())
                            .filter(reach::covers)
                            .isPresent();
        } catch (ProblemException e) {
            return false;
        }
    }

    byte[] log(Server server, int maxBytes) {
        if (server.ref().isEmpty()) {
            return new byte[0];
        }
        int most = Math.max(1, Math.min(maxBytes, MOST_LOG));
        return asking(server, () -> bench.drivers()
                .facet(
                        server.mustPlace().endpoint(),
                        Console.class,
                        console -> console.consoleLog(server.mustRef(), most)));
    }

    /** Somebody waits for the answer: what the driver says is said to them. */
    private <R> R asking(Server server, Supplier<R> question) {
        try {
            return bench.drivers().patiently(question);
        } catch (DriverAway e) {
            throw LocationProblem.DRIVER_AWAY.retryAfter(AWAY, e.getMessage());
        } catch (DriverException e) {
            throw problem(server, e);
        }
    }

    private static ProblemException problem(Server server, DriverException e) {
        return switch (e.kind()) {
            case UNAVAILABLE, THROTTLED -> Problem.UNAVAILABLE.retryAfter(
                    AWAY, "The host of server " + server.name() + " does not answer: " + e.getMessage());
            case CONFLICT, NOT_FOUND -> ServerProblem.NO_CONSOLE.because(
                    "Server %s has no console now: %s", server.name(), e.getMessage());
            case NO_CAPACITY, INVALID, DENIED, BROKEN -> Problem.INTERNAL.because(
                    "The console of server %s cannot be opened (%s); tell an operator.",
                    server.name(), e.kind().name().toLowerCase(Locale.ROOT));
        };
    }

    /** The driver's session, as the API shows it. */
    private static final class Line implements ConsoleLine {
        private final Server server;
        private final Console.Session session;
        private final BooleanSupplier allowed;

        Line(Server server, Console.Session session, BooleanSupplier allowed) {
            this.server = server;
            this.session = session;
            this.allowed = allowed;
        }

        @Override
        public boolean allowed() {
            return allowed.getAsBoolean();
        }

        @Override
        public InputStream output() {
            return session.output();
        }

        @Override
        public OutputStream input() {
            return session.input();
        }

        @Override
        public void close() {
            try {
                session.close();
            } catch (IOException e) {
                LOG.debug("The console of {} did not close well: {}", server.id(), e.toString());
            }
        }
    }
}
