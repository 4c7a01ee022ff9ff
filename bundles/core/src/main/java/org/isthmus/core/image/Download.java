// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isthmus.core.outward.Outward;
import org.isthmus.core.outward.Outward.Answer;
import org.isthmus.core.outward.Refusal;
import org.isthmus.core.outward.Watch;

/**
 * Reads a file from an address that a customer chose (RFC 9110). What is read in several attempts is one version of it, by its
 * size and its ETag. Redirections are followed a few times, each as if it had been the address from
 * the beginning. What goes wrong over there is {@link Away} or a {@link Refusal}, in words that show nothing of the address.
 */
final class Download {
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    /** Of these the next attempt may come to something else, as of all from 500 on. */
    private static final Set<Integer> PASSING = Set.of(408, 425, 429);

    private static final int MOST_REDIRECTS = 5;
    private static final int CONNECT_MILLIS = 10_000;
    private static final int SILENCE_MILLIS = 30_000;
    private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");
    private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18})");
    /** A weak one says nothing of bytes. */
    private static final Pattern TAG = Pattern.compile("\"[\\x21\\x23-\\x7e]{0,200}\"");

    private final Outward outward;
    private final Pace pace;

    Download(Outward outward, Pace pace) {
        this.outward = outward;
        this.pace = pace;
    }

    /**
     * How slow the other side may be: each thread that waits for it is one that others wait for.
     *
     * @param answer so long it may take until there is the head of an answer, with all redirections
     * @param most so long it may take for {@code least} bytes of the file, again and again
     */
    record Pace(Duration answer, Duration most, long least) {
        /** An answer within less than a lease is kept from others. */
        static final Pace USUAL = new Pace(Duration.ofSeconds(45), Duration.ofSeconds(60), 1 << 20);
    }

    /**
     * A version of a file.
     *
     * @param tag its strong ETag
     */
    record Version(long sizeBytes, String tag) {}

    /** It cannot be had just now. */
    static class Away extends IOException {
        private static final long serialVersionUID = 1L;

        Away(String message) {
            super(message);
        }
    }

    /** There is another version by now: nothing of what was read belongs to it. */
    static final class Changed extends Away {
        private static final long serialVersionUID = 1L;

        Changed() {
            super("It was changed while it was being fetched.");
        }
    }

    /**
     * Bytes up to the end of a file; closing it ends the connection.
     *
     * @param sizeBytes of the whole file
     * @param version which one; without it nobody can go on later where this breaks off
     * @param from where they begin: where they were asked for, or at 0
     */
    record Part(long sizeBytes, Optional<Version> version, long from, InputStream body, Watch.Line line)
            implements AutoCloseable {
        @Override
        public void close() {
            line.close();
        }
    }

    /**
     * Begins to read it.
     *
     * @param known the version that is here in part; it goes on from there, or begins anew where the other side gives the same
     *     version only as a whole
     * @param line of nobody else; closing it ends the reading, too
     * @throws Changed when that version is not there any more
     */
    Part open(String url, Optional<Version> known, long from, Watch.Line line) throws IOException {
        try {
            line.within(pace.answer());
            Part part = begun(url, known, from, line);
            line.within(pace.most());
            return part;
        } catch (IOException e) {
            IOException theirs = theirs(
                    e, line, "There was no answer within " + pace.answer().toSeconds() + " seconds.");
            line.close();
            throw theirs;
        }
    }

    private static IOException theirs(IOException e, Watch.Line line, String late) {
        if (line.late()) {
            return new Away(late);
        }
        if (e instanceof Away) {
            return e;
        }
        return Outward.isFinal(e) ? new Refusal(Outward.why(e)) : new Away(Outward.why(e));
    }

    private Part begun(String url, Optional<Version> known, long from, Watch.Line line) throws IOException {
        Map<String, String> headers = new LinkedHashMap<>();
        if (known.isPresent() && from > 0) {
            headers.put("Range", "bytes=" + from + "-");
            headers.put("If-Range", known.get().tag());
        }
        Answer answer = get(url, headers, line);
        InputStream body = new Paced(answer.body(), line);
        if (answer.status() == 206 && headers.containsKey("Range")) {
            requireRest(answer, known.get(), from);
            return new Part(known.get().sizeBytes(), known, from, body, line);
        }
        long size = size(answer);
        Optional<Version> is =
                answer.header("etag").filter(tag -> TAG.matcher(tag).matches()).map(tag -> new Version(size, tag));
        if (known.isPresent() && !known.equals(is)) {
            throw new Changed();
        }
        return new Part(size, is, 0, body, line);
    }

    /** Is given up when too little of it comes. */
    private final class Paced extends FilterInputStream {
        private final Watch.Line line;
        private long came;

        Paced(InputStream body, Watch.Line line) {
            super(body);
            this.line = line;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            try {
                int got = in.read(bytes, from, length);
                came += Math.max(0, got);
                if (came >= pace.least()) {
                    came = 0;
                    line.within(pace.most());
                }
                return got;
            } catch (IOException e) {
                throw theirs(
                        e,
                        line,
                        "It is too slow: in " + pace.most().toSeconds() + " seconds less than " + pace.least()
                                + " bytes came.");
            }
        }
    }

    private static void requireRest(Answer answer, Version wanted, long from) throws IOException {
        requirePlain(answer);
        Matcher range = RANGE.matcher(answer.header("content-range").orElse(""));
        if (!range.matches() || Long.parseLong(range.group(1)) != from) {
            throw new Refusal("It gave another part than the one that was asked for.");
        }
        if (Long.parseLong(range.group(2)) != wanted.sizeBytes()
                || answer.header("etag").filter(wanted.tag()::equals).isEmpty()) {
            throw new Changed();
        }
    }

    private static long size(Answer answer) throws IOException {
        if (answer.status() != 200) {
            throw new Refusal("It answered " + answer.status() + ", and not with a file.");
        }
        requirePlain(answer);
        String length = answer.header("content-length").orElse("");
        if (!LENGTH.matcher(length).matches() || Long.parseLong(length) == 0) {
            throw new Refusal("It does not say how large the file is (Content-Length), or it is empty.");
        }
        return Long.parseLong(length);
    }

    private static void requirePlain(Answer answer) throws IOException {
        boolean plain = answer.header("transfer-encoding").isEmpty()
                && answer.header("content-encoding")
                        .filter(coding -> !coding.equalsIgnoreCase("identity"))
                        .isEmpty();
        if (!plain) {
            throw new Refusal("It sends the file in pieces or compressed, and not as it is.");
        }
    }

    /** The answer to it, or to where it leads: a file, or a part of one. */
    private Answer get(String url, Map<String, String> headers, Watch.Line line) throws IOException {
        URI at = checkedHop(url);
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            Answer answer = getOnce(at, headers, line);
            if (!REDIRECTS.contains(answer.status())) {
                return usable(answer);
            }
            at = checkedHop(next(at, answer.header("location").orElse("")).toString());
        }
        throw new Refusal("It redirects more than " + MOST_REDIRECTS + " times.");
    }

    private Answer getOnce(URI at, Map<String, String> headers, Watch.Line line) throws IOException {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("User-Agent", "Isthmus-Image/1");
        all.put("Accept", "*/*");
        all.put("Accept-Encoding", "identity");
        Socket socket = line.socket();
        socket.setSoTimeout(SILENCE_MILLIS);
        return outward.ask(socket, CONNECT_MILLIS, "GET", at, all, Optional.empty());
    }

    private static Answer usable(Answer answer) throws IOException {
        int status = answer.status();
        if (status >= 400) {
            String said = "It answered " + status + ".";
            throw status >= 500 || PASSING.contains(status) ? new Away(said) : new Refusal(said);
        }
        return answer;
    }

    /** Where it leads; not yet checked. */
    static URI next(URI from, String location) throws IOException {
        URI to;
        try {
            // nothing would be taken for the folder that it is in
            to = location.isEmpty() ? from : from.resolve(location.replaceFirst("#.*", ""));
        } catch (IllegalArgumentException e) {
            throw new Refusal("It redirects to what is no address.");
        }
        if (from.getScheme().equalsIgnoreCase("https") && !"https".equalsIgnoreCase(to.getScheme())) {
            throw new Refusal("It redirects from an encrypted connection to another kind.");
        }
        return to;
    }

    private URI checkedHop(String url) throws IOException {
        try {
            return outward.checked(url);
        } catch (IllegalArgumentException e) {
            // the parser's words would show what is in it
            throw new Refusal("Where it leads is no address that may be fetched from.");
        }
    }
}
