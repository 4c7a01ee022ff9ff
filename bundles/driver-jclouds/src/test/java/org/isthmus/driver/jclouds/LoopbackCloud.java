// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/**
 * A cloud on this machine that is spoken to by HTTP: it can be cut off, fail the next request of a kind, or fulfil a request
 * and lose the answer. Its clock is the real one: what takes a cloud seconds takes it some milliseconds.
 */
abstract class LoopbackCloud implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Trouble> troubles = new ArrayList<>();
    private final List<String> journal = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private int port;

    /** A request, read whole. */
    record Request(String method, URI uri, Map<String, String> headers, String body) {
        String path() {
            return uri.getPath();
        }
    }

    /** An answer. */
    record Answer(int status, String type, Map<String, String> headers, String body) {
        static Answer json(int status, String body) {
            return new Answer(status, "application/json", Map.of(), body);
        }

        static Answer xml(int status, String body) {
            return new Answer(status, "text/xml;charset=UTF-8", Map.of(), body);
        }
    }

    /** @param answer instead of the right one; empty when what was asked is done and the connection then breaks */
    private record Trouble(Predicate<Request> which, Optional<Answer> answer) {}

    final void open() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 50);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        port = server.getAddress().getPort();
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    final String address() {
        return "http://127.0.0.1:" + port;
    }

    /** Connections are refused until {@link #open} is called again. */
    final void cutOff() {
        server.stop(0);
    }

    /** The next request of this kind is answered with this, and not carried out. */
    final synchronized void failNext(Predicate<Request> which, Answer answer) {
        troubles.add(new Trouble(which, Optional.of(answer)));
    }

    /** The next request of this kind is carried out, and its answer never comes. */
    final synchronized void loseNextAnswer(Predicate<Request> which) {
        troubles.add(new Trouble(which, Optional.empty()));
    }

    private synchronized Optional<Trouble> trouble(Request request) {
        Optional<Trouble> found =
                troubles.stream().filter(one -> one.which().test(request)).findFirst();
        found.ifPresent(troubles::remove);
        return found;
    }

    /** What was asked so far, one line each. */
    final List<String> journal() {
        return List.copyOf(journal);
    }

    final void note(String line) {
        journal.add(line);
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
            Request request = new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI(),
                    headers,
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            Optional<Trouble> trouble = trouble(request);
            Answer answer;
            if (trouble.isPresent() && trouble.orElseThrow().answer().isPresent()) {
                answer = trouble.orElseThrow().answer().orElseThrow();
            } else {
                answer = answer(request);
                if (trouble.isPresent()) {
                    return;
                }
            }
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            answer.headers()
                    .forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
            exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
            if (body.length > 0) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    /** Fulfils a request. */
    abstract Answer answer(Request request);

    /** Now, in milliseconds of a clock that only goes on. */
    static long now() {
        return System.nanoTime() / 1_000_000;
    }

    static final Duration STEP = Duration.ofMillis(60);

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
