// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The data source of every persistence unit: inside a transaction it gives that transaction's connection, outside a
 * read-only one.
 */
@Component(service = DataSource.class, property = "osgi.jndi.service.name=tx")
public final class JoiningDataSource implements DataSource {
    private final ThreadTx tx;

    @Activate
    public JoiningDataSource(@Reference ThreadTx tx) {
        this.tx = tx;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return tx.participantConnection();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return tx.participantConnection();
    }

    @Override
    public PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter writer) {
        // the pool logs
    }

    @Override
    public void setLoginTimeout(int seconds) {
        // the pool has its own
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("no java.util.logging here");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("This data source wraps nothing.");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
