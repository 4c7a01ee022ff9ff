// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Version;

/** A row of another bundle, in a persistence unit of its own. */
@Entity
@Table(name = "tst_reader")
class ReaderRow {
    @Id
    private String id;

    private String name;

    @Version
    private long version;

    ReaderRow(String id, String name) {
        this.id = id;
        this.name = name;
    }

    String id() {
        return id;
    }

    String name() {
        return name;
    }

    void name(String changed) {
        name = changed;
    }

    long version() {
        return version;
    }
}
