// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.isthmus.tck.AdoptableContract;
import org.isthmus.tck.AttachableContract;
import org.isthmus.tck.ComputeContract;
import org.isthmus.tck.ComputeSubject;
import org.isthmus.tck.ConsoleContract;
import org.isthmus.tck.ImageExportContract;
import org.isthmus.tck.ImageImportContract;
import org.isthmus.tck.MeteredContract;
import org.isthmus.tck.NetworkContract;
import org.isthmus.tck.NetworkSubject;
import org.isthmus.tck.ResizableContract;
import org.isthmus.tck.Rule;
import org.isthmus.tck.SnapshotsContract;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** The contracts, run by {@link BrokenDriversTest} alone, against a driver that breaks the rule it names. */
final class BrokenRuns {
    /** The configuration parameter that names the rule. */
    static final String RULE = "isthmus.broken";

    /** Where wishes must be interleaved or resumed, the fake takes several calls for each. */
    private static final Set<Rule> SLOW = Set.of(Rule.C03, Rule.C25, Rule.I09);

    private BrokenRuns() {}

    private static FakeSubject subject(Rule rule) {
        return new FakeSubject(Map.of("pendingSteps", SLOW.contains(rule) ? "2" : "0"));
    }

    @ExtendWith(RuleFromConfiguration.class)
    static final class Compute extends ComputeContract
            implements ResizableContract,
                    AttachableContract,
                    SnapshotsContract,
                    ConsoleContract,
                    MeteredContract,
                    AdoptableContract,
                    ImageExportContract,
                    ImageImportContract {
        private final Rule rule;

        Compute(Rule rule) {
            this.rule = rule;
        }

        @Override
        protected ComputeSubject subject() {
            FakeSubject subject = BrokenRuns.subject(rule);
            Broken memory = new Broken();
            boolean core = rule.area() == Rule.Area.COMPUTE || rule.area() == Rule.Area.EVERY_DRIVER;
            return subject.compute(sound -> core
                    ? BrokenServers.breaking(rule, subject, memory, sound)
                    : BrokenFacets.breaking(rule, memory, sound));
        }
    }

    @ExtendWith(RuleFromConfiguration.class)
    static final class Network extends NetworkContract {
        private final Rule rule;

        Network(Rule rule) {
            this.rule = rule;
        }

        @Override
        protected NetworkSubject subject() {
            FakeSubject subject = BrokenRuns.subject(rule);
            Broken memory = new Broken();
            return subject.network(sound -> new BrokenNetworks(rule, subject, memory, sound));
        }
    }

    /** Says nothing of the facets that the fake offers. */
    static final class Silent extends ComputeContract {
        @Override
        protected ComputeSubject subject() {
            return new FakeSubject(Map.of()).compute(UnaryOperator.identity());
        }
    }

    /** Hands the rule to the constructor. */
    static final class RuleFromConfiguration implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Rule.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            Optional<String> rule = context.getConfigurationParameter(RULE);
            return Rule.valueOf(rule.orElseThrow());
        }
    }
}
