// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images.CopyState;
import org.isthmus.api.image.Images.Firmware;
import org.isthmus.api.image.Images.Format;
import org.isthmus.api.image.Images.ImageCopy;
import org.isthmus.api.image.Images.ImageDisk;
import org.isthmus.api.image.Images.ImageNic;
import org.isthmus.api.image.Images.ImageShape;
import org.isthmus.core.RowStore;
import org.isthmus.core.Sql;
import org.isthmus.core.image.Contents.Item;
import org.isthmus.core.location.Uses;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Sha256;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.spi.compute.Shape.ShapeNic;
import org.isthmus.store.TxException;

/** What belongs to one image and goes with it: disks, their contents, its shape, its copies. Inside a transaction. */
public final class ImageParts implements Uses {
    private static final String COPIES =
            "select image_id, endpoint_id, location_id, state, ref, size_bytes, adopted from img_copy";
    private static final String SHAPES =
            "select image_id, cpus, memory_mib, firmware, nics from img_shape where image_id";
    private static final int AT_ONCE = 100;
    private static final String NO_MAC = "-";
    private static final int MOST_NETWORK = 200;
    private static final int MOST_NAMED = 10;
    private static final long DEFAULT_MEMORY_MIB = 1024;

    private final RowStore rows;

    public ImageParts(RowStore rows) {
        this.rows = rows;
    }

    /**
     * A disk's content as it is kept here.
     *
     * @param original as it came; the others were made of it
     */
    record Kept(ImageId image, int disk, Format format, Item item, Sha256 sha256, long sizeBytes, boolean original) {}

    /**
     * A copy.
     *
     * @param ref the endpoint's own name for it, once it is whole
     */
    public record Copy(
            ImageId image,
            EndpointId endpoint,
            LocationId location,
            CopyState state,
            Optional<String> ref,
            Optional<Long> sizeBytes,
            boolean adopted) {
        ImageCopy view() {
            return new ImageCopy(location, endpoint, state, sizeBytes, adopted);
        }
    }

    /** Gives images that were ready before they had disks of their own what their rows say; does nothing afterwards. */
    public void complete() {
        String old = " from img_image i where i.state = 'READY' and i.sha256 is not null"
                + " and not exists (select d.image_id from img_disk d where d.image_id = i.id)";
        if (rows.any("select i.id" + old)) {
            rows.change("insert into img_content (image_id, sort_no, format, part, sha256, size_bytes, original)"
                    + " select i.id, 0, i.format, '', i.sha256, i.upload_offset, true" + old);
            rows.change(
                    "insert into img_disk (image_id, sort_no, virtual_bytes) select i.id, 0, i.virtual_bytes" + old);
        }
    }

    /** Says what disks it has, by their sizes; what was said before is forgotten. */
    public void disks(ImageId image, List<Long> virtualBytes) {
        rows.change("delete from img_disk where image_id = ?", image.value());
        for (int i = 0; i < virtualBytes.size(); i++) {
            rows.change(
                    "insert into img_disk (image_id, sort_no, virtual_bytes) values (?, ?, ?)",
                    image.value(),
                    i,
                    virtualBytes.get(i));
        }
    }

    /** The sizes of its disks, in order. */
    public List<Long> disks(ImageId image) {
        return rows.query(
                "select virtual_bytes from img_disk where image_id = ? order by sort_no",
                row -> row.getLong(1),
                image.value());
    }

    /** Keeps what a content is; what was kept of that disk in that format is replaced. */
    void keep(Kept kept) {
        rows.change(
                "delete from img_content where image_id = ? and sort_no = ? and format = ?",
                kept.image().value(),
                kept.disk(),
                kept.format().name());
        rows.change(
                "insert into img_content (image_id, sort_no, format, part, sha256, size_bytes, original)"
                        + " values (?, ?, ?, ?, ?, ?, ?)",
                kept.image().value(),
                kept.disk(),
                kept.format().name(),
                kept.item().part(),
                kept.sha256().hex(),
                kept.sizeBytes(),
                kept.original());
    }

