// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import javax.persistence.EntityManagerFactory;
import org.isthmus.store.Tx;
import org.isthmus.store.embedded.EmbeddedDatabase;

/** Three participants in one database, as three bundles would be: two with JPA and one with plain JDBC. */
final class Library implements AutoCloseable {
    final EmbeddedDatabase database;
    final Tx tx;
    final EntityManagerFactory books;
    final EntityManagerFactory readers;

    Library(String name) {
        database = EmbeddedDatabase.inMemory(name);
        tx = database.tx();
        books = database.entityManagerFactory("books");
        readers = database.entityManagerFactory("readers");
        tx.run(() -> {
            statement(
                    "create table tst_book (id varchar(40) not null primary key, title varchar(100), version bigint)");
            statement(
                    "create table tst_reader (id varchar(40) not null primary key, name varchar(100), version bigint)");
            statement("create table tst_note (id varchar(40) not null primary key, text varchar(100))");
            return null;
        });
    }

    void book(String id, String title) {
        tx.execute(() -> tx.em(books).persist(new BookRow(id, title)));
    }

    void reader(String id, String name) {
        tx.execute(() -> tx.em(readers).persist(new ReaderRow(id, name)));
    }

    void note(String id) {
        tx.execute(() -> statement("insert into tst_note (id, text) values ('" + id + "', 'noted')"));
    }

    void retitle(String id, String title) {
        tx.execute(() -> tx.em(books).find(BookRow.class, id).title(title));
    }

    String title(String id) {
        return tx.read(() -> tx.em(books).find(BookRow.class, id).title());
    }

    int statement(String sql) {
        try (PreparedStatement statement = tx.connection().prepareStatement(sql)) {
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    long count(String table) {
        return tx.read(() -> {
            try (PreparedStatement select = tx.connection().prepareStatement("select count(*) from " + table);
                    ResultSet result = select.executeQuery()) {
                result.next();
                return result.getLong(1);
            } catch (SQLException e) {
                throw new IllegalStateException(table, e);
            }
        });
    }

    void assertEmpty() {
        assertEquals(0, count("tst_book") + count("tst_reader") + count("tst_note"));
    }

    void clear() {
        tx.execute(() -> {
            for (String table : List.of("tst_book", "tst_reader", "tst_note")) {
                statement("delete from " + table);
            }
        });
    }

    @Override
    public void close() {
        database.close();
    }
}
