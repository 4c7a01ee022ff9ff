// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.util.Map;
import java.util.regex.Pattern;

/** What holds for every answer to every request of every story, and is checked on each. */
final class Manners {
    private static final Map<String, String> HEADERS = Map.of(
            "X-Content-Type-Options", "nosniff",
            "Cache-Control", "no-store",
            "X-Frame-Options", "DENY",
            "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
            "Referrer-Policy", "no-referrer");

    private static final Pattern STACK_TRACE =
            Pattern.compile("\\bat [a-z]+(\\.[A-Za-z0-9_$]+)+\\(|\\.[A-Z][A-Za-z]+Exception\\b|<html|<!doctype|<body");

    private Manners() {}

    static void check(Answer answer) {
        HEADERS.forEach((name, value) -> {
            if (!answer.header(name).equals(java.util.Optional.of(value))) {
                throw wrong(answer, "has the header " + name + ": " + value);
            }
        });
        if (answer.header("Server").isPresent()) {
            throw wrong(answer, "does not say what serves it");
        }
        if (STACK_TRACE.matcher(answer.text()).find()) {
            throw wrong(answer, "shows neither a stack trace nor HTML");
        }
        if (answer.status() >= 400
                && !answer.asked().startsWith("HEAD ")
                && !answer.asked().contains("/readyz")) {
            problem(answer);
        }
    }

    private static void problem(Answer answer) {
        if (answer.asked().contains("/scim/v2")) {
            scim(answer);
            return;
        }
        if (!answer.header("Content-Type").orElse("").startsWith("application/problem+json")) {
            throw wrong(answer, "is application/problem+json");
        }
        if (!answer.body().path("type").asText().startsWith("/api/v1/problems/")
                || answer.body().path("title").asText().isBlank()
                || answer.body().path("status").asInt() != answer.status()
                || answer.detail().length() < 10
                || answer.body().path("instance").asText().isBlank()) {
            throw wrong(answer, "has type, title, status, detail and instance");
        }
        if (answer.status() >= 500 && answer.status() != 503) {
            throw wrong(answer, "is not the controller's own failure");
        }
        if ((answer.status() == 429 || answer.status() == 503)
                && answer.header("Retry-After").isEmpty()) {
            throw wrong(answer, "says when to come back");
        }
    }

    /** RFC 7644, 3.12. */
    private static void scim(Answer answer) {
        if (!answer.header("Content-Type").orElse("").startsWith("application/scim+json")
                || !answer.body().at("/schemas/0").asText().equals("urn:ietf:params:scim:api:messages:2.0:Error")
                || !answer.body().path("status").asText().equals(Integer.toString(answer.status()))
                || answer.detail().length() < 10) {
            throw wrong(answer, "of SCIM is application/scim+json and has schemas, status and detail");
        }
    }

    private static AssertionError wrong(Answer answer, String rule) {
        return new AssertionError("Every answer " + rule + ", but " + answer.asked() + " was answered "
                + answer.status() + " " + answer.headers().map() + " " + answer.text());
    }
}
