// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Subject;
import org.isthmus.api.price.Item;
import org.isthmus.core.RowStore;
import org.isthmus.core.Sql;
import org.isthmus.core.Sql.Nothing;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.LimitId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;

/**
 * All queries on limits, their accounts, payers and holds. Plain JDBC, inside a transaction: accounts are wanted by many.
 *
 * <p>Derby is told the index wherever it might rather read a small table whole: it would wait for rows that others have just
 * written, who may wait for an account that is held here.
 */
final class LimitStore {
    private static final String COLUMNS =
            "id, organization, subject_kind, subject_id, subject_name, currency, monthly, hourly_rate,"
                    + " deployments_per_day, created_at, created_by, version, month_from, rate, projected, told_actual,"
                    + " told_forecast, freezes, frozen_at, frozen_by, frozen_alone, spared_month";

    private static final String LIMITS = index("lim_limit_subject");
    private static final String PAYERS = index("lim_payer_thing");
    private static final String HOLDS = index("lim_hold_of");
    private static final String USES = index("usg_open");

    private final Tx tx;

    LimitStore(Tx tx) {
        this.tx = tx;
    }

    private static String index(String name) {
        return " --DERBY-PROPERTIES index=" + name + "\n";
    }

    private int change(String sql, Object... values) {
        return Sql.run(() -> {
            try (PreparedStatement statement = tx.connection().prepareStatement(sql)) {
                return Sql.bind(statement, values).executeUpdate();
            }
        });
    }

    private <T> List<T> query(String sql, RowStore.Mapper<T> mapper, Object... values) {
        return Sql.run(() -> {
            try (PreparedStatement statement = tx.connection().prepareStatement(sql);
                    ResultSet result = Sql.bind(statement, values).executeQuery()) {
                List<T> rows = new ArrayList<>();
                while (result.next()) {
                    rows.add(mapper.map(result));
                }
                return rows;
            }
        });
    }

    private static Limit limit(ResultSet row) throws SQLException {
        long monthly = row.getLong(7);
        Optional<Long> month = row.wasNull() ? Optional.empty() : Optional.of(monthly);
        long hourly = row.getLong(8);
        Optional<Long> hour = row.wasNull() ? Optional.empty() : Optional.of(hourly);
        int daily = row.getInt(9);
        Optional<Integer> day = row.wasNull() ? Optional.empty() : Optional.of(daily);
        return new Limit(
                new LimitId(row.getString(1)),
                new OrganizationId(row.getString(2)),
                new Subject(row.getString(3), row.getString(4)),
                row.getString(5),
                row.getString(6),
                month,
                hour,
                day,
                Times.instant(row.getLong(10)),
                row.getString(11),
                row.getLong(12),
                row.getLong(13),
                row.getBigDecimal(14),
                row.getBigDecimal(15),
                row.getInt(16),
                row.getInt(17),
                freeze(row));
    }

    private static Limit.Freeze freeze(ResultSet row) throws SQLException {
        long since = row.getLong(19);
        Optional<Limit.Frozen> frozen = row.wasNull()
                ? Optional.empty()
                : Optional.of(new Limit.Frozen(Times.instant(since), row.getString(20), row.getBoolean(21)));
        return new Limit.Freeze(row.getBoolean(18), frozen, row.getLong(22));
    }

    // the guard of an organization

    /** True when the organization's guard is there. */
    boolean guarded(OrganizationId organization) {
        return !query("select 1 from lim_guard where organization = ?", row -> 1, organization.value())
                .isEmpty();
    }

    void guard(OrganizationId organization) {
        change("insert into lim_guard (organization, limits) values (?, 0)", organization.value());
    }

    /** Makes the guards of all that use anything, where no organization has one yet. */
    void guardThoseOfBefore() {
        if (query("select 1 from lim_guard fetch first 1 rows only", row -> 1).isEmpty()) {
            query("select distinct organization from usg_interval", row -> new OrganizationId(row.getString(1)))
                    .forEach(this::guard);
        }
    }

