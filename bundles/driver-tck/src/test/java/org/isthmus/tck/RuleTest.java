// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class RuleTest {
    private static final Path GUIDE = Path.of("../../docs/guides/driver-contract.md");
    private static final String BEGIN = "<!-- rules: begin; written by RuleTest -->\n";
    private static final String END = "<!-- rules: end -->\n";

    private static final List<Class<?>> CONTRACTS = Stream.concat(
                    Stream.of(DriverContract.class, ComputeContract.class, NetworkContract.class),
                    DriverContract.FACETS.values().stream())
            .toList();

    @Test
    void everyRuleHasOneTestAndEveryTestHasARule() {
        Map<Rule, Integer> tests = new EnumMap<>(Rule.class);
        for (Class<?> contract : CONTRACTS) {
            for (Method method : contract.getDeclaredMethods()) {
                if (method.isAnnotationPresent(Test.class)) {
                    Optional<Rule> rule = Rule.ofTest(method.getName());
                    assertTrue(rule.isPresent(), () -> method + " begins with the number of a rule");
                    tests.merge(rule.orElseThrow(), 1, Integer::sum);
                }
            }
        }

        Map<Rule, Integer> once = new EnumMap<>(Rule.class);
        for (Rule rule : Rule.values()) {
            once.put(rule, 1);
        }
        assertEquals(once, tests);
    }

    @Test
    void everyRuleIsOneSentenceLikeNoOther() {
        Map<String, Rule> sentences = new HashMap<>();
        for (Rule rule : Rule.values()) {
            assertTrue(rule.sentence().endsWith("."), () -> rule + " is a sentence");
            assertNull(sentences.put(rule.sentence(), rule), () -> rule + " says something of its own");
        }
    }

    /** Run with {@code -Disthmus.docs.write=true} to write the rules into the guide. */
    @Test
    void theGuideHasTheRulesAsTheyAre() throws IOException {
        String guide = Files.readString(GUIDE);
        int begin = guide.indexOf(BEGIN) + BEGIN.length();
        int end = guide.indexOf(END);
        assertTrue(begin >= BEGIN.length() && end >= begin, "the guide marks where the rules go");

        if (Boolean.getBoolean("isthmus.docs.write")) {
            Files.writeString(GUIDE, guide.substring(0, begin) + rules() + guide.substring(end));
        } else {
            assertEquals(rules(), guide.substring(begin, end));
        }
    }

    private static String rules() {
        StringBuilder text = new StringBuilder();
        for (Rule.Area area : Rule.Area.values()) {
            text.append(String.format(Locale.ROOT, "\n### %s\n\n| rule | what holds |\n|---|---|\n", area.title()));
            for (Rule rule : Rule.values()) {
                if (rule.area() == area) {
                    text.append(String.format(Locale.ROOT, "| %s | %s |\n", rule, rule.sentence()));
                }
            }
        }
        return text.append('\n').toString();
    }
}
