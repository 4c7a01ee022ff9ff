// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.apache.karaf.shell.support.CommandException;
import org.isthmus.api.ProblemException;
import org.isthmus.api.ProblemException.FieldError;
import org.isthmus.shell.show.Json;
import org.isthmus.shell.show.Shown;
import org.isthmus.shell.show.Text;

/**
 * Tells why something was not done: to a person what happened and what to do, to a script a problem document. Always as
 * Karaf's own CommandException, which prints just that, logs no stack trace and makes the exit code 1.
 */
final class Refusal {
    private Refusal() {}

    static CommandException of(ProblemException problem, boolean json) {
        return new CommandException(json ? document(problem) : words(problem), problem.getMessage());
    }

    /** What was typed cannot be, or the thing waited for failed. */
    static CommandException of(String message, boolean json) {
        String words = message == null ? "That cannot be." : message;
        ObjectNode document = JsonNodeFactory.instance.objectNode().put("detail", words);
        return new CommandException(json ? Json.text(document) : "Error: " + Text.harmless(words), words);
    }

    private static String words(ProblemException problem) {
        StringBuilder words = new StringBuilder("Error: ").append(Text.harmless(problem.getMessage()));
        for (FieldError error : problem.errors()) {
            if (!problem.getMessage().contains(error.detail())) {
                words.append("\n  ").append(Text.harmless(error.pointer() + ": " + error.detail()));
            }
        }
        for (Map.Entry<String, Object> extra : problem.extra().entrySet()) {
            words.append("\n  ")
                    .append(extra.getKey())
                    .append(": ")
                    .append(Text.harmless(extra.getValue().toString()));
        }
        words.append("\n").append(problem.type().help());
        problem.retryAfter().ifPresent(pause -> words.append(" Worth another try in ")
                .append(Math.max(1, pause.toSeconds()))
                .append(" s."));
        return words.toString();
    }

    private static String document(ProblemException problem) {
        ObjectNode document = JsonNodeFactory.instance
                .objectNode()
                .put("type", problem.type().slug())
                .put("title", problem.type().title())
                .put("status", problem.type().status())
                .put("detail", problem.getMessage());
        if (!problem.errors().isEmpty()) {
            document.set("errors", Shown.of(problem.errors()));
        }
        problem.extra().forEach((member, value) -> document.put(member, value.toString()));
        return Json.text(document);
    }
}
