// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.util.Set;
import org.apache.openjpa.jdbc.meta.MappingRepository;

/**
 * What OpenJPA knows of the rows of one unit. It offers each unit the rows of all; without this, one that stays open would keep
 * the rows of every replaced version of another bundle. Made by OpenJPA, by its name.
 */
public final class UnitRows extends MappingRepository {
    private static final long serialVersionUID = 1L;

    /**
     * Is told of each class of rows that is loaded, in the middle of its loading and one at a time for all units. It takes no
     * lock of this repository, which loads classes while it is locked: two units that begin at once would wait for each other.
     */
    @Override
    public void register(Class<?> row) {
        Set<String> own = getMetaDataFactory().getPersistentTypeNames(false, row.getClassLoader());
        if (own != null && own.contains(row.getName())) {
            super.register(row);
        }
    }
}
