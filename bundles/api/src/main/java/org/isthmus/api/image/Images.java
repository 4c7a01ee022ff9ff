// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.image;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
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
import org.isthmus.api.operation.OperationView;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
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
        READY,
        FAILED;

        public boolean mayBecome(ImageState next) {
            return switch (this) {
                case UPLOADING -> next == CHECKING || next == FAILED;
                case CHECKING -> next == READY || next == FAILED;
                case READY, FAILED -> false;
            };
        }
    }

    enum Format {
        QCOW2,
        RAW
    }

    /**
     * An image.
     *
     * @param uploadOffset how many bytes have arrived
     * @param sizeBytes of the content, once known
     * @param virtualSizeBytes of the disk it describes, once known
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
            Map<String, String> tags,
            Instant createdAt,
            String createdBy,
            long version) {
        public ImageView {
            tags = Map.copyOf(tags);
        }
    }

    /** An image whose content will be uploaded. */
    record CreateImage(
            Ref organization,
            Name name,
            Optional<String> os,
            Optional<Sha256> sha256,
            Map<String, String> tags,
            Optional<Ref> department)
            implements Making<ImageView> {
        public CreateImage {
            os.ifPresent(text -> Texts.checked("os", text, 100));
            tags = Texts.tags(tags);
        }

        /** One of the caller's own department. */
        public CreateImage(
                Ref organization, Name name, Optional<String> os, Optional<Sha256> sha256, Map<String, String> tags) {
            this(organization, name, os, sha256, tags, Optional.empty());
        }

        @Override
        public Action action() {
            return Action.IMAGE_CREATE;
        }

        @Override
        public Subject about() {
            return Subject.of("image", Ref.of(name));
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

    /** Servers made from it go on. */
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

    /** The content of a READY image from an offset on; the caller closes it. */
    Content content(Caller caller, Ref organization, Ref image);

    /** Content to read. */
    interface Content {
        ImageView image();

        InputStream open(long offset) throws IOException;
    }
}
