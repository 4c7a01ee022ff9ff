// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.servlet.http.HttpServletRequest;
import org.isthmus.api.Problem;

/** The Accept header (RFC 9110, 12.5.1), as far as choosing among one or two types needs it. */
final class Accepts {
    private Accepts() {}

    /** NOT_ACCEPTABLE when the client takes nothing that the route answers. */
    static void check(Route route, HttpServletRequest request) {
        List<String> offered = route.answers().stream()
                .map(Route.Answer::mediaType)
                .filter(type -> !type.isEmpty())
                // whoever asks for plain JSON takes that of SCIM too (RFC 7644, 3.1)
                .flatMap(type -> route.manner() == Manner.SCIM ? Stream.of(type, Reply.JSON) : Stream.of(type))
                .map(type -> type.split(";")[0])
                .distinct()
                .toList();
        List<String> headers = Collections.list(request.getHeaders("Accept"));
        if (offered.isEmpty() || headers.isEmpty()) {
            return;
        }
        for (String range : String.join(",", headers).toLowerCase(Locale.ROOT).split(",")) {
            if (wanted(range) && offered.stream().anyMatch(type -> matches(range.split(";")[0].trim(), type))) {
                return;
            }
        }
        throw Problem.NOT_ACCEPTABLE.because("This is answered as %s.", String.join(" or ", offered));
    }

    private static boolean wanted(String range) {
        return !range.replace(" ", "").matches(".*;q=0(\\.0{0,3})?(;.*)?");
    }

    private static boolean matches(String range, String type) {
        return range.equals("*/*")
                || range.equals(type)
                || (range.endsWith("/*") && type.startsWith(range.substring(0, range.length() - 1)));
    }
}
