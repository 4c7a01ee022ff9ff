// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.util.Map;

/** Headers that go on every answer: nothing is kept by caches, sniffed, framed or run. */
public final class SecurityHeaders {
    public static final Map<String, String> ALL = Map.of(
            "X-Content-Type-Options", "nosniff",
            "Cache-Control", "no-store",
            "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
            "X-Frame-Options", "DENY",
            "Referrer-Policy", "no-referrer");

    private SecurityHeaders() {}
}
