// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Serves one file, by ranges and by its ETag, as a test wants it. */
public final class FileServer implements AutoCloseable {
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, String> redirects = new ConcurrentHashMap<>();
    private final Map<String, String> headers = new HashMap<>();
    private volatile byte[] content;
    private volatile String tag = "\"v1\"";
    private volatile int status = 200;
    private volatile boolean sized = true;
    private volatile boolean partsTagged = true;
    private volatile Optional<Long> said = Optional.empty();
    private volatile Optional<Integer> most = Optional.empty();
    private volatile boolean stalling;
    private final CountDownLatch stalled = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);

    public FileServer(byte[] content) {
        this.content = content;
        try {
            server =
                    HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    public String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    void serve(byte[] other, String otherTag) {
        content = other;
        tag = otherTag;
    }

    /** The next answer ends early. */
    void breakAfter(int bytes) {
        most = Optional.of(bytes);
    }

    /** The next answer stops there, and neither goes on nor ends. */
    void stallAfter(int bytes) {
        breakAfter(bytes);
        stalling = true;
    }

    /** Returns when it does so. */
    void awaitStall() throws InterruptedException {
        stalled.await();
    }

    /** From now on parts do not say of which version they are. */
    void withoutTagOfParts() {
        partsTagged = false;
    }

    /** From now on a file is said to be so large. */
    void says(long bytes) {
        said = Optional.of(bytes);
    }

    /** From now on it is as large as it is. */
    void saysNothingElse() {
        said = Optional.empty();
    }

    void status(int next) {
        status = next;
    }

    void withoutLength() {
        sized = false;
    }

    void header(String name, String value) {
        sized = true;
        headers.put(name, value);
    }

    FileServer redirect(String from, String to) {
        redirects.put(from, to);
        return this;
    }

    /** Which parts of the file were asked for, and under which condition. */
    List<String> ranges() {
        return List.copyOf(ranges);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String to = redirects.get(exchange.getRequestURI().toString());
            if (to != null) {
                exchange.getResponseHeaders().set("Location", to);
                exchange.sendResponseHeaders(302, -1);
                return;
            }
            String range = exchange.getRequestHeaders().getFirst("Range");
            String condition = exchange.getRequestHeaders().getFirst("If-Range");
            ranges.add(range == null ? "-" : range + " if " + condition);
            if (status != 200) {
                exchange.sendResponseHeaders(status, -1);
                return;
            }
            headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
            exchange.getResponseHeaders().set("ETag", tag);
            int from = 0;
            if (range != null && tag.equals(condition)) {
                Matcher asked = RANGE.matcher(range);
                if (asked.matches()) {
                    from = Integer.parseInt(asked.group(1));
                    exchange.getResponseHeaders()
                            .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
                }
            }
            if (from > 0 && !partsTagged) {
                exchange.getResponseHeaders().remove("ETag");
            }
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, sized ? said.orElse((long) content.length) - from : 0);
            int until = most.orElse(content.length);
            most = Optional.empty();
            exchange.getResponseBody().write(content, from, until - from);
            exchange.getResponseBody().flush();
            if (stalling) {
                stalling = false;
                stalled.countDown();
                end.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
