// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import java.util.List;
import java.util.Optional;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Facet: the endpoint keeps images of its own (templates, Glance images), from which servers are made without their
 * content being sent again.
 */
@ConsumerType
public interface ImageImport {
    /**
     * Makes a copy of the image here. The same token makes one copy, ever; a whole copy of this image under another token
     * is CONFLICT. Contents are in a format of {@link ComputeDriver#formats}; another is INVALID. Bulk work on the host's
     * executor, pending with percent meanwhile; the checksum of what was sent is checked. One that fails leaves nothing
     * that {@link #removeImage} would not remove.
     */
    Progress<Imported> importImage(Call call, ImageSpec image);

    /** Breaks off what is being imported, and removes the copy with all that was made for it. Absent is done. */
    Progress<Void> removeImage(Call call, ImageId image, Optional<String> ref);

    /**
     * The images that this driver made here and are whole, with tokens; plus, marked {@code managed=false}, the templates
     * of the endpoint that servers can be made from. UNAVAILABLE is never "empty".
     */
    List<SeenImage> images();

    /**
     * A copy that was made.
     *
     * @param ref the driver's own name for it, at most 200 characters: {@link ServerSpec#template}
     */
    record Imported(String ref) {}

    /**
     * An image to copy.
     *
     * @param disks contents in the order of the shape's disks, as many
     */
    record ImageSpec(ImageId image, Name name, Shape shape, List<ImageContent> disks) {
        public ImageSpec {
            if (disks.size() != shape.disks().size()) {
                throw new IllegalArgumentException("An image has one content for each of its disks.");
            }
            disks = List.copyOf(disks);
        }
    }

    /**
     * An image as it is below.
     *
     * @param image whose copy it is, when managed
     * @param token what made it, when managed
     * @param managed false for what somebody else made
     * @param sizeBytes what it takes on storage, or -1 where nobody can say
     */
    record SeenImage(
            String ref,
            String name,
            Optional<ImageId> image,
            Optional<String> token,
            boolean managed,
            Shape shape,
            long sizeBytes) {}
}
