// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Sends bytes that no HTTP client would, and reads what comes back until the connection closes. */
final class Wire {
    private static final int PATIENCE_MILLIS = 20_000;

    private Wire() {}

    /** The answer to these bytes; the request asks for the connection to be closed. */
    static Answer send(Controller controller, String what, byte[] request) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), controller.httpPort())) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            try {
                socket.getOutputStream().write(request);
                socket.getOutputStream().flush();
                socket.shutdownOutput();
            } catch (SocketException e) {
                // refused before all was sent: the answer is there to be read
            }
            return parsed(what, read(socket.getInputStream()));
        } catch (IOException e) {
            throw new UncheckedIOException(what + ": " + e, e);
        }
    }

    private static byte[] read(InputStream in) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        try {
            int read = in.read(buffer);
            while (read >= 0) {
                all.write(buffer, 0, read);
                read = in.read(buffer);
            }
        } catch (SocketException e) {
            if (all.size() == 0) {
                throw e;
            }
        }
        return all.toByteArray();
    }

    private static Answer parsed(String what, byte[] bytes) {
        String all = new String(bytes, StandardCharsets.UTF_8);
        int end = all.indexOf("\r\n\r\n");
        if (!all.startsWith("HTTP/1.") || end < 0) {
            throw new AssertionError(what + " was not answered in HTTP: " + all);
        }
        String[] lines = all.substring(0, end).split("\r\n");
        Map<String, List<String>> headers = new TreeMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            headers.computeIfAbsent(lines[i].substring(0, colon), name -> new ArrayList<>())
                    .add(lines[i].substring(colon + 1).trim());
        }
        HttpHeaders got = HttpHeaders.of(headers, (name, value) -> true);
        String text = all.substring(end + 4);
        boolean chunked = got.firstValue("Transfer-Encoding")
                .orElse("")
                .toLowerCase(Locale.ROOT)
                .contains("chunked");
        if (chunked) {
            text = text.substring(text.indexOf("\r\n") + 2, text.lastIndexOf("\r\n0"));
        }
        JsonNode body = got.firstValue("Content-Type").orElse("").contains("json") ? Api.parsed(text) : Api.json();
        Answer answer = new Answer(what, Integer.parseInt(lines[0].split(" ")[1]), got, text, body);
        Manners.check(answer);
        return answer;
    }
}
