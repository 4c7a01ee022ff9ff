// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import javax.servlet.ServletContext;
import javax.servlet.ServletException;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.websocket.api.WebSocketBehavior;
import org.eclipse.jetty.websocket.api.WebSocketPolicy;
import org.eclipse.jetty.websocket.server.WebSocketServerFactory;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.Servers;
import org.isthmus.api.server.Servers.TicketHolder;
import org.isthmus.model.Ids;
import org.isthmus.model.Secret;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Places;
import org.isthmus.rest.http.Problems;
import org.isthmus.rest.http.RestProblem;
import org.isthmus.rest.http.Table;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens consoles: a GET with a ticket becomes a WebSocket. Each holds a thread of its own, so their places are few. */
final class ConsoleSockets {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleSockets.class);
    private static final Pattern PATH =
            Pattern.compile(Pattern.quote(Table.BASE) + "/organizations/[^/]+/servers/[^/]+/console");
    private static final Pattern TICKET = Pattern.compile("ticket=([A-Za-z0-9._~%+-]{1,1024})");
    private static final int WATCH_SECONDS = 2;
    private static final int MOST_MESSAGE = 64 * 1024;
    private static final long IDLE_MILLIS = TimeUnit.HOURS.toMillis(1);

    private final Services services;
    private final Ids ids;
    private final Places places = new Places("consoles", 64, 8);
    private final AtomicInteger threads = new AtomicInteger();
    private final Set<ConsoleSocket> open = ConcurrentHashMap.newKeySet();
    private ExecutorService pumps;
    private ScheduledExecutorService watch;
    private WebSocketServerFactory factory;

    ConsoleSockets(Services services, Ids ids) {
        this.services = services;
        this.ids = ids;
    }

    void start(ServletContext context) throws ServletException {
        WebSocketPolicy policy = new WebSocketPolicy(WebSocketBehavior.SERVER);
        policy.setMaxBinaryMessageSize(MOST_MESSAGE);
        policy.setMaxTextMessageSize(MOST_MESSAGE);
        policy.setIdleTimeout(IDLE_MILLIS);
        factory = new WebSocketServerFactory(context, policy);
        pumps = Executors.newCachedThreadPool(this::thread);
        watch = Executors.newSingleThreadScheduledExecutor(this::thread);
        watch.scheduleWithFixedDelay(
                () -> open.removeIf(socket -> !socket.goesOn()), WATCH_SECONDS, WATCH_SECONDS, TimeUnit.SECONDS);
        try {
            factory.start();
        } catch (Exception e) {
            throw new ServletException("The console's WebSocket does not start", e);
        }
    }

    private Thread thread(Runnable work) {
        Thread thread = new Thread(work, "isthmus-console-" + threads.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    void stop() {
        try {
            if (factory != null) {
                List.copyOf(new ArrayList<>(factory.getOpenSessions())).forEach(session -> session.close());
                factory.stop();
            }
        } catch (Exception e) {
            LOG.warn("The console's WebSocket does not stop", e);
        }
        if (pumps != null) {
            watch.shutdownNow();
            pumps.shutdownNow();
        }
    }

    /** True for what this opens; anything else is the API's. */
    boolean takes(HttpServletRequest request) {
        return request.getMethod().equals("GET")
                && "websocket".equalsIgnoreCase(request.getHeader("Upgrade"))
                && PATH.matcher(request.getRequestURI()).matches();
    }

    void open(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            if (!factory.isUpgradeRequest(request, response)) {
                throw RestProblem.UPGRADE_NEEDED.because("This is no WebSocket handshake of RFC 6455.");
            }
            Secret ticket = ticket(request.getQueryString())
                    .orElseThrow(() -> ServerProblem.NO_CONSOLE.because(
                            "Get a ticket with POST %s first.", request.getRequestURI()));
            ConsoleSocket socket = socket(ticket);
            pumps.execute(socket);
            if (factory.acceptWebSocket((asked, answered) -> socket, request, response)) {
                open.add(socket);
            } else {
                socket.close();
            }
        } catch (ProblemException problem) {
            Written.problem(Problems.reply(problem, ids.uuid().toString()), response);
        } catch (RuntimeException e) {
            String requestId = ids.uuid().toString();
            LOG.error("Request {} for a console failed", requestId, e);
            ProblemException broken = Problem.INTERNAL.because("Something broke; tell the operator %s.", requestId);
            Written.problem(Problems.reply(broken, requestId), response);
        }
    }

    /** The place comes first: opening the line uses the ticket up and takes the console from whoever has it. */
    private ConsoleSocket socket(Secret ticket) {
        TicketHolder holder = services.call(Servers.class, servers -> servers.ticketHolder(ticket));
        Places.Place place = places.take(holder.username(), holder.organization());
        try {
            return new ConsoleSocket(services.call(Servers.class, servers -> servers.openConsole(ticket)), place);
        } catch (RuntimeException e) {
            place.close();
            throw e;
        }
    }

    private static Optional<Secret> ticket(String query) {
        return Optional.ofNullable(query)
                .map(TICKET::matcher)
                .filter(java.util.regex.Matcher::matches)
                .map(matcher -> java.net.URLDecoder.decode(matcher.group(1), java.nio.charset.StandardCharsets.UTF_8))
                .map(Secret::new);
    }
}
