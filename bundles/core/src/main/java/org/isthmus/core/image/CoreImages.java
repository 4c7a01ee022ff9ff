// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images;
import org.isthmus.api.image.Images.CopyState;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.Things;
import org.isthmus.core.image.Contents.Item;
import org.isthmus.core.image.disk.DiskFormat;
import org.isthmus.core.image.disk.PackedOva;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Page;
import org.isthmus.model.Sha256;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.store.Tx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Images to look at, and their content on its way in and out. */
public final class CoreImages implements Images {
    private static final Logger LOG = LoggerFactory.getLogger(CoreImages.class);

    private final Tx tx;
    private final Swaps swaps;
    private final ImageStore images;
    private final ImageParts parts;
    private final Contents contents;
    private final Things things;
    private final Supplier<Gate> gate;
    private final long mostBytes;
    private final Set<ImageId> receiving = ConcurrentHashMap.newKeySet();

    /**
     * Images.
     *
     * @param gate where the check of a complete upload is asked for; there when the first upload comes
     * @param mostBytes largest content of one image
     */
    public CoreImages(
            Tx tx,
            Swaps swaps,
            ImageStore images,
            ImageParts parts,
            Contents contents,
            Supplier<Gate> gate,
            long mostBytes) {
        this.tx = tx;
        this.swaps = swaps;
        this.images = images;
        this.parts = parts;
        this.things = new Things(tx);
        this.contents = contents;
        this.gate = gate;
        this.mostBytes = mostBytes;
    }

    @Override
    public Page<ImageView> list(Caller caller, Ref organization, Query query) {
        Reach reach = reach(caller, Action.IMAGE_READ, organization);
        return tx.read(() -> {
            Page<Image> page = images.page(reach, query);
            List<ImageId> ids = page.items().stream().map(Image::id).toList();
            Map<String, Map<String, String>> tags = images.tags(ids);
            Map<ImageId, ImageParts.Shown> shown = parts.shown(ids);
            return page.map(image -> view(image, tags.get(image.id().value()), shown.get(image.id())));
        });
    }

    @Override
    public ImageView get(Caller caller, Ref organization, Ref ref) {
        OrganizationView of = may(caller, Action.IMAGE_READ, organization, ref);
        return tx.read(() -> view(images.must(of.id(), ref)));
    }

    private Reach reach(Caller caller, Action action, Ref organization) {
        return swaps.access().call(access -> access.reach(caller, action, organization));
    }

    /** The organization, when the caller may do this with that image of it. */
    private OrganizationView may(Caller caller, Action action, Ref organization, Ref image) {
        Reach reach = reach(caller, action, organization);
        things.require(reach, Things.Kind.IMAGE, image);
        return reach.organization();
    }

    /** One view; inside a transaction. */
    ImageView view(Image image) {
        List<ImageId> id = List.of(image.id());
        return view(
                image, images.tags(id).get(image.id().value()), parts.shown(id).get(image.id()));
    }

    private static ImageView view(Image image, Map<String, String> tags, ImageParts.Shown shown) {
        return new ImageView(
                image.id(),
                image.name(),
                image.organization(),
                image.department(),
                image.os(),
                image.state(),
                image.reason(),
                image.format(),
                image.sha256().or(image::wanted),
                image.uploadOffset(),
                image.totalBytes(),
                image.virtualBytes(),
                shown.disks(),
                shown.shape(),
                shown.copies(),
                tags,
                image.createdAt(),
                image.createdBy(),
                image.version());
    }

    @Override
    public Uploaded upload(
            Caller caller, Ref organization, Ref ref, long first, long length, long total, InputStream part)
            throws IOException {
        OrganizationView of = may(caller, Action.IMAGE_CREATE, organization, ref);
        requireRange(first, length, total);
        ImageId id = tx.read(() -> images.must(of.id(), ref)).id();
        if (!receiving.add(id)) {
            throw Problem.CONFLICT.because("Another part of this image is being received; send one after the other.");
        }
        try {
            Image image = tx.read(() -> images.must(of.id(), Ref.of(id)));
            requireUploading(image);
            if (!image.complete()) {
                receive(image, first, length, total, part);
            }
            Image now = tx.read(() -> images.must(of.id(), Ref.of(id)));
            return now.complete()
                    ? new Uploaded(now.uploadOffset(), finish(caller, now))
                    : new Uploaded(now.uploadOffset(), Optional.empty());
        } finally {
            receiving.remove(id);
        }
    }

    private void requireRange(long first, long length, long total) {
        if (first < 0 || length < 1 || total < 1 || first > total - length) {
            throw ImageProblem.BAD_RANGE.because(
                    "bytes %d-%d/%d is no part of a content.", first, first + length - 1, total);
        }
        if (total > mostBytes) {
            throw Problem.TOO_LARGE.because("An image has at most %d bytes here; the operator sets that.", mostBytes);
        }
    }

    private static void requireUploading(Image image) {
        if (image.state() != ImageState.UPLOADING) {
            throw ImageProblem.NOT_READY.because(
                    "All of the image's content is here already: it is %s. Make another image for another content.",
                    image.state());
        }
    }

