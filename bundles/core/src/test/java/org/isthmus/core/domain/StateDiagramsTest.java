// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.network.Networks.NetworkState;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.server.ServerState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The drawings in docs/states are those of the tables in the code. With {@code -Disthmus.write.docs=true} they are written
 * instead of compared.
 */
final class StateDiagramsTest {
    /** Tests run in bundles/core. */
    private static final Path DOCS = Path.of("..", "..", "docs", "states");

    record Diagram(String name, String text) {
        static <E extends Enum<E>> Diagram of(String name, Class<E> states, BiPredicate<E, E> mayBecome, String words) {
            List<E> all = Arrays.asList(states.getEnumConstants());
            StringBuilder text = new StringBuilder();
            text.append("<!-- SPDX-License-Identifier: Apache-2.0 -->\n");
            text.append("<!-- Written by StateDiagramsTest from the table in ").append(states.getSimpleName());
            text.append("; do not edit. -->\n");
            text.append("# States of ").append(article(name)).append(name).append("\n\n");
            text.append(words).append("\n\n```mermaid\nstateDiagram-v2\n");
            text.append("    [*] --> ").append(all.get(0)).append('\n');
            for (E from : all) {
                List<E> next =
                        all.stream().filter(to -> mayBecome.test(from, to)).toList();
                next.forEach(to -> text.append("    ")
                        .append(from)
                        .append(" --> ")
                        .append(to)
                        .append('\n'));
            }
            text.append("```\n\n| from | may become |\n|---|---|\n");
            for (E from : all) {
                List<String> next = all.stream()
                        .filter(to -> mayBecome.test(from, to))
                        .map(Enum::name)
                        .toList();
                text.append("| ").append(from).append(" | ");
                text.append(next.isEmpty() ? "nothing: it stays so" : String.join(", ", next));
                text.append(" |\n");
            }
            return new Diagram(name, text.toString());
        }

        private static String article(String name) {
            return "aeiou".indexOf(name.toLowerCase(Locale.ROOT).charAt(0)) >= 0 ? "an " : "a ";
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Diagram> diagrams() {
        return Stream.of(
                Diagram.of(
                        "server",
                        ServerState.class,
                        ServerState::mayBecome,
                        "A wish that is not an arrow here is refused with 409 `server-state`, and the problem lists what is"
                                + " possible. While an operation is at work on a server nothing else begins. RUNNING is"
                                + " charged for CPUs, memory and storage; STOPPED, DELETED and LOST for storage; FAILED for"
                                + " nothing. Between two states what was charged goes on. A DELETED server whose grace is over"
                                + " is gone: its row is removed."),
                Diagram.of(
                        "network",
                        NetworkState.class,
                        NetworkState::mayBecome,
                        "An ACTIVE network is charged for, and goes on being so until it is gone: the row of a DELETING network"
                                + " is removed when its driver has removed it."),
                Diagram.of(
                        "image",
                        ImageState.class,
                        ImageState::mayBecome,
                        "Content is read only of a READY image. The content of a FAILED one has been removed; it is deleted and"
                                + " made anew."),
                Diagram.of(
                        "operation",
                        OperationState.class,
                        OperationState::mayBecome,
                        "While RUNNING, steps are run one after the other, or undone backwards. What an operation waits for, or"
                                + " why it failed, is its reason."));
    }

    @ParameterizedTest
    @MethodSource("diagrams")
    void areDrawnAsTheCodeHasThem(Diagram diagram) throws IOException {
        Path file = DOCS.resolve(diagram.name() + ".md");
        if (Boolean.getBoolean("isthmus.write.docs")) {
            Files.createDirectories(DOCS);
            Files.writeString(file, diagram.text());
        }

        assertEquals(diagram.text(), Files.readString(file));
    }
}
