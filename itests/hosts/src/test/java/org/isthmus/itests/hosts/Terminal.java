// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.isthmus.api.server.Servers.ConsoleLine;

/** Somebody at a serial console, logged in as root, who types commands and reads what comes back. */
final class Terminal implements AutoCloseable {
    private static final Duration TYPING = Duration.ofSeconds(2);
    private static final Duration REACTION = Duration.ofMillis(300);
    /** What the kernel and the guest's own scripts print in between. */
    private static final Pattern OTHERS = Pattern.compile("(\\[ *\\d+\\.\\d+\\]|guest-[a-z]+ ).*");

    private static final String PROMPT = "# ";
    /** The last thing on the screen; a shell that edits lines also asks the terminal where its cursor is. */
    private static final Pattern ASKED = Pattern.compile("(login: |Password: |" + PROMPT + ")(\\x1b\\[6n)?$");

    private final ConsoleLine line;
    private final StringBuilder heard = new StringBuilder();
    private boolean ended;
    private int typed;

    private Terminal(ConsoleLine line) {
        this.line = line;
        Thread listener = new Thread(this::listen, "terminal");
        listener.setDaemon(true);
        listener.start();
    }

    /** Logs in, as soon as the guest lets anybody. */
    static Terminal open(ConsoleLine line, Duration longest) throws IOException {
        Terminal terminal = new Terminal(line);
        try {
            terminal.logIn(longest);
            return terminal;
        } catch (IOException | RuntimeException | Error e) {
            terminal.close();
            throw e;
        }
    }

    private void listen() {
        byte[] piece = new byte[4096];
        try (InputStream output = line.output()) {
            for (int got = output.read(piece); got >= 0; got = output.read(piece)) {
                synchronized (heard) {
                    heard.append(new String(piece, 0, got, StandardCharsets.ISO_8859_1));
                    heard.notifyAll();
                }
            }
        } catch (IOException e) {
            note("\n(the console broke: " + e.getMessage() + ")");
        } finally {
            synchronized (heard) {
                ended = true;
                heard.notifyAll();
            }
        }
    }

    private void note(String text) {
        synchronized (heard) {
            heard.append(text);
        }
    }

    private void logIn(Duration longest) throws IOException {
        long end = System.nanoTime() + longest.toNanos();
        type("");
        while (System.nanoTime() < end) {
            Optional<String> asked = hear(ASKED, TYPING);
            if (asked.isEmpty()) {
                // still booting, or the prompt was overwritten by a message
                type("");
            } else if (asked.get().equals(PROMPT)) {
                // without an echo what is typed cannot be taken for an answer
                type("stty -echo");
                run("true", TYPING.multipliedBy(5));
                return;
            } else {
                forget();
                // a password prompt throws away what was typed before it is ready, as for a person who is too quick
                LockSupport.parkNanos(REACTION.toNanos());
                type(asked.get().startsWith("login") ? "root" : Wish.PASSWORD);
            }
        }
        throw new IOException("Nobody could log in within " + longest + ": " + all());
    }

    /** What a command prints, without what others print meanwhile; the command must succeed. */
    String run(String command, Duration longest) throws IOException {
        int number = ++typed;
        forget();
        // the quotes keep apart what is typed and what is printed
        type("echo \"@\"\"begin" + number + "\"; { " + command + "; } 2>&1; echo \"@\"\"end" + number + ":$?\"");
        Pattern end = Pattern.compile("@end" + number + ":(\\d+)");
        String code = hear(end, longest)
                .orElseThrow(() -> new IOException("After \"" + command + "\" no answer in " + longest
                        + (ended ? ", it closed" : "") + ": " + all()));
        String all = all();
        String answer = all.substring(
                        all.indexOf("@begin" + number) + ("@begin" + number).length(), all.indexOf("@end" + number))
                .lines()
                .map(String::strip)
                .filter(text -> !text.isEmpty() && !OTHERS.matcher(text).matches())
                .collect(Collectors.joining("\n"));
        if (!code.equals("0")) {
            throw new AssertionError("\"" + command + "\" ended with " + code + ": " + answer);
        }
        return answer;
    }

    private void type(String text) throws IOException {
        line.input().write((text + "\n").getBytes(StandardCharsets.US_ASCII));
        line.input().flush();
    }

    private void forget() {
        synchronized (heard) {
            heard.setLength(0);
        }
    }

    private String all() {
        synchronized (heard) {
            return heard.toString();
        }
    }

    /** The pattern's group when it is heard in time. */
    private Optional<String> hear(Pattern pattern, Duration longest) throws IOException {
        long end = System.nanoTime() + longest.toNanos();
        synchronized (heard) {
            while (true) {
                Matcher found = pattern.matcher(heard);
                if (found.find()) {
                    return Optional.of(found.group(1));
                }
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return Optional.empty();
                }
                if (ended) {
                    throw new IOException("The console closed after: " + heard);
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(heard, left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException("Interrupted", e);
                }
            }
        }
    }

    @Override
    public void close() {
        line.close();
    }
}
