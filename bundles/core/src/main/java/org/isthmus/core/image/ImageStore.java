// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images.Format;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.core.RowStore;
import org.isthmus.core.Select;
import org.isthmus.core.TagTable;
import org.isthmus.core.Things;
import org.isthmus.core.location.Uses;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.model.Sha256;

/** Images. Inside a transaction. */
public final class ImageStore {
    private static final String TABLE = "img_image";
    private static final TagTable TAGS = new TagTable("img_tag", "image_id");
    private static final Map<String, Select.Filter> FILTERS = Map.of(
            "name", Select.text("name"),
            "state", Select.constant("state", "state", ImageState.class),
            "sha256", Select.text("sha256"));

    private final RowStore rows;

    public ImageStore(RowStore rows) {
        this.rows = rows;
    }

    public Optional<Image> find(ImageId id) {
        return rows.look(ImageRow.class, TABLE, id).map(ImageRow::image);
    }

    public Optional<Image> find(OrganizationId organization, Ref ref) {
        Optional<Image> found = ref.isId(ImageId.PREFIX)
                ? find(new ImageId(ref.text()))
                : rows
                        .select(
                                ImageRow.class,
                                TABLE,
                                "where x.organization_id = ? and x.name = ?",
                                organization.value(),
                                ref.text())
                        .stream()
                        .findFirst()
                        .map(ImageRow::image);
        return found.filter(image -> image.organization().equals(organization));
    }

    /** Those of these names that images of the organization have. */
    Set<Name> taken(OrganizationId organization, Collection<Name> names) {
        Set<Name> taken = new HashSet<>();
        rows.among(
                "select name from img_image",
                "img_image_name",
                "organization_id = ? and name",
                "organization_id, name",
                List.of(organization.value()),
                names.stream().map(Name::value).toList(),
                row -> taken.add(new Name(row.getString(1))));
        return taken;
    }

    public Image must(OrganizationId organization, Ref ref) {
        return find(organization, ref).orElseThrow(() -> absent(ref));
    }

    static ProblemException absent(Ref ref) {
        return Problem.NOT_FOUND.because("There is no image %s in this organization.", ref);
    }

    static ProblemException taken(Name name) {
        return Problem.NAME_TAKEN.because(
                "There is an image %s in this organization already; choose another name.", name);
    }

    Page<Image> page(Reach reach, Query query) {
        String organization = reach.organization().id().value();
        return new Select<>(rows, ImageRow.class, TABLE)
                .where("x.organization_id = ?", organization)
                .within(reach, Things.Kind.IMAGE)
                .filtered(query, FILTERS)
                .tagged(query, organization, TAGS)
                .page(query.page(), ImageRow::id)
                .map(ImageRow::image);
    }

    Map<String, Map<String, String>> tags(Collection<ImageId> images) {
        return TAGS.of(rows, images.stream().map(ImageId::value).toList());
    }

    Image insert(Image image, Map<String, String> tags) {
        ImageRow row = new ImageRow(image);
        rows.insert(row, () -> taken(image.name()));
        TAGS.give(rows, image.organization().value(), image.id(), tags);
        return row.image();
    }

    Image change(Image image, Name name, Optional<String> os, Optional<Map<String, String>> tags) {
        ImageRow row = rows.find(ImageRow.class, image.id()).orElseThrow(() -> absent(Ref.of(image.id())));
        if (row.version() != image.version()) {
            throw Problem.STALE.because("The image has version %d by now; read it again.", row.version());
        }
        row.change(name, os);
        rows.flush(() -> taken(name));
        if (tags.isPresent()) {
            TAGS.replace(rows, image.organization().value(), image.id(), tags.get());
            rows.touch(row);
        }
        return row.image();
    }

    /** The one way an image's state changes. A change the table does not know is refused. */
    Image moveTo(ImageId id, ImageState to, Optional<String> reason) {
        ImageRow row = rows.find(ImageRow.class, id).orElseThrow(() -> absent(Ref.of(id)));
        ImageState from = row.image().state();
        if (!from.mayBecome(to)) {
            throw ImageProblem.NOT_READY.because("The image %s is %s and cannot become %s.", id, from, to);
        }
        row.state(to, reason);
        rows.flush();
        return row.image();
    }

