// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.image.Images.Format;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.model.Sha256;

/**
 * An image as it is kept.
 *
 * @param wanted the checksum its content must have, when somebody said so
 * @param sha256 the checksum its content has, once checked
 * @param uploadOffset how much of the content is here
 * @param totalBytes of the content, from the first part on
 */
public record Image(
        ImageId id,
        OrganizationId organization,
        Optional<DepartmentId> department,
        Name name,
        Optional<String> os,
        ImageState state,
        Optional<String> reason,
        Optional<Format> format,
        Optional<Sha256> wanted,
        Optional<Sha256> sha256,
        long uploadOffset,
        Optional<Long> totalBytes,
        Optional<Long> virtualBytes,
        Instant createdAt,
        String createdBy,
        long version) {
    public Subject subject() {
        return Subject.of("image", id);
    }

    /** The same, made by whoever changes it now. */
    Image by(Change change) {
        return new Image(
                id,
                organization,
                change.department(),
                name,
                os,
                state,
                reason,
                format,
                wanted,
                sha256,
                uploadOffset,
                totalBytes,
                virtualBytes,
                Times.kept(change.now()),
                change.caller().username(),
                version);
    }

    /** True when all of the content is here. */
    boolean complete() {
        return totalBytes.isPresent() && totalBytes.get() == uploadOffset;
    }
}
