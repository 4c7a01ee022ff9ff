// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.isthmus.api.ProblemType;
import org.junit.jupiter.api.Test;

/** The problem catalogue of the documentation. */
final class ProblemCatalogueTest {
    private static final Path CATALOGUE = Path.of("../../docs/problems.md");
    private static final String HEAD =
            """
            # Problems

            Every refusal and failure of the API is `application/problem+json` (RFC 9457). Its `type` is
            `/api/v1/problems/` and a name of this list, which never changes its meaning; `detail` says what happened in this
            case and what to do about it; `errors[]` points at the fields that are wrong. The same list is served at
            `/api/v1/problems`. It is written from the code: `mvn -pl itests/journeys test -Dtest=ProblemCatalogueTest
            -Disthmus.docs.write=true`.
            """;

    /** Run with {@code -Disthmus.docs.write=true} to write it. */
    @Test
    void theCatalogueHasEveryTypeAsItIs() throws IOException {
        if (Boolean.getBoolean("isthmus.docs.write")) {
            Files.writeString(CATALOGUE, written());
        }
        assertEquals(written(), Files.readString(CATALOGUE));
    }

    @Test
    void everyTypeHasANameOfItsOwnAndSaysWhatToDo() {
        Set<String> slugs = new HashSet<>();
        for (ProblemType type : ProblemTypes.all()) {
            assertTrue(slugs.add(type.slug()), () -> type.slug() + " is there twice");
            assertTrue(type.slug().matches("[a-z]+(-[a-z]+)*"), type::slug);
            assertTrue(type.status() >= 400 && type.status() < 600, type::slug);
            assertTrue(type.help().endsWith("."), () -> type.slug() + " says what to do in a sentence");
        }
    }

    private static String written() {
        StringBuilder text = new StringBuilder(HEAD);
        for (Class<?> domain : ProblemTypes.enums()) {
            String name = domain.getSimpleName().replace("Problem", "");
            String title = name.isEmpty() ? "Everywhere" : name.equals("Rest") ? "Protocol" : name;
            text.append(String.format(
                    Locale.ROOT, "\n## %s\n| type | status | title | what to do |\n|---|---|---|---|\n", title));
            for (ProblemType type : ProblemTypes.of(domain)) {
                text.append(String.format(
                        Locale.ROOT,
                        "| `%s` | %d | %s | %s |\n",
                        type.slug(),
                        type.status(),
                        cell(type.title()),
                        cell(type.help())));
            }
        }
        return text.toString();
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}
