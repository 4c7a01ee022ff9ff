// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.ops4j.pax.jdbc.hook.PreHook;
import org.osgi.service.component.annotations.Component;

/** Migrates a data source before Pax JDBC publishes it, where its configuration says {@code ops4j.preHook=migrate}. */
@Component(property = PreHook.KEY_NAME + "=migrate")
public final class MigrateHook implements PreHook {
    @Override
    public void prepare(DataSource database) throws SQLException {
        Migrations.apply(database);
    }
}
