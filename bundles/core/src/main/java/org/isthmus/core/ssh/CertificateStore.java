// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.ssh;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.ssh.SshCertificates.CertificateView;
import org.isthmus.core.RowStore;
import org.isthmus.core.Select;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Ids.SshCertificateId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Page;
import org.isthmus.store.TxException;

/** What was issued, and how much of it to whom in this hour. In a transaction. */
public final class CertificateStore {
    private static final String COLUMNS =
            "id, cert_no, key_id, server_id, username, fingerprint, generation, valid_after,"
                    + " valid_before, created_at, address";
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Map<String, Select.Filter> FILTERS = Map.of(
            "serial", (select, value) -> select.where("x.cert_no = ?", serial(value)),
            "server",
                    (select, value) -> select.where(
                            "(x.server_id = ? or x.server_id in (select s.id from srv_server s where s.name = ? and"
                                    + " s.organization_id = x.organization_id))",
                            value,
                            value),
            "username", Select.text("username"));

    private final RowStore rows;

    public CertificateStore(RowStore rows) {
        this.rows = rows;
    }

    private static Long serial(String value) {
        try {
            return Long.valueOf(value);
        } catch (NumberFormatException e) {
            throw Problem.MALFORMED.at("serial", "A serial is a whole number.");
        }
    }

    private static CertificateView view(ResultSet row) throws SQLException {
        return new CertificateView(
                new SshCertificateId(row.getString(1)),
                String.valueOf(row.getLong(2)),
                row.getString(3),
                new ServerId(row.getString(4)),
                row.getString(5),
                row.getString(6),
                row.getInt(7),
                Times.instant(row.getLong(8)),
                Times.instant(row.getLong(9)),
                Times.instant(row.getLong(10)),
                row.getString(11));
    }

    public void insert(OrganizationId organization, UserId user, CertificateView issued) {
        rows.change(
                "insert into ssh_certificate (" + COLUMNS + ", organization_id, user_id)"
                        + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                issued.id().value(),
                Long.valueOf(issued.serial()),
                issued.keyId(),
                issued.server().value(),
                issued.username(),
                issued.fingerprint(),
                issued.authority(),
                Times.micros(issued.validAfter()),
                Times.micros(issued.validBefore()),
                Times.micros(issued.createdAt()),
                issued.address(),
                organization.value(),
                user.value());
    }

    public Page<CertificateView> page(OrganizationId organization, Query query) {
        return new Select<>(rows, CertificateView.class, "ssh_certificate")
                .where("x.organization_id = ?", organization.value())
                .filtered(query, FILTERS)
                .page(query.page(), COLUMNS, CertificateStore::view, each -> each.id()
                        .value());
    }

    public Optional<CertificateView> find(OrganizationId organization, Ref id) {
        return rows.one(
                "select " + COLUMNS + " from ssh_certificate where organization_id = ? and id = ?",
                CertificateStore::view,
                organization.value(),
                id.text());
    }

    /** Takes one of a user's certificates of this hour; TOO_MANY when none is left. Of many at once none passes the limit. */
    public void take(UserId user, Instant now, int most) {
        long hour = now.getEpochSecond() / HOUR.toSeconds();
        int taken = rows.change(
                "update ssh_quota set used = case when in_hour = ? then used + 1 else 1 end, in_hour = ?"
                        + " where user_id = ? and (in_hour <> ? or used < ?)",
                hour,
                hour,
                user.value(),
                hour,
                most);
        if (taken == 1) {
            return;
        }
        if (rows.any("select user_id from ssh_quota where user_id = ?", user.value())) {
            Instant next = Instant.ofEpochSecond((hour + 1) * HOUR.toSeconds());
            throw Problem.TOO_MANY.retryAfter(
                    Duration.between(now, next),
                    "You were given " + most + " SSH certificates in this hour; the next one begins at " + next + ".");
        }
        try {
            rows.tx()
                    .execute(() -> rows.change(
                            "insert into ssh_quota (user_id, in_hour, used) values (?, ?, 1)", user.value(), hour));
        } catch (TxException e) {
            if (e.kind() == TxException.Kind.DUPLICATE) {
                throw new TxException(TxException.Kind.SERIALIZATION, "the first of two certificates at once", e);
            }
            throw e;
        }
    }
}
