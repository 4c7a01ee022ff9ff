// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.image;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.Texts;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Making;
import org.isthmus.api.location.Locations.PlatformCommand;
import org.isthmus.api.operation.OperationView;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;
import org.osgi.annotation.versioning.ProviderType;

/** The images of an organization. Filters: {@code name, state, sha256}. */
@ProviderType
public interface Images extends Listing<Images.ImageView> {
    /** The states of an image; one table of transitions. */
    enum ImageState {
        /** Its content is being uploaded. */
        UPLOADING,
        /** All of it is here; checksum and format are being checked. */
        CHECKING,
        /** Its content is being read out of a server, or fetched. */
        MAKING,
        READY,
        /** Its copies are being removed; then it is gone. */
        DELETING,
        FAILED;

        public boolean mayBecome(ImageState next) {
            return switch (this) {
                case UPLOADING -> next == CHECKING || next == FAILED;
                case CHECKING, MAKING -> next == READY || next == FAILED;
                case READY -> next == DELETING;
                case DELETING -> next == READY;
                case FAILED -> false;
            };
        }
    }

    enum Format {
        QCOW2,
        RAW,
        /** Subformat streamOptimized. */
        VMDK
    }

    /** What starts a machine. */
    enum Firmware {
        BIOS,
        /** UEFI without Secure Boot. */
        EFI,
        /** UEFI that starts signed loaders only. */
        EFI_SECURE
    }

    /** As what a whole image can be taken away. */
    enum ExportFormat {
        /** One archive of a machine's OVF descriptor, a manifest and all its disks: DMTF DSP0243. */
        OVA
    }

    /** Whether a copy is there. */
    enum CopyState {
        /** It is being made. */
        COPYING,
        READY
    }

    /**
     * A disk of an image, the boot disk first.
     *
     * @param virtualSizeBytes what a guest sees
     * @param format as it is kept here; without it the disk's content is only where the image's copies are
     * @param sha256 of that content
     * @param sizeBytes of that content
     */
    record ImageDisk(
            long virtualSizeBytes, Optional<Format> format, Optional<Sha256> sha256, Optional<Long> sizeBytes) {}

    /** An interface of the machine that an image was made of, in its order. */
    record ImageNic(Optional<MacAddress> mac, String network) {}

    /**
     * The machine that an image was made of, as far as that is known. A server made of it is started by the same firmware,
     * and is otherwise what its wish says.
     */
    record ImageShape(Optional<Integer> cpus, Optional<Long> memoryMiB, Firmware firmware, List<ImageNic> nics) {
        public ImageShape {
            nics = List.copyOf(nics);
        }
    }

    /**
     * A copy that an endpoint keeps, for servers made there.
     *
     * @param adopted true when it was there before the image, and stays when that is deleted
     */
    record ImageCopy(
            LocationId location, EndpointId endpoint, CopyState state, Optional<Long> sizeBytes, boolean adopted) {}

    /** What is made of a server that runs. */
    enum Running {
        /** Nothing: it must be stopped. */
        REFUSE,
        /** Its disks as they are at one moment, as after a loss of power. */
        SNAPSHOT
    }

    /** Where an image's content comes from. */
    sealed interface Source {}

    /** It is uploaded, in parts. */
    record Upload() implements Source {}

    /**
     * It is fetched from an address, of the kind and where the platform's operator allows.
     *
     * @param url may hold a token in its query: it is not shown again
     */
    record OfUrl(Secret url) implements Source {
        private static final int MOST = 2000;

        public OfUrl {
            Texts.checked("url", url.reveal(), MOST);
        }
    }

    /** It is read out of a server of the organization. */
    record OfServer(Ref server, Running running) implements Source {}

    /**
     * An image.
     *
     * @param uploadOffset how many bytes have arrived
     * @param sizeBytes of the content, once known
     * @param virtualSizeBytes of the boot disk it describes, once known
     * @param format of the boot disk's content
     * @param sha256 of the boot disk's content
     * @param disks empty until they are known
     * @param shape of what was made of a machine, or of an upload that says so
     */
    record ImageView(
            ImageId id,
            Name name,
            OrganizationId organization,
            Optional<DepartmentId> department,
            Optional<String> os,
            ImageState state,
            Optional<String> reason,
            Optional<Format> format,
            Optional<Sha256> sha256,
            long uploadOffset,
            Optional<Long> sizeBytes,
            Optional<Long> virtualSizeBytes,
            List<ImageDisk> disks,
            Optional<ImageShape> shape,
            List<ImageCopy> copies,
            Map<String, String> tags,
            Instant createdAt,
            String createdBy,
            long version) {
        public ImageView {
            disks = List.copyOf(disks);
            copies = List.copyOf(copies);
            tags = Map.copyOf(tags);
        }
    }

