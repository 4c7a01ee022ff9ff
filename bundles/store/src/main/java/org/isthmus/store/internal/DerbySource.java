// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.slf4j.LoggerFactory;

/**
 * Connections to embedded Derby that can be written to. Derby ends itself when its disk is full, and its next connection opens
 * it again: for reading only when there is still no space, and then it stays so. Here it is ended once more, and the connection
 * after that finds what has become of the disk. Thread-safe.
 */
final class DerbySource implements DataSource {
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(DerbySource.class);

    private final DataSource derby;
    private final Runnable end;
    private boolean broken;

    /**
     * Over what gives any connection.
     *
     * @param end ends Derby's engine, if it runs
     */
    DerbySource(DataSource derby, Runnable end) {
        this.derby = derby;
        this.end = end;
    }

    /** One at a time: nobody ends what somebody else has just opened well. */
    @Override
    public synchronized Connection getConnection() throws SQLException {
        Connection connection;
        try {
            connection = derby.getConnection();
        } catch (SQLException e) {
            if (Failures.endsDerby(e)) { // and may have left what is neither open nor closed
                broke(e.getMessage());
                end.run();
            }
            throw e;
        }
        if (connection.isReadOnly()) {
            String why = "It can only be read: its disk is full, or its folder cannot be written to.";
            broke(why);
            connection.close();
            end.run();
            throw new SQLTransientConnectionException(why);
        }
        if (broken) {
            broken = false;
            LOG.info("The database can be written to again");
        }
        return connection;
    }

    private void broke(String why) {
        if (!broken) {
            broken = true;
            LOG.warn("The database is away, and is opened again until that works: {} Is there space on its disk?", why);
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("Embedded, it knows no users");
    }

    /** None: what Derby has to recover when it is opened takes its time, and would be begun again and again. */
    @Override
    public void setLoginTimeout(int seconds) {
        // whoever waits for the pool is refused by the pool
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return derby.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter writer) throws SQLException {
        derby.setLogWriter(writer);
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return derby.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return derby.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return derby.isWrapperFor(type);
    }
}
