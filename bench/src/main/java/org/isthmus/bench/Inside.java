// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.audit.AuditLog.Fact;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Grants;
import org.isthmus.api.identity.Tokens;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users;
import org.isthmus.api.organization.Policy;
import org.isthmus.core.domain.Settings;
import org.isthmus.core.operation.OperationsPart;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.isthmus.store.embedded.EmbeddedDatabase;

/** What is measured at a service, in this process. */
final class Inside {
    private static final Set<Figure> AUDIT =
            Set.of(Figure.AUDIT_1, Figure.AUDIT_8, Figure.AUDIT_32, Figure.AUDIT_PLACED);
    private static final int THREADS = 8;
    private static final int TOKENS = 100;
    private static final int GRANTS_OF_A_USER = 10;
    private static final int LISTED = 10_000;
    /** Roughly what an audit entry is on disk. */
    private static final int ENTRY_BYTES = 512;

    private static final Load.Cpu NO_OTHER_PROCESS = () -> 0;

    private final Path folder;
    private final Database database;
    private final Effort effort;
    private final Set<Figure> wanted;
    private final Consumer<Result> told;

    Inside(Path folder, Database database, Effort effort, Set<Figure> wanted, Consumer<Result> told) {
        this.folder = folder;
        this.database = database;
        this.effort = effort;
        this.wanted = wanted;
        this.told = told;
    }

    void measure() throws Exception {
        if (wanted.contains(Figure.FSYNC)) {
            fsync();
        }
        boolean identity =
                wanted.contains(Figure.TOKEN) || wanted.contains(Figure.DECISION) || wanted.contains(Figure.USERS);
        if (!identity && wanted.stream().noneMatch(AUDIT::contains)) {
            return;
        }
        database.empty();
        Files.createDirectories(folder);
        try (Services services = Services.open(database, folder, Settings.in(folder), OperationsPart.unprobed())) {
            if (identity) {
                identity(services);
            }
            audit(services.database(), services.log(), services.ids());
        } finally {
            Folders.delete(folder);
        }
    }

    private void tell(Figure figure, List<Samples> rounds) {
        told.accept(Result.of(figure, database.kind(), Optional.empty(), rounds));
    }

    private interface Round {
        Samples round() throws Exception;
    }

    /** Rounds, after one that does not count. */
    private List<Samples> rounds(Round each) throws Exception {
        each.round();
        List<Samples> rounds = new ArrayList<>();
        for (int i = 0; i < effort.rounds(); i++) {
            rounds.add(each.round());
        }
        return rounds;
    }

