// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.identity.AccessReviews;
import org.isthmus.api.identity.Provisioning;
import org.isthmus.api.identity.Sessions;
import org.isthmus.api.identity.Syncs;
import org.isthmus.api.server.Servers;
import org.junit.jupiter.api.Test;

final class CatalogueTest {
    private static final String TOLD = "a directory tells that, and nobody else";

    /** Changes without a command, and why. */
    private static final Map<Class<?>, String> ELSEWHERE = Map.ofEntries(
            Map.entry(
                    Servers.OpenConsole.class,
                    "its ticket is for a WebSocket; at the shell there is server-console-log"),
            Map.entry(Sessions.StepUp.class, "the shell has no session: its login with the code is the proof"),
            Map.entry(Syncs.EndSync.class, TOLD),
            Map.entry(AccessReviews.TellOverdue.class, "asked by the clock, of nobody else"),
            Map.entry(Provisioning.PutPerson.class, TOLD),
            Map.entry(Provisioning.RemovePerson.class, TOLD),
            Map.entry(Provisioning.PutGroup.class, TOLD),
            Map.entry(Provisioning.RemoveGroup.class, TOLD),
            Map.entry(Provisioning.SetMembers.class, TOLD),
            Map.entry(Provisioning.SetGroupsOf.class, TOLD));

    @Test
    void everyChangeHasACommandOrAReasonWhyNot() {
        Set<String> without = new TreeSet<>();
        Set<Class<?>> submitted = Catalogue.commands().stream()
                .flatMap(command -> Catalogue.submits(command).stream())
                .collect(Collectors.toSet());
        for (Class<?> change : Catalogue.changes()) {
            if (!submitted.contains(change) && !ELSEWHERE.containsKey(change)) {
                without.add(change.getSimpleName());
            }
        }

        assertEquals(Set.of(), without);
        assertTrue(Catalogue.changes().size() > 40, "the search found the changes");
        ELSEWHERE.keySet().forEach(change -> assertFalse(submitted.contains(change), change + " has a command now"));
    }

    @Test
    void everyCommandIsFoundByKarafAndSaysWhatItDoes() {
        Set<String> names = new HashSet<>();
        for (Class<? extends Action> type : Catalogue.commands()) {
            Command command = type.getAnnotation(Command.class);
            assertTrue(type.isAnnotationPresent(Service.class), type + " is no service");
            assertEquals("isthmus", command.scope(), type.getName());
            assertTrue(command.name().matches("[a-z]+(-[a-z]+)*"), command.name());
            assertTrue(names.add(command.name()), command.name() + " is there twice");
            assertTrue(command.description().length() > 10, command.name());
            assertFalse(command.description().endsWith("."), command.name());
        }
        assertTrue(names.size() > 80, "the search found the commands: " + names.size());
    }

    @Test
    void everyWordOfACommandIsExplainedAndCompleted() {
        for (Class<? extends Action> type : Catalogue.commands()) {
            String name = Catalogue.name(type);
            Set<String> options = new HashSet<>();
            for (Field field : Catalogue.fields(type).toList()) {
                Option option = field.getAnnotation(Option.class);
                if (option != null) {
                    assertFalse(option.description().isBlank(), name + " " + option.name());
                    assertTrue(options.add(option.name()), name + " has " + option.name() + " twice");
                }
                Argument argument = field.getAnnotation(Argument.class);
                if (argument != null) {
                    assertFalse(argument.description().isBlank(), name + " " + argument.name());
                    assertTrue(
                            field.isAnnotationPresent(Completion.class),
                            name + " " + argument.name() + ": without a completer nothing after it can be completed");
                }
            }
            assertTrue(options.contains("--json"), name);
            int index = 0;
            for (Argument argument : Catalogue.arguments(type)) {
                assertEquals(index++, argument.index(), name);
            }
        }
    }
}