    /**
     * A new image.
     *
     * @param sha256 what an upload, or what is fetched, must have
     * @param firmware what starts servers made of it, where its source does not say: a BIOS unless said otherwise
     */
    record CreateImage(
            Ref organization,
            Name name,
            Optional<String> os,
            Source source,
            Optional<Sha256> sha256,
            Optional<Firmware> firmware,
            Map<String, String> tags,
            Optional<Ref> department)
            implements Making<ImageView> {
        public CreateImage {
            os.ifPresent(text -> Texts.checked("os", text, 100));
            tags = Texts.tags(tags);
            if (source instanceof OfServer && (sha256.isPresent() || firmware.isPresent())) {
                throw new IllegalArgumentException("sha256 and firmware are not said of a server.");
            }
        }

        /** An upload, of the caller's own department. */
        public CreateImage(
                Ref organization, Name name, Optional<String> os, Optional<Sha256> sha256, Map<String, String> tags) {
            this(organization, name, os, new Upload(), sha256, Optional.empty(), tags, Optional.empty());
        }

        @Override
        public Action action() {
            return source instanceof OfServer ? Action.IMAGE_CAPTURE : Action.IMAGE_CREATE;
        }

        @Override
        public Subject about() {
            return Subject.of("image", Ref.of(name));
        }
    }

    /**
     * An organization's image of a template that an endpoint has: said by an operator, whose endpoint it is. Its content stays
     * there until it is needed elsewhere. The template stays when the image is deleted.
     *
     * @param ref the endpoint's own name for the template
     * @param owner the organization whose image it will be
     */
    record AdoptImage(Ref location, Ref endpoint, String ref, Ref owner, Name name, Optional<String> os)
            implements PlatformCommand<ImageView> {
        public AdoptImage {
            Texts.checked("ref", ref, 200);
            os.ifPresent(text -> Texts.checked("os", text, 100));
        }

        @Override
        public Action action() {
            return Action.TEMPLATE_ADOPT;
        }

        @Override
        public Subject about() {
            return Subject.of("endpoint", endpoint);
        }
    }

    record ChangeImage(
            Ref organization,
            Ref image,
            long version,
            Optional<Name> name,
            Optional<String> os,
            Optional<Map<String, String>> tags)
            implements Command<ImageView> {
        public ChangeImage {
            os.ifPresent(text -> Texts.checked("os", text, 100));
            tags = tags.map(Texts::tags);
        }

        @Override
        public Action action() {
            return Action.IMAGE_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("image", image);
        }
    }

    /**
     * Brings an image to a location: what its endpoints need to make servers of it. Endpoints that keep images of their own
     * get a copy; for others its content is brought here, in a format they take.
     */
    record TransferImage(Ref organization, Ref image, Ref location) implements Command<ImageView> {
        @Override
        public Action action() {
            return Action.IMAGE_TRANSFER;
        }

        @Override
        public Subject about() {
            return Subject.of("image", image);
        }
    }

    /**
     * Makes an image ready to be taken away by {@link #export}: its content is brought here, in the format that needs. It stays
     * ready until it is deleted.
     */
    record ExportImage(Ref organization, Ref image, ExportFormat format) implements Command<ImageView> {
        @Override
        public Action action() {
            return Action.IMAGE_TRANSFER;
        }

        @Override
        public Subject about() {
            return Subject.of("image", image);
        }
    }

    /** With its copies; servers made from it go on. */
    record DeleteImage(Ref organization, Ref image) implements Command<ImageView> {
        @Override
        public Action action() {
            return Action.IMAGE_DELETE;
        }

        @Override
        public Subject about() {
            return Subject.of("image", image);
        }
    }

    /**
     * Takes one part of the content. Reads exactly {@code length} bytes; fewer keep what came, and the next part goes on
     * there. The last part begins the check.
     *
     * @param first offset of the part's first byte; WRONG_OFFSET with the right one in {@code uploadOffset}
     * @param length bytes of this part
     * @param total bytes of the whole content
     */
    Uploaded upload(Caller caller, Ref organization, Ref image, long first, long length, long total, InputStream part)
            throws IOException;

    /**
     * How far an upload is.
     *
     * @param operation present after the last part
     */
    record Uploaded(long uploadOffset, Optional<OperationView> operation) {}

    /** The content of a disk of a READY image. */
    Content content(Caller caller, Ref organization, Ref image, int disk);

    /** All of a READY image in one; NOT_EXPORTED when it was not made ready by {@link ExportImage}. */
    Content export(Caller caller, Ref organization, Ref image, ExportFormat format);

    /** Content to read. */
    interface Content {
        ImageView image();

        /** How much there is of it. */
        long sizeBytes();

        /** While it is the same, so are the bytes: of a disk the checksum of its content. */
        Sha256 mark();

        /** From an offset on; the caller closes it. */
        InputStream open(long offset) throws IOException;
    }
}