    /** True when the organization has any limit. To the transaction's end nobody else sets or takes away one. */
    boolean limited(OrganizationId organization) {
        return Sql.run(() -> !query(
                        "select limits from lim_guard where organization = ?" + Sql.forShare(tx.connection()),
                        row -> row.getInt(1),
                        organization.value())
                .stream()
                .allMatch(limits -> limits == 0));
    }

    /** The same, without a promise. */
    boolean limitedNow(OrganizationId organization) {
        return query("select limits from lim_guard where organization = ?", row -> row.getInt(1), organization.value())
                .stream()
                .anyMatch(limits -> limits > 0);
    }

    /** Waits for all who change what things of the organization cost; to the transaction's end nobody else does. */
    boolean alone(OrganizationId organization, int more) {
        return change("update lim_guard set limits = limits + ? where organization = ?", more, organization.value())
                == 1;
    }

    // limits

    Optional<Limit> find(LimitId id) {
        return query("select " + COLUMNS + " from lim_limit where id = ?", LimitStore::limit, id.value()).stream()
                .findFirst();
    }

    /** By its own id or its subject's. */
    Optional<Limit> find(OrganizationId organization, String ref) {
        return query(
                        "select " + COLUMNS + " from lim_limit" + LIMITS
                                + " where organization = ? and (id = ? or subject_id = ?)",
                        LimitStore::limit,
                        organization.value(),
                        ref,
                        ref)
                .stream()
                .findFirst();
    }

    /** The limits on any of these subjects and on the organization, in the order of {@link Limit#ORDER}. */
    List<Limit> over(OrganizationId organization, Collection<String> subjects) {
        List<Object> values = new ArrayList<>(List.of(organization.value(), organization.value()));
        values.addAll(subjects);
        return query(
                        "select " + COLUMNS + " from lim_limit" + LIMITS + " where organization = ? and subject_id in ("
                                + RowStore.marks(1 + subjects.size()) + ")",
                        LimitStore::limit,
                        values.toArray())
                .stream()
                .sorted(Limit.ORDER)
                .toList();
    }

    List<Limit> page(OrganizationId organization, String after, int most) {
        return query(
                "select " + COLUMNS + " from lim_limit" + LIMITS + " where organization = ? and subject_id > ?"
                        + " order by subject_id fetch first " + most + " rows only",
                LimitStore::limit,
                organization.value(),
                after);
    }

    /** The limits of money a month of all organizations. */
    List<Limit> monthly() {
        return query(
                "select " + COLUMNS + " from lim_limit" + LIMITS
                        + " where monthly is not null order by organization, subject_id",
                LimitStore::limit);
    }

    void insert(Limit it) {
        change(
                "insert into lim_limit (" + COLUMNS
                        + ") values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null,"
                        + " null, null, null)",
                it.id().value(),
                it.organization().value(),
                it.subject().kind(),
                it.subject().id(),
                it.name(),
                it.currency(),
                it.monthly().<Object>map(each -> each).orElse(Nothing.LONG),
                it.hourlyRate().<Object>map(each -> each).orElse(Nothing.LONG),
                it.deploymentsPerDay().<Object>map(each -> each).orElse(Nothing.INTEGER),
                Times.micros(it.createdAt()),
                it.createdBy(),
                it.version(),
                it.monthFrom(),
                it.rate(),
                it.projected(),
                it.toldActual(),
                it.toldForecast(),
                it.freeze().set());
    }

    /** Writes what people set and the account anew, when it has that version still. */
    boolean save(Limit it, long version) {
        return change(
                        "update lim_limit set subject_name = ?, monthly = ?, hourly_rate = ?, deployments_per_day = ?,"
                                + " version = ?, month_from = ?, rate = ?, projected = ?, told_actual = ?,"
                                + " told_forecast = ?, freezes = ? where id = ? and version = ?",
                        it.name(),
                        it.monthly().<Object>map(each -> each).orElse(Nothing.LONG),
                        it.hourlyRate().<Object>map(each -> each).orElse(Nothing.LONG),
                        it.deploymentsPerDay().<Object>map(each -> each).orElse(Nothing.INTEGER),
                        it.version(),
                        it.monthFrom(),
                        it.rate(),
                        it.projected(),
                        it.toldActual(),
                        it.toldForecast(),
                        it.freeze().set(),
                        it.id().value(),
                        version)
                == 1;
    }

