// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * {@link Wire} over the JDK's client. TLS says who answers; without it nobody is asked but, where the operator allows it, this
 * very machine. An administrator of an organization names the provider, so addresses only this machine has (loopback,
 * link-local, where clouds keep credentials) are refused whatever name leads to them. How many ask at once is for {@link Turns}.
 */
final class HttpWire implements Wire {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** Of a whole exchange, so that one who answers byte by byte holds nobody. */
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private final boolean loopback;
    private final Duration longest;
    private HttpClient client;

    /** @param loopback whether this machine's own addresses may be asked, and by plain http */
    HttpWire(boolean loopback) {
        this(loopback, LONGEST);
    }

    HttpWire(boolean loopback, Duration longest) {
        this.loopback = loopback;
        this.longest = longest;
    }

    @Override
    public Fetched get(URI uri, Map<String, String> headers) {
        return send(uri, headers, HttpRequest.newBuilder().GET());
    }

    @Override
    public Fetched post(URI uri, Map<String, String> headers, String form) {
        return send(
                uri,
                headers,
                HttpRequest.newBuilder()
                        .POST(BodyPublishers.ofString(form))
                        .header("Content-Type", "application/x-www-form-urlencoded"));
    }

    private Fetched send(URI uri, Map<String, String> headers, HttpRequest.Builder request) {
        permitted(uri);
        headers.forEach(request::header);
        HttpRequest ready = request.uri(uri).timeout(longest).build();
        CompletableFuture<HttpResponse<byte[]>> sent = client().sendAsync(ready, info -> new Bounded());
        try {
            return fetched(sent.get(longest.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            sent.cancel(true);
            throw new Untrusted(Refusal.UNREACHABLE, uri.getHost() + ", no whole answer in time");
        } catch (InterruptedException e) {
            sent.cancel(true);
            Thread.currentThread().interrupt();
            throw new Untrusted(Refusal.UNREACHABLE, "interrupted");
        } catch (ExecutionException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof TooMuch) {
                    throw new Untrusted(Refusal.OVERSIZE, "more than " + MOST_BYTES + " bytes");
                }
            }
            throw new Untrusted(
                    Refusal.UNREACHABLE,
                    uri.getHost() + ", " + e.getCause().getClass().getSimpleName() + ": "
                            + e.getCause().getMessage());
        }
    }

    /** Made when it is first needed: it has a thread, and most controllers have no provider. */
    private synchronized HttpClient client() {
        if (client == null) {
            client = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .connectTimeout(CONNECT)
                    .build();
        }
        return client;
    }

    private static Fetched fetched(HttpResponse<byte[]> response) {
        if (response.statusCode() / 100 == 3) {
            throw new Untrusted(Refusal.REDIRECTED, "status " + response.statusCode());
        }
        String type = response.headers().firstValue("Content-Type").orElse("");
        return new Fetched(
                response.statusCode(),
                type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT),
                new String(response.body(), StandardCharsets.UTF_8));
    }

    /** The name may lead elsewhere by the time it is asked; then TLS fails, for nobody has a certificate of that name there. */
    private void permitted(URI uri) {
        boolean https = "https".equalsIgnoreCase(uri.getScheme());
        boolean http = "http".equalsIgnoreCase(uri.getScheme());
        if (uri.getHost() == null || uri.getUserInfo() != null || !(https || (http && loopback))) {
            throw new Untrusted(Refusal.ADDRESS, String.valueOf(uri));
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(uri.getHost())) {
                boolean own = address.isLoopbackAddress();
                boolean never =
                        address.isLinkLocalAddress() || address.isAnyLocalAddress() || address.isMulticastAddress();
                if (never || (own && !loopback) || (http && !own)) {
                    throw new Untrusted(Refusal.ADDRESS, uri.getHost());
                }
            }
        } catch (UnknownHostException e) {
            throw new Untrusted(Refusal.UNREACHABLE, uri.getHost() + " has no address");
        }
    }

    private static final class TooMuch extends RuntimeException {
        TooMuch() {
            super("too much", null, false, false);
        }
    }

    /** Gives up at the first byte too many. */
    private static final class Bounded implements HttpResponse.BodySubscriber<byte[]> {
        private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
        private final ByteArrayOutputStream read = new ByteArrayOutputStream();
        private Flow.Subscription subscription;

        @Override
        public CompletionStage<byte[]> getBody() {
            return whole;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> parts) {
            for (ByteBuffer part : parts) {
                if (read.size() + part.remaining() > MOST_BYTES) {
                    subscription.cancel();
                    whole.completeExceptionally(new TooMuch());
                    return;
                }
                byte[] bytes = new byte[part.remaining()];
                part.get(bytes);
                read.writeBytes(bytes);
            }
        }

        @Override
        public void onError(Throwable failure) {
            whole.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            whole.complete(read.toByteArray());
        }
    }
}
