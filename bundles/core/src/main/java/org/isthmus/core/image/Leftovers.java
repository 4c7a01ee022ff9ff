// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.isthmus.api.ProblemException;
import org.isthmus.api.image.Images.CopyState;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.core.RowStore;
import org.isthmus.core.Sql;
import org.isthmus.core.location.Drivers;
import org.isthmus.core.location.Uses;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.core.operation.Outage;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.ImageImport.SeenImage;
import org.isthmus.spi.compute.Snapshots;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operations on images made at an endpoint and could not remove there, because it was away. The operation ends; what it
 * left is removed by {@link #sweep} when the endpoint answers again, and forgotten when the endpoint is unlinked.
 */
public final class Leftovers implements Uses {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    /** In one round at one endpoint: a call may take ten seconds, and others wait. */
    private static final int MOST_AT_ONCE = 10;

    private static final String REMOVAL = ".removed";

    private static final Duration CALL = Duration.ofMinutes(1);

    private final RowStore rows;
    private final Drivers drivers;
    private final Clock clock;

    public Leftovers(RowStore rows, Drivers drivers, Clock clock) {
        this.rows = rows;
        this.drivers = drivers;
        this.clock = clock;
    }

    private enum Kind {
        /** A copy of an image, whole or not, whoever made it. */
        COPY,
        /** What an import made of an image, whole or not; not what another made at the same far end through its own link. */
        IMPORT,
        /** The reading of a server or a template. */
        READING,
        /** What held a server's disks as they were. */
        SNAPSHOT
    }

    /**
     * One.
     *
     * @param token of the call that removes it; of an import and of a reading, of the call that made it
     */
    public record Leftover(
            EndpointId endpoint,
            String token,
            Kind kind,
            Optional<ImageId> image,
            Optional<String> ref,
            Optional<SnapshotId> snapshot) {}

    public static Leftover copy(EndpointId endpoint, Call call, ImageId image, Optional<String> ref) {
        return new Leftover(endpoint, call.token(), Kind.COPY, Optional.of(image), ref, Optional.empty());
    }

    public static Leftover imported(EndpointId endpoint, Call call, ImageId image, Optional<String> ref) {
        return new Leftover(endpoint, call.token(), Kind.IMPORT, Optional.of(image), ref, Optional.empty());
    }

    public static Leftover reading(EndpointId endpoint, Call call, String ref) {
        return new Leftover(endpoint, call.token(), Kind.READING, Optional.empty(), Optional.of(ref), Optional.empty());
    }

    public static Leftover snapshot(EndpointId endpoint, Call call, String server, SnapshotId snapshot) {
        return new Leftover(
                endpoint, call.token(), Kind.SNAPSHOT, Optional.empty(), Optional.of(server), Optional.of(snapshot));
    }

    /**
     * Removes something at an endpoint, for a step that removes or undoes. What is not there is done. An endpoint that is away
     * is waited for as long as {@link Outage} says, and not at all when it is known to be down; then the step is done, with
     * the leftover to write down.
     */
    public StepOutcome removed(Run run, String wish, Leftover what) {
        return removed(run, wish, what, e -> {
            if (e instanceof DriverAway
                    || (e instanceof DriverException said && said.kind() == DriverException.Kind.UNAVAILABLE)) {
                return waited(run, what, e);
            }
            throw e;
        });
    }

    /** The same for a step that goes on without: nothing is waited for, and what is refused there is left as well. */
    StepOutcome removedOrLeft(Run run, String wish, Leftover what) {
        return removed(run, wish, what, e -> left(run, what, e));
    }

    private StepOutcome removed(
            Run run, String wish, Leftover what, Function<RuntimeException, StepOutcome> otherwise) {
        try {
            return run.outcome(wish, remove(run.call(wish), what), none -> StepOutcome.done());
        } catch (DriverAway e) {
            return otherwise.apply(e);
        } catch (DriverException e) {
            return e.kind() == DriverException.Kind.NOT_FOUND ? StepOutcome.done() : otherwise.apply(e);
        } catch (ProblemException e) {
            return e.type() == LocationProblem.ABILITY_MISSING ? StepOutcome.done() : otherwise.apply(e);
        }
    }

    private StepOutcome waited(Run run, Leftover what, RuntimeException away) {
        boolean over = Outage.isOver(run);
        if (!over && !drivers.isDown(what.endpoint())) {
            // what it is undone for is worth more than why its undoing waits
            return StepOutcome.again(Outage.pause(run), -1);
        }
        return left(run, what, away);
    }

    private StepOutcome left(Run run, Leftover what, RuntimeException why) {
        LOG.warn(
                "Operation {} leaves a {} at endpoint {}; it is removed when that can be: {}",
                run.id(),
                what.kind(),
                what.endpoint(),
                why.getMessage());
        return StepOutcome.done(change -> keep(what));
    }

    private Progress<Void> remove(Call call, Leftover what) {
        EndpointId at = what.endpoint();
        return switch (what.kind()) {
            case COPY -> drivers.facet(
                    at,
                    ImageImport.class,
                    all -> all.removeImage(call, what.image().orElseThrow(), what.ref()));
            case IMPORT -> drivers.facet(
                    at,
                    ImageImport.class,
                    all -> isAnothers(all.images(), what)
                            ? Progress.done()
                            : all.removeImage(call, what.image().orElseThrow(), what.ref()));
            case READING -> drivers.facet(
                    at,
                    ImageExport.class,
                    all -> all.abandonExport(
                            new Call(what.token(), call.deadline()), what.ref().orElseThrow()));
            case SNAPSHOT -> drivers.facet(
                    at,
                    Snapshots.class,
                    all -> all.deleteSnapshot(
                            call, what.ref().orElseThrow(), what.snapshot().orElseThrow()));
        };
    }

    /** Drivers find copies by their image: the one that is there may have been made through another link to the same far end. */
    private static boolean isAnothers(List<SeenImage> seen, Leftover what) {
        return seen.stream()
                .filter(each -> each.image().equals(what.image()))
                .flatMap(each -> each.token().stream())
                .anyMatch(token -> !token.equals(what.token()));
    }

    private void keep(Leftover what) {
        if (!rows.any(
                "select id from loc_endpoint where id = ?", what.endpoint().value())) {
            return;
        }
        forget(what);
        rows.change(
                "insert into img_leftover (endpoint_id, token, kind, image_id, ref, snapshot_id, tries)"
                        + " values (?, ?, ?, ?, ?, ?, 0)",
                what.endpoint().value(),
                what.token(),
                what.kind().name(),
                what.image().<Object>map(ImageId::value).orElse(Sql.Nothing.TEXT),
                what.ref().<Object>map(ref -> ref).orElse(Sql.Nothing.TEXT),
                what.snapshot().<Object>map(SnapshotId::value).orElse(Sql.Nothing.TEXT));
    }

    private void forget(Leftover what) {
        rows.change(
                "delete from img_leftover where endpoint_id = ? and token = ?",
                what.endpoint().value(),
                what.token());
    }

    /** Where something of this image is still to be removed; inside a transaction. */
    Set<EndpointId> of(ImageId image) {
        return Set.copyOf(rows.query(
                "select distinct endpoint_id from img_leftover where image_id = ?",
                row -> new EndpointId(row.getString(1)),
                image.value()));
    }

    private static Leftover leftover(ResultSet row) throws SQLException {
        return new Leftover(
                new EndpointId(row.getString(1)),
                row.getString(2),
                Kind.valueOf(row.getString(3)),
                Optional.ofNullable(row.getString(4)).map(ImageId::new),
                Optional.ofNullable(row.getString(5)),
                Optional.ofNullable(row.getString(6)).map(SnapshotId::new));
    }

    /**
     * Removes what is left at an endpoint, some of it at each call; what was tried least goes first. Ends at once where the
     * endpoint is still away. Outside of every transaction.
     *
     * @param still false when another controller does it by now
     */
    public void sweep(EndpointId endpoint, BooleanSupplier still) {
        List<Leftover> some = rows.tx()
                .read(() -> rows.query(
                        "select endpoint_id, token, kind, image_id, ref, snapshot_id from img_leftover where endpoint_id = ?"
                                + " order by tries, token fetch first " + MOST_AT_ONCE + " rows only",
                        Leftovers::leftover,
                        endpoint.value()));
        for (Leftover each : some) {
            if (!still.getAsBoolean() || !swept(each)) {
                return;
            }
        }
    }

    /** False when the endpoint is away. */
    private boolean swept(Leftover what) {
        if (rows.tx().read(() -> isUsed(what))) {
            // what is done there now would be broken off with it
            tried(what);
            return true;
        }
        try {
            String token = what.kind() == Kind.IMPORT ? what.token() + REMOVAL : what.token();
            Call call = new Call(token, clock.instant().plus(CALL));
            if (remove(call, what) instanceof Progress.Pending) {
                tried(what);
                return true;
            }
        } catch (DriverAway e) {
            return false;
        } catch (DriverException e) {
            if (e.passing()) {
                return false;
            }
            if (e.kind() != DriverException.Kind.NOT_FOUND) {
                return refused(what, e);
            }
        } catch (ProblemException e) {
            if (e.type() != LocationProblem.ABILITY_MISSING) {
                return refused(what, e);
            }
        }
        rows.tx().execute(() -> forget(what));
        LOG.info("What was left at endpoint {} is removed: a {}", what.endpoint(), what.kind());
        return true;
    }

    /** Whether the same is made or read there anew: drivers know what is read, not by whom. */
    private boolean isUsed(Leftover what) {
        String endpoint = what.endpoint().value();
        return switch (what.kind()) {
            case COPY -> rows.any(
                    "select image_id from img_copy where image_id = ? and endpoint_id = ?",
                    what.image().orElseThrow().value(),
                    endpoint);
                // what is not whole yet shows no token
            case IMPORT -> rows.any(
                    "select image_id from img_copy where image_id = ? and (endpoint_id = ? or state = ?)",
                    what.image().orElseThrow().value(),
                    endpoint,
                    CopyState.COPYING.name());
            case READING -> isBusy(what) || isFetched(what);
            case SNAPSHOT -> isBusy(what);
        };
    }

    private boolean isBusy(Leftover what) {
        return rows.any(
                "select id from srv_server where endpoint_id = ? and ref = ? and operation_id is not null",
                what.endpoint().value(),
                what.ref().orElseThrow());
    }

    private boolean isFetched(Leftover what) {
        return rows.any(
                "select c.image_id from img_copy c join img_image i on i.id = c.image_id"
                        + " where c.endpoint_id = ? and c.ref = ? and i.fetched_by is not null",
                what.endpoint().value(),
                what.ref().orElseThrow());
    }

    private boolean refused(Leftover what, RuntimeException why) {
        LOG.warn(
                "A {} that is left at endpoint {} cannot be removed, and is tried again: {}",
                what.kind(),
                what.endpoint(),
                why.getMessage());
        tried(what);
        return true;
    }

    private void tried(Leftover what) {
        rows.tx()
                .execute(() -> rows.change(
                        "update img_leftover set tries = tries + 1 where endpoint_id = ? and token = ?",
                        what.endpoint().value(),
                        what.token()));
    }

    /** What is left keeps nobody from unlinking. */
    @Override
    public Optional<String> ofLocation(LocationId location) {
        return Optional.empty();
    }

    @Override
    public Optional<String> ofEndpoint(EndpointId endpoint) {
        return Optional.empty();
    }

    @Override
    public void unlinked(EndpointId endpoint) {
        rows.change("delete from img_leftover where endpoint_id = ?", endpoint.value());
    }
}