    /** From now on nothing new begins. False when it has another version by now. */
    boolean freeze(Limit it, Limit.Frozen frozen) {
        return change(
                        "update lim_limit set frozen_at = ?, frozen_by = ?, frozen_alone = ?, version = version + 1"
                                + " where id = ? and version = ?",
                        Times.micros(frozen.since()),
                        frozen.by(),
                        frozen.alone(),
                        it.id().value(),
                        it.version())
                == 1;
    }

    /** The same, lifted. */
    boolean lift(Limit it, long spared) {
        return change(
                        "update lim_limit set frozen_at = null, frozen_by = null, frozen_alone = null, spared_month = ?,"
                                + " version = version + 1 where id = ? and version = ?",
                        spared,
                        it.id().value(),
                        it.version())
                == 1;
    }

    /** The limits of all organizations that are frozen. */
    List<Limit> frozen() {
        return query(
                "select " + COLUMNS + " from lim_limit" + LIMITS
                        + " where frozen_at is not null order by organization, subject_id",
                LimitStore::limit);
    }

    /** Servers that a subject pays for and that run, with nothing under way; by id. */
    List<String> running(Limit limit, int most) {
        String paid =
                "select id from srv_server where organization_id = ? and state = 'RUNNING' and operation_id is null";
        String rest = " order by id fetch first " + most + " rows only";
        return limit.subject().kind().equals(Limit.ORGANIZATION)
                ? query(
                        paid + rest,
                        row -> row.getString(1),
                        limit.organization().value())
                : query(
                        paid + " and id in (select thing from lim_payer where account = ?)" + rest,
                        row -> row.getString(1),
                        limit.organization().value(),
                        limit.subject().id());
    }

    boolean delete(LimitId id) {
        return change("delete from lim_limit where id = ?", id.value()) == 1;
    }

    // accounts

    /** In a new month everything goes on as it is. */
    void roll(Limit rolled) {
        change(
                "update lim_limit set month_from = ?, projected = rate * cast(? as decimal(31,0)), told_actual = 0,"
                        + " told_forecast = 0 where id = ? and month_from < ?",
                rolled.monthFrom(),
                rolled.month().length(),
                rolled.id().value(),
                rolled.monthFrom());
    }

    /** Adds to an account, when it is in that month still. */
    boolean add(LimitId id, long monthFrom, long rate, BigDecimal projected) {
        return change(
                        "update lim_limit set rate = rate + ?, projected = projected + ? where id = ? and month_from = ?",
                        BigDecimal.valueOf(rate),
                        projected,
                        id.value(),
                        monthFrom)
                == 1;
    }

    /** Adds to an account, when it is in that month still and both sums stay within these. */
    boolean take(
            LimitId id,
            long monthFrom,
            long rate,
            BigDecimal projected,
            BigDecimal mostRate,
            BigDecimal mostProjected) {
        return change(
                        "update lim_limit set rate = rate + ?, projected = projected + ? where id = ? and month_from = ?"
                                + " and rate <= ? and projected <= ?",
                        BigDecimal.valueOf(rate),
                        projected,
                        id.value(),
                        monthFrom,
                        mostRate.subtract(BigDecimal.valueOf(rate)),
                        mostProjected.subtract(projected))
                == 1;
    }

    /** Notes up to which percentage somebody is told, when it is in that month still and nobody else was told meanwhile. */
    boolean tell(Limit limit, String column, int told, int percent) {
        return change(
                        "update lim_limit set " + column + " = ? where id = ? and month_from = ? and " + column
                                + " = ?",
                        percent,
                        limit.id().value(),
                        limit.monthFrom(),
                        told)
                == 1;
    }

