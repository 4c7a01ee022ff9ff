// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.isthmus.tck.Rule;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
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
    /** The fake has no networks of strangers to show by mistake; the rule is tried where there are real ones. */
    private static final Set<Rule> WITHOUT = EnumSet.of(Rule.N22);

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
                .filter(rule -> !WITHOUT.contains(rule))
                .map(rule -> DynamicTest.dynamicTest(rule + " " + rule.sentence(), () -> failsOnly(rule)));
    }

    private static void failsOnly(Rule rule) {
        Map<Rule, String> failures = failures(rule);

        assertEquals(Set.of(rule), failures.keySet(), failures::toString);
    }

    private static Map<Rule, String> failures(Rule rule) {
        Class<?> contract = rule.area() == Rule.Area.NETWORK ? BrokenRuns.Network.class : BrokenRuns.Compute.class;
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(contract))
                .configurationParameter(BrokenRuns.RULE, rule.name())
                .build();
        Map<Rule, String> failures = new TreeMap<>();
        LauncherFactory.create().execute(request, new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                    failures.put(ruleOf(test), String.valueOf(result.getThrowable()));
                }
            }
        });
        return failures;
    }

    private static Rule ruleOf(TestIdentifier test) {
        return test.getSource()
                .filter(MethodSource.class::isInstance)
                .map(MethodSource.class::cast)
                .flatMap(source -> Rule.ofTest(source.getMethodName()))
                .orElseThrow(() -> new AssertionError("Something failed that is no rule: " + test.getDisplayName()));
    }
}