    /** Keeps what its boot disk's content is. */
    void found(ImageId id, Format format, Sha256 sha256, long virtualBytes) {
        rows.find(ImageRow.class, id).orElseThrow(() -> absent(Ref.of(id))).found(format, sha256, virtualBytes);
        rows.flush();
    }

    /** Fixes the length of the content with its first part; false when it was fixed at another. */
    boolean total(ImageId id, long total) {
        return rows.change(
                        "update img_image set total_bytes = ? where id = ? and (total_bytes is null or total_bytes = ?)",
                        total,
                        id.value(),
                        total)
                == 1;
    }

    /** What is being fetched begins at its first byte; false when it is not wanted any more. */
    boolean anew(ImageId id, long total) {
        return rows.change(
                        "update img_image set total_bytes = ?, upload_offset = 0 where id = ? and state = ?",
                        total,
                        id.value(),
                        ImageState.MAKING.name())
                == 1;
    }

    /** Records that more of the content is safe on disk; false when somebody else recorded something meanwhile. */
    boolean advance(ImageId id, long from, long to) {
        return rows.change(
                        "update img_image set upload_offset = ? where id = ? and upload_offset = ? and state in (?, ?)",
                        to,
                        id.value(),
                        from,
                        ImageState.UPLOADING.name(),
                        ImageState.MAKING.name())
                == 1;
    }

    /** Whoever changes what may be done with an image holds its row to the end of the transaction, whatever its state. */
    void lock(ImageId id) {
        rows.change("update img_image set fetched_by = fetched_by where id = ?", id.value());
    }

    /** Whoever wants something of a READY image holds its row to the end of the transaction; false when it is not READY. */
    boolean hold(ImageId id) {
        return rows.change(
                        "update img_image set fetched_by = fetched_by where id = ? and state = ?",
                        id.value(),
                        ImageState.READY.name())
                == 1;
    }

    /** The operation that brings its content here. */
    Optional<OperationId> fetchedBy(ImageId id) {
        return rows.query("select fetched_by from img_image where id = ?", row -> row.getString(1), id.value()).stream()
                .filter(Objects::nonNull)
                .findFirst()
                .map(OperationId::new);
    }

    /** From now on this operation brings the content of a READY image here; false when another does, or it is not READY. */
    boolean fetches(ImageId id, OperationId operation) {
        return rows.change(
                        "update img_image set fetched_by = ? where id = ? and fetched_by is null and state = ?",
                        operation.value(),
                        id.value(),
                        ImageState.READY.name())
                == 1;
    }

    void fetchesNoMore(ImageId id, OperationId operation) {
        rows.change(
                "update img_image set fetched_by = null where id = ? and fetched_by = ?",
                id.value(),
                operation.value());
    }

    void delete(ImageId id) {
        TAGS.remove(rows, id);
        rows.change("delete from img_image where id = ?", id.value());
    }

    /** Uploads that are complete and whose check has not begun: their last part met a crash. */
    List<Image> stuck() {
        return rows
                .select(
                        ImageRow.class,
                        TABLE,
                        "where x.state = ? and x.total_bytes = x.upload_offset",
                        ImageState.UPLOADING.name())
                .stream()
                .map(ImageRow::image)
                .toList();
    }

    /** Which of these images there are rows of. */
    Set<ImageId> existing(Collection<ImageId> candidates) {
        Set<ImageId> existing = new HashSet<>();
        if (!candidates.isEmpty()) {
            rows.query(
                    "select id from img_image where state <> ? and id in (" + RowStore.marks(candidates.size()) + ")",
                    row -> existing.add(new ImageId(row.getString(1))),
                    java.util.stream.Stream.concat(
                                    java.util.stream.Stream.of(ImageState.FAILED.name()),
                                    candidates.stream().map(ImageId::value))
                            .toArray());
        }
        return existing;
    }

    /** What an organization still owns of this. */
    public Optional<String> ofOrganization(OrganizationId organization) {
        return Uses.counted(
                rows.one(
                                "select count(*) from img_image where organization_id = ?",
                                row -> row.getLong(1),
                                organization.value())
                        .orElse(0L),
                "image");
    }
}
