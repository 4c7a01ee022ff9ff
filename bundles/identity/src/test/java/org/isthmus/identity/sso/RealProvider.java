// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The provider of itests/provider as a process, and one browser that logs in there. */
final class RealProvider implements AutoCloseable {
    private static final Path SCRIPT = Path.of("../../itests/provider/provider.sh");
    private static final Pattern ACTION = Pattern.compile("action=\"([^\"]+)\"");

    final String issuer;
    private final Process process;
    private final HttpClient browser =
            HttpClient.newBuilder().cookieHandler(new Cookies()).build();

    /** As browsers do, it takes this very machine for secure. */
    private static final class Cookies extends CookieManager {
        Cookies() {
            super(null, CookiePolicy.ACCEPT_ALL);
        }

        @Override
        public void put(URI uri, Map<String, List<String>> headers) throws IOException {
            Map<String, List<String>> plain = new HashMap<>();
            headers.forEach((name, values) -> plain.put(
                    name,
                    values.stream()
                            .map(value -> value.replaceAll("(?i); *secure", ""))
                            .toList()));
            super.put(uri, plain);
        }
    }

    private RealProvider(String issuer, Process process) {
        this.issuer = issuer;
        this.process = process;
    }

    /** Whether this machine can run it. */
    static boolean here() {
        try {
            return new ProcessBuilder("sh", "-c", "command -v node && command -v npm")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    static RealProvider start(Path folder, Map<String, Object> settings) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Path file = Files.writeString(folder.resolve("provider.json"), JSONObjectUtils.toJSONString(settings));
        Process process = new ProcessBuilder(SCRIPT.toString(), "run", String.valueOf(port), file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String first = process.inputReader().readLine();
        if (first == null || !first.startsWith("ready at ")) {
            process.destroyForcibly();
            throw new IllegalStateException("The provider did not start: " + first);
        }
        return new RealProvider(first.substring("ready at ".length()), process);
    }

    /** One that somebody else has started. */
    static RealProvider running(String issuer) {
        return new RealProvider(issuer, null);
    }

    /** Logs in with the provider's form where it asks for it; the parameters with which the browser is sent back. */
    Map<String, List<String>> login(URI asked, String back, String name, String password) {
        return login(asked, back, "name=" + name + "&password=" + password);
    }

    Map<String, List<String>> login(URI asked, String back, String filled) {
        HttpResponse<String> answer = get(asked);
        for (int hops = 0; hops < 10; hops++) {
            if (answer.statusCode() / 100 == 3) {
                URI next = answer.request()
                        .uri()
                        .resolve(answer.headers().firstValue("Location").orElseThrow());
                if (next.toString().startsWith(back)) {
                    return parameters(next);
                }
                answer = get(next);
            } else {
                assertEquals(200, answer.statusCode(), answer.body());
                Matcher form = ACTION.matcher(answer.body());
                form.find();
                answer = post(answer.request().uri().resolve(form.group(1).replace("&amp;", "&")), filled);
            }
        }
        throw new IllegalStateException("The provider sends the browser round and round");
    }

    /** The person's logout at the provider, by its own form. */
    void logout() {
        HttpResponse<String> asked = get(URI.create(issuer + "/session/end"));
        Matcher form = Pattern.compile("action=\"([^\"]+)\"").matcher(asked.body());
        Matcher token = Pattern.compile("name=\"xsrf\" value=\"([^\"]+)\"").matcher(asked.body());
        form.find();
        token.find();
        post(URI.create(form.group(1)), "xsrf=" + token.group(1) + "&logout=yes");
    }

    /** The same at a Keycloak. */
    void logoutOfKeycloak() {
        HttpResponse<String> asked = get(URI.create(issuer + "/protocol/openid-connect/logout"));
        Matcher form = ACTION.matcher(asked.body());
        Matcher code =
                Pattern.compile("name=\"session_code\" value=\"([^\"]+)\"").matcher(asked.body());
        form.find();
        code.find();
        post(
                asked.request().uri().resolve(form.group(1).replace("&amp;", "&")),
                "session_code=" + code.group(1) + "&confirmLogout=yes");
    }

    /** What only the test may do; see provider.mjs. */
    void test(String path, String body) {
        assertEquals(204, post(URI.create(issuer + "/test/" + path), body).statusCode());
    }

    private HttpResponse<String> get(URI uri) {
        return send(HttpRequest.newBuilder(uri).GET());
    }

    private HttpResponse<String> post(URI uri, String form) {
        return send(HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return browser.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, List<String>> parameters(URI uri) {
        Map<String, List<String>> read = new HashMap<>();
        for (String pair : uri.getRawQuery().split("&")) {
            String[] parts = pair.split("=", 2);
            read.put(parts[0], List.of(URLDecoder.decode(parts[1], StandardCharsets.UTF_8)));
        }
        return read;
    }

    @Override
    public void close() {
        if (process == null) {
            return;
        }
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
