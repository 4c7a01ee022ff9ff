// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.tck.Rule;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The contract kit tests itself: for every rule there is a driver that breaks it, and it fails that rule and no other. */
final class BrokenDriversTest {
    private static final Set<Rule.Area> EVERYWHERE = EnumSet.of(Rule.Area.EVERY_DRIVER, Rule.Area.COMPUTE);

    /** Kept, so that it is not collected with its level: that broken drivers leave things behind is no news here. */
    private static final Logger KIT = Logger.getLogger("org.isthmus.tck");

    @BeforeAll
    static void silence() {
        KIT.setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        KIT.setLevel(null);
    }

    @TestFactory
    Stream<DynamicTest> aDriverThatBreaksARuleFailsThatRuleAndNoOther() {
        return Stream.of(Rule.values())
                .map(rule -> DynamicTest.dynamicTest(rule + " " + rule.sentence(), () -> failsOnly(rule)));
    }

    private static void failsOnly(Rule rule) {
        boolean network = rule.area() == Rule.Area.NETWORK;
        Map<Rule, TestExecutionResult> results =
                run(network ? BrokenRuns.Network.class : BrokenRuns.Compute.class, rule.name());

        assertFailed(Set.of(rule), results);
        assertEquals(
                rules(area -> area == Rule.Area.EVERY_DRIVER || (area == Rule.Area.NETWORK) == network),
                results.keySet(),
                "every rule was tried");
    }

    @Test
    void aFacetThatIsOfferedWithoutItsContractFailsAndItsRulesAreNotTried() {
        Map<Rule, TestExecutionResult> results = run(BrokenRuns.Silent.class, "");

        assertFailed(Set.of(Rule.D02), results);
        assertEquals(rules(EVERYWHERE::contains), results.keySet());
    }

    private static Set<Rule> rules(Predicate<Rule.Area> areas) {
        return Stream.of(Rule.values()).filter(rule -> areas.test(rule.area())).collect(Collectors.toSet());
    }

    private static void assertFailed(Set<Rule> expected, Map<Rule, TestExecutionResult> results) {
        Map<Rule, TestExecutionResult> unsuccessful = new TreeMap<>(results);
        unsuccessful.values().removeIf(result -> result.getStatus() == TestExecutionResult.Status.SUCCESSFUL);

        assertEquals(expected, unsuccessful.keySet(), unsuccessful::toString);
    }

    /** What became of each rule, aborted ones too. */
    private static Map<Rule, TestExecutionResult> run(Class<?> contract, String broken) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(contract))
                .configurationParameter(BrokenRuns.RULE, broken)
                .build();
        Map<Rule, TestExecutionResult> results = new TreeMap<>();
        LauncherFactory.create().execute(request, new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest()) {
                    results.put(ruleOf(test), result);
                }
            }
        });
        return results;
    }

    private static Rule ruleOf(TestIdentifier test) {
        return test.getSource()
                .filter(MethodSource.class::isInstance)
                .map(MethodSource.class::cast)
                .flatMap(source -> Rule.ofTest(source.getMethodName()))
                .orElseThrow(() -> new AssertionError("Something failed that is no rule: " + test.getDisplayName()));
    }
}
