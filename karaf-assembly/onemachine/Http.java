// SPDX-License-Identifier: Apache-2.0

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** One HTTP request by the JDK alone: prints the status, or with "body" what came. For the launcher. */
public final class Http {
    private Http() {}

    public static void main(String[] arguments) throws Exception {
        HttpClient client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(3)).build();
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(URI.create(arguments[1]))
                        .timeout(Duration.ofSeconds(10))
                        .method(arguments[0], HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        boolean body = arguments.length > 2 && arguments[2].equals("body");
        System.out.println(body ? answer.body() : String.valueOf(answer.statusCode()));
        if (answer.statusCode() >= 400) {
            System.exit(1);
        }
    }
}