    private void receive(Image image, long first, long length, long total, InputStream part) throws IOException {
        if (first != image.uploadOffset()) {
            throw ImageProblem.WRONG_OFFSET
                    .because("The content goes on at byte %d.", image.uploadOffset())
                    .with("uploadOffset", image.uploadOffset());
        }
        if (contents.free() < total - first) {
            throw ImageProblem.NO_SPACE.because(
                    "%d bytes are to come, and there is space for %d.", total - first, contents.free());
        }
        if (!tx.retrying(() -> images.total(image.id(), total))) {
            throw ImageProblem.BAD_RANGE.because(
                    "The first part said that the content has %s bytes, and this one says %d.",
                    image.totalBytes().map(String::valueOf).orElse("other"), total);
        }
        long[] recorded = {first};
        contents.write(Item.uploaded(image.id()), first, length, part, upTo -> {
            if (!tx.retrying(() -> images.advance(image.id(), recorded[0], upTo))) {
                throw new IOException("The image was deleted, or another controller received a part, meanwhile.");
            }
            recorded[0] = upTo;
        });
    }

    private Optional<org.isthmus.api.operation.OperationView> finish(Caller caller, Image image) {
        return gate.get()
                .submit(caller, new FinishUpload(Ref.of(image.organization()), Ref.of(image.id())))
                .operation();
    }

    /**
     * Uploads whose last part met a crash are checked after all, content that belongs to no image is removed, and what
     * controllers of an older release made ready, while they are replaced one by one, gets its rows.
     */
    public void tidy(Caller system) {
        tx.retrying(() -> {
            parts.complete();
            return true;
        });
        for (Image image : tx.read(images::stuck)) {
            if (!receiving.contains(image.id())) {
                finish(system, image);
            }
        }
        try {
            Set<ImageId> stray = new HashSet<>(contents.all());
            stray.removeAll(tx.read(() -> images.existing(stray)));
            for (ImageId id : stray) {
                LOG.info("Removing content that belongs to no image: {}", id);
                contents.deleteAll(id);
            }
        } catch (IOException e) {
            LOG.warn("Stray image content could not be removed: {}", e.toString());
        }
    }

    /** A ready image whose content the caller may have. */
    private Image readable(Caller caller, Ref organization, Ref ref) {
        OrganizationView of = may(caller, Action.IMAGE_READ, organization, ref);
        Image image = tx.read(() -> images.must(of.id(), ref));
        requireReady(image);
        if (image.totalBytes().isEmpty()) {
            // nobody uploaded it: it was read out of a machine, with all the secrets on it
            may(caller, Action.IMAGE_CAPTURE, organization, ref);
        }
        return image;
    }

    @Override
    public Content content(Caller caller, Ref organization, Ref ref, int disk) {
        Image image = readable(caller, organization, ref);
        ImageView view = tx.read(() -> view(image));
        if (disk < 0 || disk >= Math.max(1, view.disks().size())) {
            throw Problem.MALFORMED.at(
                    "disk", "The image has " + view.disks().size() + " disks; they are counted from 0.");
        }
        ImageParts.Kept kept = tx.read(() -> parts.originals(image.id())).stream()
                .filter(each -> each.disk() == disk)
                .findFirst()
                .orElseThrow(() -> ImageProblem.NOT_THERE.because(
                        "The content of image %s is only where its copies are.", image.name()));
        return new Read(view, kept.sizeBytes(), kept.sha256(), offset -> contents.open(kept.item(), offset));
    }

    private record Read(ImageView image, long sizeBytes, Sha256 mark, DiskFormat.Opening bytes) implements Content {
        @Override
        public InputStream open(long offset) throws IOException {
            return bytes.open(offset);
        }
    }

    @Override
    public Content export(Caller caller, Ref organization, Ref ref, ExportFormat format) {
        Image image = readable(caller, organization, ref);
        return tx.read(() -> {
            List<Long> sizes = parts.disks(image.id());
            List<ImageContent> disks = parts.kept(image.id()).stream()
                    .filter(kept -> kept.format() == Format.VMDK)
                    .<ImageContent>map(kept -> new StoredContent(kept, sizes.get(kept.disk()), contents))
                    .toList();
            if (disks.isEmpty() || disks.size() < sizes.size()) {
                throw ImageProblem.NOT_EXPORTED.because(
                        "The disks of image %s are not all here as an %s has them: POST …/images/%s/exports"
                                + " {\"format\": \"%s\"} first, and when its operation has ended, read this again.",
                        image.name(), format, image.name(), format);
            }
            PackedOva ova = new PackedOva(image.name(), parts.machine(image), disks);
            return new Read(view(image), ova.sizeBytes(), ova.mark(), ova::open);
        });
    }

    private static void requireReady(Image image) {
        if (image.state() != ImageState.READY) {
            throw ImageProblem.NOT_READY.because(
                    "The image %s is %s.", image.name(), image.state().name().toLowerCase(Locale.ROOT));
        }
    }

    /** A ready image of the organization; inside a transaction. */
    public Image ready(OrganizationId organization, Ref ref) {
        Image image = images.must(organization, ref);
        requireReady(image);
        return image;
    }

    /** The sizes of its disks in bytes, in order; inside a transaction. */
    public List<Long> disks(ImageId image) {
        return parts.disks(image);
    }

    /** Refuses an image of which nothing can be made at the location; inside a transaction. */
    public void requireAt(Image image, LocationId location) {
        boolean there = parts.here(image.id())
                || parts.copies(image.id()).stream()
                        .anyMatch(copy -> copy.location().equals(location) && copy.state() == CopyState.READY);
        if (!there) {
            throw ImageProblem.NOT_THERE.because(
                    "The image %s is neither here nor at this location; transfer it to the location first.",
                    image.name());
        }
    }
}
