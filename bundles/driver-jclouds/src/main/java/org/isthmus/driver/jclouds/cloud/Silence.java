// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

import java.lang.reflect.Proxy;
import org.jclouds.logging.Logger;
import org.jclouds.logging.Logger.LoggerFactory;
import org.jclouds.logging.config.LoggingModule;

/**
 * Keeps jclouds quiet: what failed is said to the host, which knows what it means. jclouds' own logger of nothing still
 * writes errors to the process's standard output, with what was sent.
 */
final class Silence extends LoggingModule {
    private static final Logger NOTHING = (Logger) Proxy.newProxyInstance(
            Silence.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, arguments) -> nothing(method.getReturnType()));

    private static Object nothing(Class<?> type) {
        if (type == boolean.class) {
            return false;
        }
        return type == String.class ? "nothing" : null;
    }

    @Override
    public LoggerFactory createLoggerFactory() {
        return category -> NOTHING;
    }
}
