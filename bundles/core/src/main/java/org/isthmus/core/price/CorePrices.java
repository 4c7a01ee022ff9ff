// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.price;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.price.Item;
import org.isthmus.api.price.Prices;
import org.isthmus.core.Cursor;
import org.isthmus.core.Sql;
import org.isthmus.core.Times;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UsageId;
import org.isthmus.model.Page;
import org.isthmus.store.Tx;

/** Prices and usage as they are shown. */
public final class CorePrices implements Prices {
    private final Tx tx;
    private final Swaps swaps;
    private final PriceBook book;

    public CorePrices(Tx tx, Swaps swaps, PriceBook book) {
        this.tx = tx;
        this.swaps = swaps;
        this.book = book;
    }

    @Override
    public PriceBookView book(Caller caller, Ref organization) {
        return book.book(swaps.access()
                // prices are the same in all parts of it
                .call(access -> access.reach(caller, Action.PRICE_READ, organization))
                .organization()
                .id());
    }

    @Override
    public Page<UsageView> usage(Caller caller, Ref organization, Query query) {
        OrganizationView where = swaps.access().call(access -> access.require(caller, Action.USAGE_READ, organization));
        List<Object> values = new ArrayList<>();
        StringBuilder sql =
                new StringBuilder("select id, organization, subject_kind, subject_id, item, quantity, from_at,"
                        + " until_at from usg_interval where organization = ?");
        values.add(where.id().value());
        query.equal().forEach((field, value) -> {
            switch (field) {
                case "item" -> {
                    sql.append(" and item = ?");
                    values.add(item(value).name());
                }
                case "subject" -> {
                    sql.append(" and subject_id = ?");
                    values.add(value);
                }
                case "open" -> sql.append(
                        Boolean.parseBoolean(value) ? " and until_at is null" : " and until_at is not null");
                default -> throw Problem.MALFORMED.at(
                        field, "Usage is filtered by item, subject and open, not by this.");
            }
        });
        query.page().cursor().map(Cursor::key).ifPresent(after -> {
            sql.append(" and id > ?");
            values.add(after);
        });
        int limit = query.page().limit();
        sql.append(" order by id fetch first ").append(limit + 1).append(" rows only");
        List<UsageView> rows = tx.read(() -> Sql.run(() -> {
            List<UsageView> read = new ArrayList<>();
            try (PreparedStatement select = tx.connection().prepareStatement(sql.toString());
                    ResultSet row = Sql.bind(select, values.toArray()).executeQuery()) {
                while (row.next()) {
                    read.add(view(row));
                }
            }
            return read;
        }));
        return Page.of(rows, limit, row -> Cursor.of(row.id().value()));
    }

    private static Item item(String key) {
        for (Item item : Item.values()) {
            if (item.key().equals(key)) {
                return item;
            }
        }
        throw Problem.MALFORMED.at("item", "There is no item of this name; see the price book.");
    }

    private static UsageView view(ResultSet row) throws SQLException {
        long until = row.getLong(8);
        boolean open = row.wasNull();
        return new UsageView(
                new UsageId(row.getString(1)),
                new OrganizationId(row.getString(2)),
                new Subject(row.getString(3), row.getString(4)),
                Item.valueOf(row.getString(5)),
                row.getLong(6),
                Times.instant(row.getLong(7)),
                open ? Optional.empty() : Optional.of(Times.instant(until)));
    }
}
