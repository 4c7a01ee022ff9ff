// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.opentest4j.TestAbortedException;

/** Gives tests the one cloud on the one lab; starts both for the first test, and stops them after the last. */
final class OnLab implements ParameterResolver {
    private static final Namespace SHARED = Namespace.create(OnLab.class);

    /** The cloud, or why there is none: then it is not tried again. */
    private record Shared(Cloud cloud, TestAbortedException whyNot) implements AutoCloseable {
        static Shared start() {
            try {
                return new Shared(Cloud.start(lab()), null);
            } catch (Lab.Impossible e) {
                return new Shared(null, new TestAbortedException(e.getMessage(), e));
            }
        }

        private static Lab lab() {
            return Lab.up(
                    Path.of("../.."),
                    System.getProperty("lab.directory", "/var/tmp/isthmus-itests"),
                    System.getProperty("lab.net", "192.168.77"),
                    Lab.CENTRAL,
                    Lab.H1,
                    Lab.H2,
                    Lab.OUTSIDE);
        }

        @Override
        public void close() {
            if (cloud != null) {
                cloud.close();
            }
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Cloud.class;
    }

    @Override
    public Cloud resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Shared shared = context.getRoot()
                .getStore(SHARED)
                .getOrComputeIfAbsent(Shared.class, key -> Shared.start(), Shared.class);
        if (shared.whyNot() != null) {
            throw shared.whyNot();
        }
        return shared.cloud();
    }
}
