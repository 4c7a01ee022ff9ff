// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.junit.jupiter.api.Test;

/** The list in docs/guides/shell.md is made from the commands; {@code -Dguide.write=true} makes it anew. */
final class GuideTest {
    private static final Path GUIDE = Path.of("../../docs/guides/shell.md");
    private static final String BEGIN = "<!-- the commands, made by GuideTest -->\n";
    private static final String END = "<!-- end of the commands -->\n";

    /** Said once for all of them. */
    private static final Set<String> COMMON =
            Set.of("--json", "-o", "--filter", "--limit", "--dry-run", "--wait", "--timeout");

    @Test
    void theGuideListsTheCommandsAsTheyAre() throws IOException {
        String guide = Files.readString(GUIDE);
        int begin = guide.indexOf(BEGIN) + BEGIN.length();
        int end = guide.indexOf(END);
        String list = list();
        if (Boolean.getBoolean("guide.write")) {
            Files.writeString(GUIDE, guide.substring(0, begin) + list + guide.substring(end));
            return;
        }

        assertEquals(
                list, guide.substring(begin, end), "Run mvn test -Dtest=GuideTest -Dguide.write=true and look at it");
    }

    private static String list() {
        StringBuilder list = new StringBuilder("\n| command | what it does | options of its own |\n|---|---|---|\n");
        for (Class<? extends Action> command : Catalogue.commands()) {
            list.append("| `")
                    .append(Catalogue.name(command))
                    .append(arguments(Catalogue.arguments(command)))
                    .append("` | ")
                    .append(command.getAnnotation(Command.class).description())
                    .append(" | ")
                    .append(Catalogue.options(command).stream()
                            .map(Option::name)
                            .filter(name -> !COMMON.contains(name))
                            .map(name -> "`" + name + "`")
                            .collect(Collectors.joining(" ")))
                    .append(" |\n");
        }
        return list.append('\n').toString();
    }

    private static String arguments(List<Argument> arguments) {
        return arguments.stream()
                .map(argument -> " " + (argument.required() ? argument.name() : "[" + argument.name() + "…]"))
                .collect(Collectors.joining());
    }
}
