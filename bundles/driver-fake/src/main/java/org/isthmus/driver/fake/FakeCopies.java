// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.List;
import java.util.Optional;
import org.isthmus.driver.fake.Entry.Effect;
import org.isthmus.driver.fake.Entry.Mark;
import org.isthmus.driver.fake.Ledger.Change;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.driver.fake.Switchboard.Outcome;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageImport;

/** Copies of images, from which servers are made; beside them the templates that somebody else made. */
final class FakeCopies implements ImageImport {
    private final FakeSettings settings;
    private final Switchboard switchboard;
    private final KeptContents contents;

    FakeCopies(FakeSettings settings, Switchboard switchboard, KeptContents contents) {
        this.settings = settings;
        this.switchboard = switchboard;
        this.contents = contents;
    }

    @Override
    public Progress<Imported> importImage(Call call, ImageSpec image) {
        String id = image.image().value();
        return switchboard.change(Verb.IMPORT_IMAGE, call, id, image.name().value(), far -> {
            Optional<FakeImage> there = far.copyOf(id);
            if (there.isPresent()) {
                return same(there.get(), call.token());
            }
            for (ImageContent content : image.disks()) {
                mustTake(content.format());
            }
            FakeImage made = FakeImage.copy(
                    call.token(),
                    image,
                    image.disks().stream().map(contents::keep).toList());
            return Outcome.with(new Imported(made.ref()), Effect.leaves(made, new Mark(Thing.IMAGE, id, Change.MADE)));
        });
    }

    private static Outcome<Imported> same(FakeImage there, String token) {
        if (!there.token().equals(token)) {
            throw new DriverException(
                    Kind.CONFLICT, "A copy of the image " + there.image() + " is here, made under another token.");
        }
        return Outcome.already(new Imported(there.ref()));
    }

    private void mustTake(ImageContent.Format format) {
        if (!settings.formats().contains(format)) {
            throw new DriverException(
                    Kind.INVALID, "This endpoint takes content as " + settings.formats() + ", not as " + format + ".");
        }
    }

    @Override
    public Progress<Void> removeImage(Call call, ImageId image, Optional<String> ref) {
        String id = image.value();
        return switchboard.change(Verb.REMOVE_IMAGE, call, id, ref.orElse(""), far -> {
            Optional<FakeImage> there = far.copyOf(id);
            if (there.isEmpty()) {
                return Outcome.already(null);
            }
            return Outcome.with(
                    null, Effect.removes(there.get().ref(), List.of(new Mark(Thing.IMAGE, id, Change.REMOVED))));
        });
    }

    @Override
    public List<SeenImage> images() {
        return switchboard.ask(Verb.IMAGES, "", far -> far.images().stream()
                .map(FakeImage::seen)
                .toList());
    }
}
