// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.fake;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.apache.karaf.shell.api.console.History;
import org.apache.karaf.shell.api.console.Registry;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.apache.karaf.shell.api.console.Terminal;

/** A session that keeps what was printed, and answers what is asked from a list; without one it has no terminal. */
public final class FakeSession implements Session {
    public final Deque<String> answers = new ArrayDeque<>();
    private final Map<String, Object> variables = new HashMap<>();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream console = new PrintStream(printed, true, StandardCharsets.UTF_8);

    /** What was printed since this was last asked. */
    public String printed() {
        String text = printed.toString(StandardCharsets.UTF_8);
        printed.reset();
        return text;
    }

    @Override
    public PrintStream getConsole() {
        return console;
    }

    @Override
    public String readLine(String prompt, Character mask) {
        if (!Character.valueOf('*').equals(mask)) {
            throw new IllegalArgumentException("Only secrets are asked for");
        }
        console.print(prompt);
        return answers.remove();
    }

    @Override
    public Terminal getTerminal() {
        return answers.isEmpty() ? null : new FakeTerminal();
    }

    @Override
    public Object get(String name) {
        return variables.get(name);
    }

    @Override
    public void put(String name, Object value) {
        variables.put(name, value);
    }

    @Override
    public String resolveCommand(String name) {
        return name;
    }

    @Override
    public InputStream getKeyboard() {
        return new ByteArrayInputStream(new byte[0]);
    }

    @Override
    public Path currentDir() {
        return Path.of("");
    }

    @Override
    public Object execute(CharSequence commandline) {
        throw unused();
    }

    @Override
    public History getHistory() {
        throw unused();
    }

    @Override
    public Registry getRegistry() {
        throw unused();
    }

    @Override
    public SessionFactory getFactory() {
        throw unused();
    }

    @Override
    public void currentDir(Path path) {
        throw unused();
    }

    @Override
    public void run() {
        throw unused();
    }

    @Override
    public void close() {
        console.close();
    }

    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException("No command needs this");
    }

    private static final class FakeTerminal implements Terminal {
        @Override
        public String getType() {
            return "dumb";
        }

        @Override
        public int getWidth() {
            return 80;
        }

        @Override
        public int getHeight() {
            return 24;
        }

        @Override
        public boolean isAnsiSupported() {
            return false;
        }

        @Override
        public boolean isEchoEnabled() {
            return false;
        }

        @Override
        public void setEchoEnabled(boolean enabled) {
            throw unused();
        }

        @Override
        public void addSignalListener(
                org.apache.karaf.shell.api.console.SignalListener listener,
                org.apache.karaf.shell.api.console.Signal... signal) {
            throw unused();
        }

        @Override
        public void addSignalListener(org.apache.karaf.shell.api.console.SignalListener listener) {
            throw unused();
        }

        @Override
        public void addSignalListener(
                org.apache.karaf.shell.api.console.SignalListener listener,
                java.util.EnumSet<org.apache.karaf.shell.api.console.Signal> signals) {
            throw unused();
        }

        @Override
        public void removeSignalListener(org.apache.karaf.shell.api.console.SignalListener listener) {
            throw unused();
        }
    }
}