    List<Kept> kept(ImageId image) {
        return rows.query(
                "select image_id, sort_no, format, part, sha256, size_bytes, original from img_content"
                        + " where image_id = ? order by sort_no, format",
                row -> {
                    ImageId id = new ImageId(row.getString(1));
                    return new Kept(
                            id,
                            row.getInt(2),
                            Format.valueOf(row.getString(3)),
                            new Item(id, row.getString(4)),
                            new Sha256(row.getString(5)),
                            row.getLong(6),
                            row.getBoolean(7));
                },
                image.value());
    }

    /** As it came, in the order of the disks. */
    List<Kept> originals(ImageId image) {
        return kept(image).stream().filter(Kept::original).toList();
    }

    /** True when every disk's content is here. */
    boolean here(ImageId image) {
        List<Long> disks = disks(image);
        return !disks.isEmpty() && originals(image).size() == disks.size();
    }

    /** Nothing of its content is here. */
    void forgetContents(ImageId image) {
        rows.change("delete from img_content where image_id = ?", image.value());
    }

    /** Nothing of this disk's content is here. */
    void forgetContents(ImageId image, int disk) {
        rows.change("delete from img_content where image_id = ? and sort_no = ?", image.value(), disk);
    }

    public void shape(ImageId image, ImageShape shape) {
        rows.change("delete from img_shape where image_id = ?", image.value());
        String nics = shape.nics().stream()
                .map(nic -> nic.mac().map(MacAddress::value).orElse(NO_MAC) + " "
                        + cut(nic.network().replaceAll("\\p{Cntrl}", " ")))
                .collect(Collectors.joining("\n"));
        rows.change(
                "insert into img_shape (image_id, cpus, memory_mib, firmware, nics) values (?, ?, ?, ?, ?)",
                image.value(),
                shape.cpus().<Object>map(cpus -> cpus).orElse(Sql.Nothing.INTEGER),
                shape.memoryMiB().<Object>map(memory -> memory).orElse(Sql.Nothing.LONG),
                shape.firmware().name(),
                nics);
    }

    private static String cut(String text) {
        return text.length() > MOST_NETWORK ? text.substring(0, MOST_NETWORK) : text;
    }

    public Optional<ImageShape> shape(ImageId image) {
        return rows.one(SHAPES + " = ?", ImageParts::shape, image.value());
    }

    /**
     * The machine that it was made of. Where that is not known, one of the smallest kind with a BIOS: whoever makes machines of
     * images elsewhere wants all of it said.
     */
    Shape machine(Image image) {
        Optional<ImageShape> known = shape(image.id());
        List<ShapeDisk> disks = new ArrayList<>();
        for (long virtualBytes : disks(image.id())) {
            disks.add(new ShapeDisk("disk-" + disks.size(), virtualBytes));
        }
        return new Shape(
                known.flatMap(ImageShape::cpus).orElse(1),
                known.flatMap(ImageShape::memoryMiB).orElse(DEFAULT_MEMORY_MIB),
                Shape.Firmware.valueOf(
                        known.map(ImageShape::firmware).orElse(Firmware.BIOS).name()),
                image.os(),
                disks,
                known.stream()
                        .flatMap(each -> each.nics().stream())
                        .map(nic -> new ShapeNic(nic.mac(), nic.network()))
                        .toList());
    }

    private static List<ImageNic> nics(String text) {
        List<ImageNic> nics = new ArrayList<>();
        text.lines().forEach(line -> {
            int blank = line.indexOf(' ');
            String mac = line.substring(0, blank);
            nics.add(new ImageNic(
                    mac.equals(NO_MAC) ? Optional.empty() : Optional.of(new MacAddress(mac)),
                    line.substring(blank + 1)));
        });
        return nics;
    }

