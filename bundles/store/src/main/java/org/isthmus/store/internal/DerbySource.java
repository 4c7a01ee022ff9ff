// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.apache.openjpa.lib.jdbc.DelegatingDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections to embedded Derby that can be written to. Derby ends itself when its disk is full, and its next connection opens
 * it again: for reading only when there is still no space, and then it stays so. Here it is ended once more, and the connection
 * after that finds what has become of the disk. Thread-safe.
 */
@SuppressWarnings("unchecked") // its superclass unwraps without type parameters
final class DerbySource extends DelegatingDataSource {
    private static final Logger LOG = LoggerFactory.getLogger(DerbySource.class);

    private final Runnable end;
    private boolean broken;
    private long parsed;

    /**
     * Over what gives any connection.
     *
     * @param end ends Derby's engine, if it runs
     */
    DerbySource(DataSource derby, Runnable end) {
        super(derby);
        this.end = end;
    }

    /** One at a time: nobody ends what somebody else has just opened well. */
    @Override
    public synchronized Connection getConnection() throws SQLException {
        Connection connection;
        try {
            connection = super.getConnection();
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
        return parsedFirst(connection);
    }

    /**
     * Derby's parser keeps the stack of whoever first has something parsed on a connection, and with that the classes of bundles
     * that are replaced later. So the pool is the first, on a thread of its own; what was parsed before is not parsed
     * again, hence the number.
     */
    private Connection parsedFirst(Connection connection) throws SQLException {
        try (Statement first = connection.createStatement()) {
            first.execute("values " + ++parsed);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
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
}
