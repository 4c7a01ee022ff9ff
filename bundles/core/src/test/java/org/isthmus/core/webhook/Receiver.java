// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/** A real server that takes deliveries, and answers as it is told. */
final class Receiver implements AutoCloseable {
    static final String NAME = "hook.example.org";
    private static final char[] PASSWORD = "test-only".toCharArray();
    private static final KeyStore KEYS = keys();

    /** How it answers. */
    @FunctionalInterface
    interface Answering {
        void answer(HttpExchange exchange) throws IOException;
    }

    /** What came. */
    record Taken(String path, String signature, String delivery, String event, String attempt, String body) {}

    final List<Taken> taken = Collections.synchronizedList(new ArrayList<>());
    private final HttpServer server;
    private final boolean secure;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile Answering answering = status(204);

    private Receiver(boolean secure) {
        this.secure = secure;
        try {
            InetSocketAddress here = new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
            if (secure) {
                HttpsServer https = HttpsServer.create(here, 0);
                https.setHttpsConfigurator(new HttpsConfigurator(context()));
                server = https;
            } else {
                server = HttpServer.create(here, 0);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::take);
        server.setExecutor(threads);
        server.start();
    }

    static Receiver https() {
        return new Receiver(true);
    }

    static Receiver http() {
        return new Receiver(false);
    }

    static Answering status(int code, String... headers) {
        return exchange -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            byte[] text = code == 204 ? new byte[0] : "not now".getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(code, text.length == 0 ? -1 : text.length);
            exchange.getResponseBody().write(text);
        };
    }

    void answers(Answering next) {
        answering = next;
    }

    String url() {
        return (secure ? "https" : "http") + "://" + NAME + ":"
                + server.getAddress().getPort() + "/in?from=isthmus";
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange;
                InputStream in = exchange.getRequestBody()) {
            String body = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            taken.add(new Taken(
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders().getFirst("Isthmus-Signature"),
                    exchange.getRequestHeaders().getFirst("Isthmus-Delivery"),
                    exchange.getRequestHeaders().getFirst("Isthmus-Event"),
                    exchange.getRequestHeaders().getFirst("Isthmus-Attempt"),
                    body));
            answering.answer(exchange);
        }
    }

    List<String> events() {
        synchronized (taken) {
            return taken.stream()
                    .map(each -> each.event() + " " + each.attempt())
                    .toList();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private static KeyStore keys() {
        try {
            Path file = Files.createTempDirectory("receiver").resolve("keys.p12");
            Process tool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            "hook",
                            "-keyalg",
                            "EC",
                            "-dname",
                            "CN=" + NAME,
                            "-ext",
                            "san=dns:" + NAME,
                            "-storetype",
                            "PKCS12",
                            "-storepass",
                            new String(PASSWORD),
                            "-keystore",
                            file.toString())
                    .inheritIO()
                    .start();
            if (!tool.waitFor(60, TimeUnit.SECONDS) || tool.exitValue() != 0) {
                throw new IllegalStateException("keytool made no key");
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(file)) {
                store.load(in, PASSWORD);
            }
            return store;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext context() {
        try {
            KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            own.init(KEYS, PASSWORD);
            TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trusted.init(KEYS);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Trusts the receiver's certificate and no other. */
    static SSLSocketFactory trusting() {
        try {
            KeyStore certificates = KeyStore.getInstance("PKCS12");
            certificates.load(null, null);
            certificates.setCertificateEntry("hook", KEYS.getCertificate("hook"));
            TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trusted.init(certificates);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trusted.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