    private static Copy copy(ResultSet row) throws SQLException {
        long size = row.getLong(6);
        Optional<Long> sizeBytes = row.wasNull() ? Optional.empty() : Optional.of(size);
        return new Copy(
                new ImageId(row.getString(1)),
                new EndpointId(row.getString(2)),
                new LocationId(row.getString(3)),
                CopyState.valueOf(row.getString(4)),
                Optional.ofNullable(row.getString(5)),
                sizeBytes,
                row.getBoolean(7));
    }

    /** Its copies, and those that are being made. */
    public List<Copy> copies(ImageId image) {
        return rows.query(COPIES + " where image_id = ? order by endpoint_id", ImageParts::copy, image.value());
    }

    public Optional<Copy> copy(ImageId image, EndpointId endpoint) {
        return rows.one(
                COPIES + " where image_id = ? and endpoint_id = ?", ImageParts::copy, image.value(), endpoint.value());
    }

    /** Writes down a copy; one at a time is made at an endpoint. */
    void insert(Copy copy) {
        try {
            rows.tx()
                    .execute(() -> rows.change(
                            "insert into img_copy (image_id, endpoint_id, location_id, state, ref, size_bytes, adopted)"
                                    + " values (?, ?, ?, ?, ?, ?, ?)",
                            copy.image().value(),
                            copy.endpoint().value(),
                            copy.location().value(),
                            copy.state().name(),
                            copy.ref().<Object>map(ref -> ref).orElse(Sql.Nothing.TEXT),
                            copy.sizeBytes().<Object>map(size -> size).orElse(Sql.Nothing.LONG),
                            copy.adopted()));
        } catch (TxException e) {
            if (e.kind() == TxException.Kind.DUPLICATE) {
                throw ImageProblem.COPY_EXISTS.because(
                        "The endpoint %s has a copy, or is getting one.", copy.endpoint());
            }
            throw e;
        }
    }

    void made(ImageId image, EndpointId endpoint, String ref, Optional<Long> sizeBytes) {
        rows.change(
                "update img_copy set state = ?, ref = ?, size_bytes = ? where image_id = ? and endpoint_id = ?",
                CopyState.READY.name(),
                ref,
                sizeBytes.<Object>map(size -> size).orElse(Sql.Nothing.LONG),
                image.value(),
                endpoint.value());
    }

    void forget(ImageId image, EndpointId endpoint) {
        rows.change("delete from img_copy where image_id = ? and endpoint_id = ?", image.value(), endpoint.value());
    }

    /** Everything of an image that is gone. */
    void deleteAll(ImageId image) {
        rows.change("delete from img_disk where image_id = ?", image.value());
        rows.change("delete from img_content where image_id = ?", image.value());
        rows.change("delete from img_shape where image_id = ?", image.value());
        rows.change("delete from img_copy where image_id = ?", image.value());
    }

    /** What is shown of one image besides its row. */
    record Shown(List<ImageDisk> disks, Optional<ImageShape> shape, List<ImageCopy> copies) {
        static final Shown NOTHING = new Shown(List.of(), Optional.empty(), List.of());
    }

    /** Of many images in a few queries. */
    Map<ImageId, Shown> shown(Collection<ImageId> images) {
        Map<ImageId, Shown> shown = new LinkedHashMap<>();
        if (images.isEmpty()) {
            return shown;
        }
        Map<ImageId, List<ImageDisk>> disks = new LinkedHashMap<>();
        Map<ImageId, List<ImageCopy>> copies = new LinkedHashMap<>();
        Map<ImageId, ImageShape> shapes = new LinkedHashMap<>();
        List<String> ids = images.stream().map(ImageId::value).toList();
        for (int from = 0; from < ids.size(); from += AT_ONCE) {
            some(ids.subList(from, Math.min(ids.size(), from + AT_ONCE)), disks, copies, shapes);
        }
        images.forEach(image -> shown.put(
                image,
                new Shown(
                        disks.getOrDefault(image, List.of()),
                        Optional.ofNullable(shapes.get(image)),
                        copies.getOrDefault(image, List.of()))));
        return shown;
    }

