// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Optional;
import org.isthmus.model.Ids;
import org.isthmus.rest.web.WebSettings;

/** A running REST over fakes, and a client for it. */
final class Client implements AutoCloseable {
    static final String BASE = "/api/v1";
    private static final ObjectMapper JSON = new ObjectMapper();

    final FakeCloud cloud;
    final Services services;
    final RestServer server;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Client(Path folder) throws IOException {
        this(folder, new FakeCloud());
    }

    private Client(Path folder, FakeCloud cloud) throws IOException {
        this(folder, cloud, cloud.services());
    }

    Client(Path folder, FakeCloud cloud, Services services) throws IOException {
        this.cloud = cloud;
        this.services = services;
        Clock clock = Clock.fixed(Samples.NOW, ZoneOffset.UTC);
        server = RestServer.start(WebSettings.local(0, folder), services, new Ids(clock), clock);
    }

    record Got(int status, HttpResponse<byte[]> response) {
        String text() {
            return new String(response.body(), StandardCharsets.UTF_8);
        }

        JsonNode json() {
            try {
                return JSON.readTree(response.body());
            } catch (IOException e) {
                throw new IllegalStateException("Not JSON: " + text(), e);
            }
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        String pointer() {
            return json().at("/errors/0/pointer").asText("none");
        }

        String type() {
            return json().path("type").asText().replaceAll(".*/", "");
        }
    }

    Got get(String path, String... headers) {
        return send("GET", path, Optional.empty(), headers);
    }

    Got post(String path, String body, String... headers) {
        return send("POST", path, Optional.of(body.getBytes(StandardCharsets.UTF_8)), headers);
    }

    Got send(String method, String path, Optional<byte[]> body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.http() + path));
        boolean authorized = false;
        boolean typed = false;
        for (int i = 0; i < headers.length; i += 2) {
            authorized |= headers[i].equals("Authorization");
            typed |= headers[i].equals("Content-Type");
            if (!headers[i + 1].isEmpty()) {
                request.header(headers[i], headers[i + 1]);
            }
        }
        if (!authorized) {
            request.header("Authorization", "Bearer " + FakeCloud.ADMIN);
        }
        if (body.isPresent() && !typed) {
            request.header("Content-Type", "application/json");
        }
        request.method(
                method, body.map(HttpRequest.BodyPublishers::ofByteArray).orElse(HttpRequest.BodyPublishers.noBody()));
        try {
            HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            return new Got(response.statusCode(), response);
        } catch (IOException e) {
            throw new IllegalStateException(method + " " + path + " got no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