    /** What the disk gives: one write and one fsync after the other. */
    private void fsync() throws Exception {
        Files.createDirectories(folder);
        Path file = folder.resolve("fsync");
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            ByteBuffer entry = ByteBuffer.allocate(ENTRY_BYTES);
            tell(
                    Figure.FSYNC,
                    rounds(() -> Load.run(1, Math.max(1, effort.calls() / 20), NO_OTHER_PROCESS, () -> number -> {
                        entry.clear();
                        channel.write(entry);
                        channel.force(false);
                    })));
        } finally {
            Folders.delete(folder);
        }
    }

    private void identity(Services services) throws Exception {
        Caller ann = services.administrator(Policy.DEFAULT);
        if (wanted.contains(Figure.TOKEN)) {
            tokens(services, ann);
        }
        if (wanted.contains(Figure.DECISION)) {
            decisions(services, ann);
        }
        if (wanted.contains(Figure.USERS)) {
            users(services, ann);
        }
    }

    /** Many users, read page by page, from the first to the last and again. */
    private void users(Services services, Caller ann) throws Exception {
        UserView model = services.submit(
                        ann,
                        new Users.CreateUser(
                                Services.ORGANIZATION,
                                "listed",
                                "listed@bench.example",
                                Optional.empty(),
                                UserView.Kind.PERSON))
                .user();
        try (Connection connection = services.database().pool().getConnection();
                Rows rows = new Rows(connection, "idn_user", "id", model.id().value())) {
            for (int i = 0; i < LISTED; i++) {
                rows.copy(0, Map.of("id", services.ids().user().value(), "username", "listed-" + i));
            }
            rows.flush();
            connection.commit();
        }
        Users users = services.identity().users();
        tell(
                Figure.USERS,
                rounds(() -> Load.run(1, Math.max(1, effort.calls() / 20), NO_OTHER_PROCESS, () -> {
                    AtomicReference<Optional<String>> cursor = new AtomicReference<>(Optional.empty());
                    return number -> {
                        Page<UserView> page = users.list(
                                ann,
                                Services.ORGANIZATION,
                                new Query(Map.of(), Optional.empty(), new Page.Request(100, cursor.get())));
                        if (page.items().isEmpty()) {
                            throw new IllegalStateException("A page with nobody on it");
                        }
                        cursor.set(page.next());
                    };
                })));
    }

    private void tokens(Services services, Caller ann) throws Exception {
        List<Secret> secrets = new ArrayList<>();
        for (int i = 0; i < TOKENS; i++) {
            secrets.add(services.submit(
                            ann,
                            new Tokens.CreateToken(
                                    Services.ORGANIZATION,
                                    new Name("token-" + i),
                                    Optional.empty(),
                                    Clock.systemUTC().instant().plus(Duration.ofDays(1))))
                    .secret());
        }
        tell(
                Figure.TOKEN,
                rounds(() -> Load.run(
                        THREADS,
                        effort.calls() * 10,
                        NO_OTHER_PROCESS,
                        () -> number ->
                                services.identity().logins().caller(secrets.get(number % TOKENS), Services.ORIGIN))));
    }

    /** Grants of many users, each with some; asked about one user after the other. */
    private void decisions(Services services, Caller ann) throws Exception {
        Ids ids = services.ids();
        UserView model = services.submit(
                        ann,
                        new Users.CreateUser(
                                Services.ORGANIZATION,
                                "model",
                                "model@bench.example",
                                Optional.empty(),
                                UserView.Kind.PERSON))
                .user();
        services.submit(
                ann,
                new Grants.CreateGrant(
                        Services.ORGANIZATION,
                        Subject.of("user", model.id()),
                        "organization-admin",
                        Subject.of("organization", ann.organization()),
                        Optional.empty(),
                        Optional.empty()));
        List<UserId> users = new ArrayList<>();
        try (Connection connection = services.database().pool().getConnection();
                Rows rows = new Rows(connection, "idn_user", "id", model.id().value());
                Rows grants = new Rows(
                        connection, "idn_grant", "subject_id", model.id().value())) {
            for (int i = 0; i < effort.grants() / GRANTS_OF_A_USER; i++) {
                UserId user = ids.user();
                users.add(user);
                rows.copy(0, Map.of("id", user.value(), "username", "user-" + i, "must_change_password", false));
                for (int each = 0; each < GRANTS_OF_A_USER; each++) {
                    grants.copy(0, Map.of("id", ids.grant().value(), "subject_id", user.value()));
                }
            }
            rows.flush();
            grants.flush();
            connection.commit();
        }
        // a change of rights, as every change of them, so that what was cloned is seen
        services.submit(
                ann,
                new Grants.CreateGrant(
                        Services.ORGANIZATION,
                        Subject.of("user", users.get(0)),
                        "auditor",
                        Subject.of("organization", ann.organization()),
                        Optional.empty(),
                        Optional.empty()));
        List<Caller> callers = users.stream()
                .map(user -> new Caller(
                        Caller.Kind.USER,
                        Optional.of(user),
                        "someone@bench",
                        ann.organization(),
                        Caller.Door.REST,
                        "192.0.2.7",
                        "bench",
                        Optional.empty(),
                        false))
                .toList();
        Access access = services.identity().access();
        // one thread: with more than cores, the 99th percentile would be the scheduler's
        tell(
                Figure.DECISION,
                rounds(() -> Load.run(1, effort.calls() * 5, NO_OTHER_PROCESS, () -> number -> {
                    Caller caller = callers.get(number % callers.size());
                    Access.Decision decision = access.decide(caller, Action.SERVER_DEPLOY, Services.ORGANIZATION);
                    if (decision.verdict() != Access.Verdict.ALLOWED) {
                        throw new IllegalStateException("Not allowed: " + decision);
                    }
                })));
    }

    private void audit(EmbeddedDatabase opened, AuditLog log, Ids ids) throws Exception {
        Caller caller = new Caller(
                Caller.Kind.USER,
                Optional.of(ids.user()),
                "ann@bench",
                ids.organization(),
                Caller.Door.REST,
                "192.0.2.7",
                "bench",
                Optional.empty(),
                false);
        Load.Clients clients = () -> number -> log.append(new Fact(
                number % 2 == 0 ? AuditLog.Kind.ATTEMPT : AuditLog.Kind.OUTCOME,
                caller,
                Action.SERVER_DEPLOY.key(),
                caller.organization(),
                Subject.of("server", ids.server()),
                number % 2 == 0 ? AuditLog.Result.PENDING : AuditLog.Result.SUCCESS,
                Optional.empty(),
                "role organization-admin on the organization",
                Map.of("name", "web-" + number)));
        for (Map.Entry<Figure, Integer> each :
                new TreeMap<>(Map.of(Figure.AUDIT_1, 1, Figure.AUDIT_8, 8, Figure.AUDIT_32, 32)).entrySet()) {
            boolean placed = each.getKey() == Figure.AUDIT_32 && wanted.contains(Figure.AUDIT_PLACED);
            if (!wanted.contains(each.getKey()) && !placed) {
                continue;
            }
            List<Samples> untilPlaced = new ArrayList<>();
            List<Samples> appended = rounds(() -> {
                long begun = System.nanoTime();
                Samples samples = Load.run(each.getValue(), Math.max(1, effort.calls() / 2), NO_OTHER_PROCESS, clients);
                awaitPlaced(opened);
                untilPlaced.add(samples.lasting(System.nanoTime() - begun));
                return samples;
            });
            if (wanted.contains(each.getKey())) {
                tell(each.getKey(), appended);
            }
            if (placed) {
                tell(Figure.AUDIT_PLACED, untilPlaced.subList(1, untilPlaced.size()));
            }
        }
    }

    /** Until every entry has its place: the next round begins with nothing left of this one. */
    private static void awaitPlaced(EmbeddedDatabase opened) throws SQLException {
        try (Connection connection = opened.pool().getConnection();
                PreparedStatement select =
                        connection.prepareStatement("select id from aud_pending fetch first 1 rows only")) {
            while (true) {
                try (ResultSet rows = select.executeQuery()) {
                    if (!rows.next()) {
                        connection.rollback();
                        return;
                    }
                }
                connection.rollback();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
    }
}
