// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An OpenID Connect provider that others wrote, as a process of its own; see itests/provider. */
final class Provider implements AutoCloseable {
    private static final Path SCRIPT = Path.of("../provider/provider.sh");

    private final String issuer;
    private final Process process;

    private Provider(String issuer, Process process) {
        this.issuer = issuer;
        this.process = process;
    }

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

    /** @param settings as provider.mjs wants them */
    static Provider start(Path folder, Object settings) {
        try {
            int port = freePort();
            Path file = Files.writeString(folder.resolve("provider.json"), settings.toString());
            Process process = new ProcessBuilder(SCRIPT.toString(), "run", String.valueOf(port), file.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String first = process.inputReader().readLine();
            if (first == null || !first.startsWith("ready at ")) {
                process.destroyForcibly();
                throw new IllegalStateException("The provider did not start: " + first);
            }
            return new Provider(first.substring("ready at ".length()), process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    String issuer() {
        return issuer;
    }

    /** What only a test may do there. */
    void test(String path, Object body) {
        HttpResponse<String> answer = sent(
                HttpClient.newHttpClient(),
                HttpRequest.newBuilder(URI.create(issuer + "/test/" + path))
                        .POST(BodyPublishers.ofString(body.toString())));
        if (answer.statusCode() != 204) {
            throw new AssertionError(path + " was answered " + answer.statusCode());
        }
    }

    /** Somebody's browser, with the cookies of the provider; those of the controller are for TLS, so the test keeps them. */
    final class Browser {
        private final HttpClient http = HttpClient.newBuilder()
                .cookieHandler(new CookieManager(null, CookiePolicy.ACCEPT_ALL))
                .build();

        /** Logs in with the provider's form, where it asks; the address here that the browser is sent back to. */
        URI login(URI asked, String name, String password) {
            HttpResponse<String> answer = get(asked);
            for (int hops = 0; hops < 10; hops++) {
                if (answer.statusCode() / 100 == 3) {
                    URI next = answer.uri()
                            .resolve(answer.headers().firstValue("Location").orElseThrow());
                    if (!next.toString().startsWith(issuer)) {
                        return next;
                    }
                    answer = get(next);
                } else {
                    answer = post(
                            answer.uri().resolve(found("action=\"([^\"]+)\"", answer)),
                            "name=" + name + "&password=" + password);
                }
            }
            throw new AssertionError("The provider sends the browser round and round");
        }

        /** Logs out at the provider, by its own page. */
        void logout() {
            HttpResponse<String> page = get(URI.create(issuer + "/session/end"));
            post(
                    page.uri().resolve(found("action=\"([^\"]+)\"", page)),
                    "logout=yes&xsrf=" + found("name=\"xsrf\" value=\"([^\"]+)\"", page));
        }

        private HttpResponse<String> get(URI uri) {
            return sent(http, HttpRequest.newBuilder(uri).GET());
        }

        private HttpResponse<String> post(URI uri, String form) {
            return sent(
                    http,
                    HttpRequest.newBuilder(uri)
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(BodyPublishers.ofString(form)));
        }

        private static String found(String pattern, HttpResponse<String> in) {
            Matcher found = Pattern.compile(pattern).matcher(in.body());
            if (!found.find()) {
                throw new AssertionError(in.uri() + " was answered " + in.statusCode() + " " + in.body());
            }
            return found.group(1);
        }
    }

    private static HttpResponse<String> sent(HttpClient http, HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }

    @Override
    public void close() {
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
