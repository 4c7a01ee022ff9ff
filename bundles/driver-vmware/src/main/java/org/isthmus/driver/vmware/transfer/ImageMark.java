// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import java.util.Map;
import java.util.Optional;
import org.isthmus.model.Ids.ImageId;

/**
 * Whose copy a template is, as written on it: the image's id with the template's own reference, so that a copy somebody
 * makes of it, and a server made of it, are not taken for it; and the token that made it, written first.
 */
record ImageMark(ImageId image, String token) {
    /** Attribute: image id, blank, the template's reference. */
    static final String IMAGE = "isthmus.image";
    /** Attribute, and key of the extra configuration from the first moment on: the token of its import. */
    static final String TOKEN = "isthmus.token";

    static String of(ImageId image, String ref) {
        return image.value() + " " + ref;
    }

    /** Reads it, or empty when there is none, or one that was written on something else. */
    static Optional<ImageMark> on(String ref, Map<String, String> attributes) {
        String[] parts = attributes.getOrDefault(IMAGE, "").split(" ", 2);
        String token = attributes.get(TOKEN);
        if (parts.length != 2 || !parts[1].equals(ref) || token == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ImageMark(new ImageId(parts[0]), token));
        } catch (IllegalArgumentException e) {
            // somebody wrote something else there
            return Optional.empty();
        }
    }

    /** What a template is called while it is being made: by this alone a dead process's half of it is found. */
    static String workName(ImageId image) {
        return "isthmus-import-" + image.value();
    }
}
