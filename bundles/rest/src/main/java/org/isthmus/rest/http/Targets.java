// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.isthmus.api.Problem;

/** Takes a request's target apart: percent-encoded UTF-8, strictly. */
final class Targets {
    private static final Pattern TARGET = Pattern.compile("/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*+");
    private static final int MAX_SEGMENTS = 20;
    private static final int MAX_PARAMETERS = 50;

    private Targets() {}

    /** The decoded segments of a path. */
    static List<String> segments(String path) {
        List<String> segments = new ArrayList<>();
        for (String segment : path.substring(1).split("/", -1)) {
            segments.add(decoded(segment, false));
            if (segments.size() > MAX_SEGMENTS) {
                throw Problem.NOT_FOUND.because("There is nothing at this path.");
            }
        }
        return segments;
    }

    /** The query's parameters; one that comes twice is refused, because nobody could tell which counts. */
    static Map<String, String> parameters(String query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (query == null || query.isEmpty()) {
            return parameters;
        }
        for (String pair : query.split("&", -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = decoded(equals < 0 ? pair : pair.substring(0, equals), true);
            String value = equals < 0 ? "" : decoded(pair.substring(equals + 1), true);
            if (parameters.put(name, value) != null) {
                throw Problem.MALFORMED.at(cut(name), "This parameter is given twice.");
            }
            if (parameters.size() > MAX_PARAMETERS) {
                throw Problem.MALFORMED.because("A request has at most %d query parameters.", MAX_PARAMETERS);
            }
        }
        return parameters;
    }

    /** MALFORMED when the target is no target of RFC 3986, or cannot be decoded. */
    static void check(String path, String query) {
        String target = query == null ? path : path + "?" + query;
        if (!TARGET.matcher(target).matches()) {
            throw Problem.MALFORMED.because(
                    "The address has a character that must be percent-encoded in an address (RFC 3986).");
        }
        decoded(path, false);
        decoded(query == null ? "" : query, true);
    }

    static String cut(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }

    private static String decoded(String text, boolean plusIsBlank) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                boolean whole = i + 2 < text.length();
                int high = whole ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = whole ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw Problem.MALFORMED.because("The address has a % that is not followed by two hex digits.");
                }
                bytes.write((high << 4) | low);
                i += 2;
            } else if (c == '+' && plusIsBlank) {
                bytes.write(' ');
            } else if (c > 0x7e) {
                throw Problem.MALFORMED.because("The address has a character that is not percent-encoded.");
            } else {
                bytes.write(c);
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Problem.MALFORMED.because("The address is not UTF-8.");
        }
    }
}