    // payers and holds

    List<String> payers(String thing) {
        return query("select account from lim_payer" + PAYERS + "where thing = ?", row -> row.getString(1), thing);
    }

    void pay(String thing, List<String> accounts, long at, boolean deployment) {
        for (String account : accounts) {
            change(
                    "insert into lim_payer (thing, account, made_at, deployment) values (?, ?, ?, ?)",
                    thing,
                    account,
                    at,
                    deployment);
        }
    }

    /** Who would have paid for what was never there pays no more. */
    void payNothing(String thing) {
        if (query("select 1 from usg_interval" + USES + "where subject_id = ?", row -> 1, thing)
                .isEmpty()) {
            for (String account : payers(thing)) {
                change("delete from lim_payer where thing = ? and account = ?", thing, account);
            }
        }
    }

    /** Forgets who paid for what costs nothing since before a moment and is not being made. */
    void dropPayers(long before) {
        change(
                "delete from lim_payer where made_at < ? and not exists (select 1 from usg_interval u where"
                        + " u.subject_id = lim_payer.thing and (u.until_at is null or u.until_at >= ?)) and not exists"
                        + " (select 1 from lim_hold h where h.thing = lim_payer.thing)",
                before,
                before);
    }

    /** How many deployments a department's people began since then, but for the failed ones. */
    int deployments(String account, long since) {
        return query(
                        "select count(*) from lim_payer" + index("lim_payer_account")
                                + "where account = ? and made_at >= ? and deployment = true",
                        row -> row.getInt(1),
                        account,
                        since)
                .get(0);
    }

    void hold(OperationId operation, Hold hold) {
        change(
                "insert into lim_hold (operation, organization, thing, rate, held_from) values (?, ?, ?, ?, ?)",
                operation.value(),
                hold.organization().value(),
                hold.thing(),
                hold.rate(),
                hold.from());
    }

    private static Hold hold(ResultSet row) throws SQLException {
        return new Hold(new OrganizationId(row.getString(1)), row.getString(2), row.getLong(3), row.getLong(4));
    }

    Optional<Hold> held(OperationId operation) {
        return query(
                        "select organization, thing, rate, held_from from lim_hold where operation = ?",
                        LimitStore::hold,
                        operation.value())
                .stream()
                .findFirst();
    }

    /** Takes what an operation holds away; true for the one who did. */
    boolean release(OperationId operation) {
        return change("delete from lim_hold where operation = ?", operation.value()) == 1;
    }

    /** What operations hold for a thing. */
    List<Hold> holds(OrganizationId organization, String thing) {
        return query(
                "select organization, thing, rate, held_from from lim_hold" + HOLDS
                        + "where organization = ? and thing = ?"
                        // what waits for a second person does not keep others from changing the thing: they pay for
                        // themselves
                        + " and operation not in (select o.id from opr_operation o where o.organization = ?"
                        + " and o.state = 'WAITING_APPROVAL')",
                LimitStore::hold,
                organization.value(),
                thing,
                organization.value());
    }

    /** What operations hold in an organization, by account: its own id has all. */
    Map<String, List<Hold>> holds(OrganizationId organization) {
        Map<String, List<Hold>> byAccount = new HashMap<>();
        Set<String> operations = new HashSet<>();
        query(
                "select h.organization, h.thing, h.rate, h.held_from, h.operation, p.account from lim_hold h" + HOLDS
                        + " left join lim_payer p" + PAYERS + "on p.thing = h.thing where h.organization = ?",
                row -> {
                    Hold hold = hold(row);
                    if (operations.add(row.getString(5))) {
                        byAccount
                                .computeIfAbsent(organization.value(), key -> new ArrayList<>())
                                .add(hold);
                    }
                    String account = row.getString(6);
                    if (account != null) {
                        byAccount
                                .computeIfAbsent(account, key -> new ArrayList<>())
                                .add(hold);
                    }
                    return hold;
                },
                organization.value());
        return byAccount;
    }

    // usage, which is the truth

