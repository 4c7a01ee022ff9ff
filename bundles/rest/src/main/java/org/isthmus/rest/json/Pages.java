// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.json;

import java.io.ByteArrayOutputStream;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import org.isthmus.api.server.ServerView;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Page;
import org.isthmus.model.Recent;

/**
 * Pages of views as JSON text: the same text as {@link Shown} makes, without a tree of the whole page. The texts of servers
 * are kept for as long as the very same view is listed again: whoever lists them keeps the views that have not changed.
 * Threads may share it.
 */
public final class Pages {
    private static final byte[] ITEMS = ascii("{\"items\":[");
    private static final byte[] NEXT = ascii("],\"next\":");
    private static final int AN_ITEM = 1024;
    private static final int MOST_KEPT = 10_000;
    /** About a kilobyte as a rule; a longer text is made anew every time. */
    private static final int MOST_BYTES = 8 * 1024;

    private static final class Kept {
        private final WeakReference<ServerView> view;
        private final byte[] text;

        Kept(ServerView view) {
            this.view = new WeakReference<>(view);
            this.text = Json.bytes(Shown.of(view));
        }
    }

    private final Recent<ServerId, Kept> kept = new Recent<>(MOST_KEPT);

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The page's text, in UTF-8. */
    public byte[] bytes(Page<?> page) {
        ByteArrayOutputStream out =
                new ByteArrayOutputStream(AN_ITEM * (page.items().size() + 1));
        out.writeBytes(ITEMS);
        boolean first = true;
        for (Object item : page.items()) {
            if (!first) {
                out.write(',');
            }
            first = false;
            out.writeBytes(text(item));
        }
        page.next()
                .ifPresentOrElse(
                        cursor -> {
                            out.writeBytes(NEXT);
                            out.writeBytes(Json.bytes(Shown.of(cursor)));
                        },
                        () -> out.write(']'));
        out.write('}');
        return out.toByteArray();
    }

    private byte[] text(Object item) {
        if (!(item instanceof ServerView server)) {
            return Json.bytes(Shown.of(item));
        }
        Kept known =
                kept.get(server.id()).filter(each -> each.view.refersTo(server)).orElseGet(() -> new Kept(server));
        if (known.text.length <= MOST_BYTES) {
            kept.put(server.id(), known);
        }
        return known.text;
    }
}
