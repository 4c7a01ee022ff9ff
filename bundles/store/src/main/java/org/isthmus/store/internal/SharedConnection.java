// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.openjpa.lib.jdbc.DelegatingResultSet;

/**
 * The transaction's connection as its participants get it: they may think that they open, commit and close it, but none of
 * that has an effect, and a failed statement is told to the transaction.
 *
 * <p>A proxy and not a class of a hundred methods: what JDBC adds is passed on by itself.
 */
final class SharedConnection implements InvocationHandler {
    /** What they return can fail as well. */
    private static final Set<Class<?>> WATCHED =
            Set.of(Statement.class, PreparedStatement.class, CallableStatement.class);

    private final Connection real;
    private final Consumer<Throwable> failed;
    private final Connection proxy;
    private boolean ending;
    private boolean over;

    SharedConnection(Connection real, Consumer<Throwable> failed) {
        this.real = real;
        this.failed = failed;
        this.proxy = (Connection) Proxy.newProxyInstance(
                SharedConnection.class.getClassLoader(), new Class<?>[] {Connection.class}, this);
    }

    Connection proxy() {
        return proxy;
    }

    /** From here on a participant's rollback is part of the end and no news. */
    void ending() {
        ending = true;
    }

    /** From here on the connection is somebody else's. */
    void over() {
        over = true;
    }

    @Override
    public Object invoke(Object self, Method method, Object[] arguments) throws Throwable {
        return switch (method.getName()) {
            case "equals" -> self == arguments[0];
            case "hashCode" -> System.identityHashCode(self);
            case "toString" -> "shared " + real;
            case "close", "commit", "setAutoCommit", "setReadOnly", "setTransactionIsolation", "setHoldability" -> null;
            case "rollback" -> {
                if (!ending) {
                    failed.accept(new SQLException("a participant rolled back"));
                }
                yield null;
            }
            case "isClosed" -> over;
            case "getAutoCommit", "isWrapperFor" -> false;
            case "abort", "unwrap", "setSavepoint", "releaseSavepoint" -> throw new SQLFeatureNotSupportedException(
                    method.getName() + " is not allowed: the connection is shared by all of the transaction");
            default -> {
                if (over) {
                    throw new SQLException("the transaction is over", "08003");
                }
                yield call(real, proxy, method, arguments);
            }
        };
    }

    private Object call(Object target, Object self, Method method, Object[] arguments) throws Throwable {
        try {
            Object result = method.invoke(target, arguments);
            Class<?> type = method.getReturnType();
            if (result instanceof ResultSet rows) {
                return new Rows(rows, self instanceof Statement statement ? statement : null);
            }
            return result != null && WATCHED.contains(type) ? watched(result, type) : result;
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SQLException failure && isFailedStatement(method, failure)) {
                failed.accept(failure);
            }
            throw e.getCause();
        }
    }

    /** A wrong parameter or column is a mistake before any statement ran, and costs nothing. */
    private static boolean isFailedStatement(Method method, SQLException failure) {
        String name = method.getName();
        boolean value = name.startsWith("set") || name.startsWith("get");
        return !value || Failures.endsTransaction(failure);
    }

    private Object watched(Object target, Class<?> type) {
        return Proxy.newProxyInstance(
                SharedConnection.class.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    return switch (method.getName()) {
                        case "equals" -> self == arguments[0];
                        case "hashCode" -> System.identityHashCode(self);
                        case "toString" -> target.toString();
                        case "getConnection" -> proxy;
                        default -> call(target, self, method, arguments);
                    };
                });
    }

    /** A result: a row lock is only met on the way to the row. Its many values are read without a proxy between. */
    private final class Rows extends DelegatingResultSet {
        private final ResultSet rows;

        Rows(ResultSet rows, Statement statement) {
            super(rows, statement);
            this.rows = rows;
        }

        @Override
        public boolean next() throws SQLException {
            try {
                return rows.next();
            } catch (SQLException e) {
                failed.accept(e);
                throw e;
            }
        }
    }
}