    /** A quantity of an item from a moment until another; {@link Long#MAX_VALUE} while it goes on. */
    record Use(Item item, long quantity, long from, long until) {}

    private static Use use(ResultSet row) throws SQLException {
        long until = row.getLong(4);
        boolean open = row.wasNull();
        return new Use(Item.valueOf(row.getString(1)), row.getLong(2), row.getLong(3), open ? Long.MAX_VALUE : until);
    }

    /** What a thing uses now. */
    List<Use> uses(String thing) {
        return query(
                "select item, quantity, from_at, until_at from usg_interval" + USES
                        + "where subject_id = ? and until_at is null",
                LimitStore::use,
                thing);
    }

    /** What everything that an account pays for used since a moment, and uses. */
    List<Use> uses(Subject account, long since) {
        String columns = "select u.item, u.quantity, u.from_at, u.until_at from ";
        String mine = account.kind().equals(Limit.ORGANIZATION)
                ? "usg_interval u" + index("usg_of") + "where u.organization = ?"
                : "lim_payer p" + index("lim_payer_account") + "join usg_interval u" + USES
                        + "on u.subject_id = p.thing where p.account = ?";
        List<Use> all =
                new ArrayList<>(query(columns + mine + " and u.until_at is null", LimitStore::use, account.id()));
        all.addAll(query(columns + mine + " and u.until_at > ?", LimitStore::use, account.id(), since));
        return all;
    }

    // deployments by day

    private static final int NONE = -1;

    /** How many were used, or -1 when there is no row. */
    int used(String subject, int day) {
        return query(
                        "select used from lim_deployment where subject = ? and utc_day = ?",
                        row -> row.getInt(1),
                        subject,
                        day)
                .stream()
                .findFirst()
                .orElse(NONE);
    }

    void count(String subject, int day, OrganizationId organization, int used) {
        change(
                "insert into lim_deployment (subject, utc_day, organization, used) values (?, ?, ?, ?)",
                subject,
                day,
                organization.value(),
                used);
    }

    void countNothing(String subject) {
        change("delete from lim_deployment where subject = ?", subject);
    }

    boolean count(String subject, int day, int most) {
        return change(
                        "update lim_deployment set used = used + 1 where subject = ? and utc_day = ? and used < ?",
                        subject,
                        day,
                        most)
                == 1;
    }

    void countLess(String subject, int day) {
        change(
                "update lim_deployment set used = used - 1 where subject = ? and utc_day = ? and used > 0",
                subject,
                day);
    }

    /** Deployments of all users of an organization on a day. */
    int usedByAll(OrganizationId organization, int day) {
        return query(
                        "select sum(used) from lim_deployment where organization = ? and utc_day = ? and subject like"
                                + " 'usr_%'",
                        row -> row.getInt(1), organization.value(), day)
                .get(0);
    }

    /** Deployments by user on a day. */
    record Counted(String user, int used) {}

    List<Counted> counted(OrganizationId organization, int day, String after, int most) {
        return query(
                "select subject, used from lim_deployment where organization = ? and utc_day = ? and subject > ?"
                        + " order by subject fetch first " + most + " rows only",
                row -> new Counted(row.getString(1), row.getInt(2)),
                organization.value(),
                day,
                after);
    }

    void dropCounts(int before) {
        change("delete from lim_deployment where utc_day < ?", before);
    }

    void tie(OperationId operation, String user, int day) {
        change(
                "insert into lim_reservation (operation, subject, utc_day) values (?, ?, ?)",
                operation.value(),
                user,
                day);
    }

    /** Whose deployment of which day. */
    record Tied(String user, int day) {}

    Optional<Tied> tied(OperationId operation) {
        return query(
                        "select subject, utc_day from lim_reservation where operation = ?",
                        row -> new Tied(row.getString(1), row.getInt(2)),
                        operation.value())
                .stream()
                .findFirst();
    }

    boolean untie(OperationId operation) {
        return change("delete from lim_reservation where operation = ?", operation.value()) == 1;
    }
}
