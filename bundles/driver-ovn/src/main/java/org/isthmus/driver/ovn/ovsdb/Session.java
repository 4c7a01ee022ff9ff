// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * JSON-RPC over one connected wire. Its reader thread calls {@link #exchange} and {@link #pump}; anybody calls {@link
 * #request}, which only queues. A writer thread of its own sends, and breaks the session when the peer has been silent for
 * too long or is not ready in time.
 */
final class Session {
    /** Bytes of the largest message taken: a full dump of some hundred thousand ports. */
    static final int LARGEST = 128 * 1024 * 1024;

    private static final int QUEUE = 1024;

    /** What the reader hears besides answers. */
    @FunctionalInterface
    interface Listener {
        void notified(String method, JsonNode params) throws IOException;
    }

    /** A request the server refused, with its {@code error}. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        Refused(JsonNode error) {
            super(Lines.shorten(error.isTextual() ? error.textValue() : error.toString()));
        }
    }

    private final Wire wire;
    private final Timing timing;
    private final Listener listener;
    private final MessageReader reader;
    private final Thread writer;
    private final BlockingQueue<byte[]> outgoing = new ArrayBlockingQueue<>(QUEUE);
    private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private final AtomicReference<Lost> broken = new AtomicReference<>();
    private final long started = System.nanoTime();
    private volatile long lastHeard = started;
    private volatile boolean ready;

    Session(String name, Wire wire, Timing timing, Listener listener) {
        this.wire = wire;
        this.timing = timing;
        this.listener = listener;
        reader = new MessageReader(this::read, LARGEST);
        writer = new Thread(this::write, name + "-out");
        writer.setDaemon(true);
    }

    void start() {
        writer.start();
    }

    /** From now on only silence breaks the session, not the time it took. */
    void ready() {
        ready = true;
    }

    /** True from the moment it broke, which its reader notices a little later. */
    boolean isBroken() {
        return broken.get() != null;
    }

    /** Queues a request; its answer, or the {@link Lost} or {@link Refused} instead, completes the future. */
    Pending request(String method, JsonNode params) {
        long id = lastId.incrementAndGet();
        Pending pending = new Pending(id, new CompletableFuture<>());
        waiting.put(id, pending.answer);
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("method", method).set("params", params);
        message.put("id", id);
        send(message);
        Lost already = broken.get();
        if (already != null) {
            // whoever broke the session may have gone over the waiting ones before this one was among them
            pending.answer.completeExceptionally(already);
        }
        return pending;
    }

    /** A request under way. */
    final class Pending {
        private final long id;
        private final CompletableFuture<JsonNode> answer;

        private Pending(long id, CompletableFuture<JsonNode> answer) {
            this.id = id;
            this.answer = answer;
        }

        CompletableFuture<JsonNode> answer() {
            return answer;
        }

        /** Nobody waits any more: a late answer is dropped. */
        void forget() {
            waiting.remove(id);
        }
    }

    /** Sends a request and reads until its answer is there. Only on the reader thread. */
    JsonNode exchange(String method, JsonNode params) throws IOException {
        Pending pending = request(method, params);
        while (!pending.answer.isDone()) {
            pump();
        }
        try {
            return pending.answer.join();
        } catch (java.util.concurrent.CompletionException e) {
            throw e.getCause() instanceof IOException cause ? cause : Lost.unavailable("the request failed", e);
        }
    }

    /** Reads one message and acts on it. Only on the reader thread. */
    void pump() throws IOException {
        JsonNode message;
        try {
            message = reader.next();
        } catch (IOException e) {
            throw reason(e);
        }
        JsonNode method = message.path("method");
        JsonNode id = message.path("id");
        if (method.isTextual()) {
            if (method.textValue().equals("echo")) {
                ObjectNode answer = JsonNodeFactory.instance.objectNode();
                answer.set("result", message.path("params").isMissingNode() ? null : message.get("params"));
                answer.putNull("error").set("id", id.isMissingNode() ? null : id);
                send(answer);
            } else {
                listener.notified(method.textValue(), message.path("params"));
            }
        } else if (id.isIntegralNumber() && (message.has("result") || message.has("error"))) {
            CompletableFuture<JsonNode> answer = waiting.remove(id.longValue());
            if (answer != null && message.hasNonNull("error")) {
                answer.completeExceptionally(new Refused(message.get("error")));
            } else if (answer != null) {
                answer.complete(message.path("result"));
            }
        } else if (!id.isTextual()) {
            throw Lost.nonsense("a message that is neither request nor answer");
        }
    }

    /**
     * Ends the session when the peer has said nothing for too long. The writer looks too, but not while it is stuck in a
     * write that nobody takes.
     */
    void abortIfSilent() {
        if (System.nanoTime() - lastHeard > 2 * timing.probe().toNanos()) {
            abort(Lost.unavailable("the server fell silent"));
        }
    }

    /** Ends the session; the first reason counts. Any thread, any number of times. */
    void abort(Lost reason) {
        broken.compareAndSet(null, reason);
        wire.close();
        writer.interrupt();
        waiting.values().forEach(answer -> answer.completeExceptionally(broken.get()));
        waiting.clear();
    }

    private int read(byte[] into, int offset, int length) throws IOException {
        int read = wire.read(into, offset, length);
        lastHeard = System.nanoTime();
        return read;
    }

    private IOException reason(IOException e) {
        Lost first = broken.get();
        if (first != null) {
            return first;
        }
        return e instanceof Lost ? e : Lost.unavailable("the connection broke: " + e.getMessage(), e);
    }

    private void send(ObjectNode message) {
        try {
            if (!outgoing.offer(MessageReader.JSON.writeValueAsBytes(message))) {
                abort(Lost.unavailable("the server takes no more requests"));
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree of JSON nodes can always be written", e);
        }
    }

    private void write() {
        long tick = Math.max(1, timing.probe().toNanos() / 4);
        boolean probed = false;
        try {
            while (broken.get() == null) {
                byte[] frame = outgoing.poll(tick, TimeUnit.NANOSECONDS);
                if (frame != null) {
                    wire.write(frame);
                }
                abortIfSilent();
                if (!ready && System.nanoTime() - started > timing.handshake().toNanos()) {
                    abort(Lost.unavailable("the server was not ready in time"));
                } else if (System.nanoTime() - lastHeard < timing.probe().toNanos()) {
                    probed = false;
                } else if (!probed) {
                    probed = true;
                    send(JsonNodeFactory.instance
                            .objectNode()
                            .put("method", "echo")
                            .put("id", "probe")
                            .set("params", JsonNodeFactory.instance.arrayNode()));
                }
            }
        } catch (IOException e) {
            abort(Lost.unavailable("the connection broke: " + e.getMessage(), e));
        } catch (InterruptedException e) {
            // only abort() interrupts
            wire.close();
        }
    }
}
