// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.store.Tx;

/** Transactions that write down the plain statements that are prepared in them while somebody listens. */
public final class CountedTx extends TxAround {
    private final List<String> statements = new ArrayList<>();
    private Thread listening;

    public CountedTx(Tx tx) {
        super(tx);
    }

    /** The statements of some work on this thread, in their order. */
    public List<String> of(Runnable work) {
        statements.clear();
        listening = Thread.currentThread();
        try {
            work.run();
        } finally {
            listening = null;
        }
        return List.copyOf(statements);
    }

    @Override
    public Connection connection() {
        Connection real = super.connection();
        if (listening != Thread.currentThread()) {
            return real;
        }
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("prepareStatement")) {
                        statements.add((String) arguments[0]);
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