    private void some(
            List<String> ids,
            Map<ImageId, List<ImageDisk>> disks,
            Map<ImageId, List<ImageCopy>> copies,
            Map<ImageId, ImageShape> shapes) {
        Object[] values = ids.toArray();
        String among = " in (" + RowStore.marks(ids.size()) + ")";
        rows.query(
                "select d.image_id, d.virtual_bytes, c.format, c.sha256, c.size_bytes from img_disk d left join img_content"
                        + " c on c.image_id = d.image_id and c.sort_no = d.sort_no and c.original = true where d.image_id"
                        + among + " order by d.image_id, d.sort_no",
                row -> {
                    Optional<String> format = Optional.ofNullable(row.getString(3));
                    ImageDisk disk = new ImageDisk(
                            row.getLong(2),
                            format.map(Format::valueOf),
                            Optional.ofNullable(row.getString(4)).map(Sha256::new),
                            format.isPresent() ? Optional.of(row.getLong(5)) : Optional.empty());
                    return disks.computeIfAbsent(new ImageId(row.getString(1)), image -> new ArrayList<>())
                            .add(disk);
                },
                values);
        rows.query(
                COPIES + " where image_id" + among + " order by image_id, endpoint_id",
                row -> {
                    Copy copy = copy(row);
                    return copies.computeIfAbsent(copy.image(), image -> new ArrayList<>())
                            .add(copy.view());
                },
                values);
        rows.query(SHAPES + among, row -> shapes.put(new ImageId(row.getString(1)), shape(row)), values);
    }

    private static ImageShape shape(ResultSet row) throws SQLException {
        int cpus = row.getInt(2);
        Optional<Integer> kept = row.wasNull() ? Optional.empty() : Optional.of(cpus);
        long memory = row.getLong(3);
        Optional<Long> memoryMiB = row.wasNull() ? Optional.empty() : Optional.of(memory);
        return new ImageShape(kept, memoryMiB, Firmware.valueOf(row.getString(4)), nics(row.getString(5)));
    }

    @Override
    public Optional<String> ofLocation(LocationId location) {
        return counted("select count(*) from img_copy where location_id = ?", location.value());
    }

    @Override
    public Optional<String> ofEndpoint(EndpointId endpoint) {
        return counted("select count(*) from img_copy where endpoint_id = ? and state = 'COPYING'", endpoint.value())
                .map(copies -> copies + " under way")
                .or(() -> onlyAt(endpoint));
    }

    /** Copies are made again wherever they are needed, but what is nowhere else would be lost. */
    private Optional<String> onlyAt(EndpointId endpoint) {
        List<String> names = rows.query(
                "select i.name from img_copy c join img_image i on i.id = c.image_id where c.endpoint_id = ?"
                        + " and not exists (select o.image_id from img_copy o where o.image_id = c.image_id"
                        + " and o.endpoint_id <> c.endpoint_id and o.state = 'READY')"
                        + " and (select count(*) from img_content k where k.image_id = c.image_id and k.original = true)"
                        + " < (select count(*) from img_disk d where d.image_id = c.image_id)"
                        + " order by i.name fetch first " + (MOST_NAMED + 1) + " rows only",
                row -> row.getString(1),
                endpoint.value());
        if (names.isEmpty()) {
            return Optional.empty();
        }
        String some = String.join(", ", names.subList(0, Math.min(MOST_NAMED, names.size())));
        return Optional.of("the only content of images " + some
                + (names.size() > MOST_NAMED ? " and others" : "")
                + ", which can be transferred to another location, or deleted");
    }

    @Override
    public void unlinked(EndpointId endpoint) {
        rows.change("delete from img_copy where endpoint_id = ?", endpoint.value());
    }

    private Optional<String> counted(String sql, String of) {
        long count = rows.one(sql, row -> row.getLong(1), of).orElse(0L);
        return count == 1 ? Optional.of("1 copy of an image") : Uses.counted(count, "copies of image");
    }
}
