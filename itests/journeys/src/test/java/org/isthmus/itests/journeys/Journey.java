// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.util.Optional;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;

/**
 * Gives a story its {@link Controller} and {@link Platform}: the shared ones, or with {@link Own} fresh ones; shows the end
 * of the controller's log when a test failed.
 */
final class Journey implements ParameterResolver, AfterTestExecutionCallback, TestInstancePostProcessor {
    private static final Namespace HERE = Namespace.create(Journey.class);

    /** Closed by JUnit when the class, or the whole run, is over. */
    private static final class Held implements AutoCloseable {
        private final Controller controller;
        private Platform platform;

        Held(String name) {
            controller = Controller.fresh(name);
            controller.start();
        }

        synchronized Platform platform() {
            if (platform == null) {
                platform = Platform.firstStart(controller);
            }
            return platform;
        }

        @Override
        public void close() {
            controller.close();
        }
    }

    private static Held held(ExtensionContext context) {
        Class<?> story = context.getRequiredTestClass();
        boolean own = story.isAnnotationPresent(Own.class);
        ExtensionContext place = own ? classOf(context) : context.getRoot();
        String name = own ? story.getSimpleName() : "shared";
        return place.getStore(HERE).getOrComputeIfAbsent(name, Held::new, Held.class);
    }

    private static ExtensionContext classOf(ExtensionContext context) {
        ExtensionContext at = context;
        while (at.getTestMethod().isPresent()) {
            at = at.getParent().orElseThrow();
        }
        return at;
    }

    @Override
    public void postProcessTestInstance(Object story, ExtensionContext context) {
        // a controller that does not start fails here, once, and not in some test
        held(context);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Controller.class || type == Platform.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Held held = held(context);
        return parameter.getParameter().getType() == Controller.class ? held.controller : held.platform();
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        Optional<Throwable> thrown = context.getExecutionException();
        if (thrown.isPresent()) {
            System.err.println(context.getDisplayName() + " failed: " + thrown.get());
            System.err.println(held(context).controller.logTail());
        }
    }
}
