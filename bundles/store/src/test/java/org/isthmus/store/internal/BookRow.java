// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Version;

/** A row of one bundle. */
@Entity
@Table(name = "tst_book")
class BookRow {
    @Id
    private String id;

    private String title;

    @Version
    private long version;

    BookRow(String id, String title) {
        this.id = id;
        this.title = title;
    }

    String id() {
        return id;
    }

    String title() {
        return title;
    }

    void title(String changed) {
        title = changed;
    }

    long version() {
        return version;
    }
}
