// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images;
import org.isthmus.api.image.Images.Content;
import org.isthmus.api.image.Images.ExportFormat;
import org.isthmus.api.image.Images.Uploaded;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Places;
import org.isthmus.rest.http.Reply;
import org.isthmus.rest.http.RestProblem;
import org.isthmus.rest.http.Table;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Moves the content of images in and out, in parts and ranges, without ever holding it in memory. */
final class ImageContent {
    static final String BYTES = "application/octet-stream";
    private static final Pattern PART = Pattern.compile("bytes (\\d{1,15})-(\\d{1,15})/(\\d{1,15})");
    private static final Pattern DISK = Pattern.compile("\\d{1,4}");
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,15})-(\\d{0,15})");

    private static final Logger LOG = LoggerFactory.getLogger(ImageContent.class);

    private final Services services;
    private final Table table;
    private final Places places = new Places("transfers of images", 48, 8);

    ImageContent(Services services, Table table) {
        this.services = services;
        this.table = table;
    }

    private record Part(long first, long length, long total) {}

    Reply upload(Call call) throws IOException {
        Part part = part(call);
        Uploaded uploaded;
        Places.Place place = places.take(call.caller());
        call.waits();
        try (place;
                InputStream body = call.body()) {
            uploaded = services.call(Images.class, images -> {
                try {
                    return images.upload(
                            call.caller(),
                            call.organization(),
                            call.ref("image"),
                            part.first(),
                            part.length(),
                            part.total(),
                            body);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        String offset = Long.toString(uploaded.uploadOffset());
        return uploaded.operation()
                .map(operation -> table.started(call, operation))
                .orElseGet(() -> Reply.empty(204))
                .with("Upload-Offset", offset);
    }

    /** Which part is being sent; without a Content-Range it is the whole. */
    private static Part part(Call call) {
        Optional<String> range = call.header("Content-Range");
        long sent = call.contentLength();
        if (range.isEmpty()) {
            if (sent <= 0) {
                throw wrong("Say with Content-Range: bytes first-last/length which part this is.");
            }
            return new Part(0, sent, sent);
        }
        Matcher matcher = PART.matcher(range.get().trim());
        if (!matcher.matches()) {
            throw wrong("It is written like: bytes 0-1048575/10485760.");
        }
        long first = Long.parseLong(matcher.group(1));
        long last = Long.parseLong(matcher.group(2));
        long total = Long.parseLong(matcher.group(3));
        if (last < first || last >= total) {
            throw wrong("It ends before it begins, or beyond the whole.");
        }
        long length = last - first + 1;
        if (sent >= 0 && sent != length) {
            throw wrong("It says " + length + " bytes, but the body has " + sent + ".");
        }
        return new Part(first, length, total);
    }

    private static ProblemException wrong(String detail) {
        return ImageProblem.BAD_RANGE.at("Content-Range", detail);
    }

    private static int disk(Call call) {
        String asked = call.parameter("disk").orElse("0");
        if (!DISK.matcher(asked).matches()) {
            throw Problem.MALFORMED.at("disk", "Which disk is a number, counted from 0.");
        }
        return Integer.parseInt(asked);
    }

    private static Optional<ExportFormat> format(Call call) {
        Optional<String> asked = call.parameter("format");
        if (asked.isPresent() && call.parameter("disk").isPresent()) {
            throw Problem.MALFORMED.at("disk", "With a format it is all of the image: say one of disk and format.");
        }
        return asked.map(ExportFormat::valueOf);
    }

    Reply download(Call call) {
        Optional<ExportFormat> format = format(call);
        Content content = services.call(
                Images.class,
                images -> format.isPresent()
                        ? images.export(call.caller(), call.organization(), call.ref("image"), format.get())
                        : images.content(call.caller(), call.organization(), call.ref("image"), disk(call)));
        String name = content.image().name()
                + format.map(is -> "." + is.name().toLowerCase(Locale.ROOT)).orElse("");
        long size = content.sizeBytes();
        String tag = "\"" + content.mark().hex() + "\"";
        boolean same = call.header("If-Range").map(tag::equals).orElse(true);
        Optional<Matcher> range =
                call.header("Range").filter(any -> same).map(RANGE::matcher).filter(Matcher::matches);
        long from = 0;
        long until = size;
        if (range.isPresent()) {
            String first = range.get().group(1);
            String last = range.get().group(2);
            if (backwards(first, last)) {
                range = Optional.empty();
            } else if (first.isEmpty()) {
                from = Math.max(0, size - Long.parseLong(last));
            } else {
                from = Long.parseLong(first);
                until = last.isEmpty() ? size : Math.min(size, Long.parseLong(last) + 1);
            }
        }
        if (from >= until) {
            throw RestProblem.RANGE
                    .because("The content has %d bytes; the range asked for has none of them.", size)
                    .with(RestProblem.SIZE, size);
        }
        long begin = from;
        long length = until - from;
        Reply.Stream body = call.head() ? out -> {} : held(places.take(call.caller()), content, begin, length);
        Reply reply = Reply.stream(range.isPresent() ? 206 : 200, BYTES, body)
                .with("Content-Length", Long.toString(length))
                .with("Accept-Ranges", "bytes")
                .with("Content-Disposition", "attachment; filename=\"" + name + "\"")
                .with("ETag", tag);
        return range.isPresent()
                ? reply.with("Content-Range", "bytes " + from + "-" + (until - 1) + "/" + size)
                : reply;
    }

    /** True for a range that RFC 9110 calls invalid: it is as if nobody had asked for one. */
    private static boolean backwards(String first, String last) {
        return first.isEmpty() ? last.isEmpty() : !last.isEmpty() && Long.parseLong(last) < Long.parseLong(first);
    }

    private static Reply.Stream held(Places.Place place, Content content, long from, long length) {
        return out -> {
            try (place) {
                copy(content, from, length, out);
            }
        };
    }

    private static void copy(Content content, long from, long length, OutputStream out) throws IOException {
        try (InputStream in = content.open(from)) {
            byte[] buffer = new byte[64 * 1024];
            long left = length;
            while (left > 0) {
                int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (read < 0) {
                    LOG.warn(
                            "The content of image {} ends {} bytes early",
                            content.image().id(),
                            left);
                    return;
                }
                out.write(buffer, 0, read);
                left -= read;
            }
        }
    }
}
