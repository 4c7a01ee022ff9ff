// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.image.Images.ImageView;

/** All of the content is here: check it. Said by the last part of an upload, or by the system for one that met a crash. */
record FinishUpload(Ref organization, Ref image) implements Command<ImageView> {
    @Override
    public Action action() {
        return Action.IMAGE_CREATE;
    }

    @Override
    public Subject about() {
        return Subject.of("image", image);
    }
}
