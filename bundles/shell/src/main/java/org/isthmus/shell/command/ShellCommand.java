// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.console.Session;
import org.isthmus.api.Caller;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.shell.Services;
import org.isthmus.shell.login.Asker;
import org.isthmus.shell.show.Json;
import org.isthmus.shell.show.Shown;
import org.isthmus.shell.show.Text;

/**
 * A command of operators. Karaf makes one for each line typed and sets its fields; it is run once.
 *
 * <p>A problem, or something typed that cannot be, is told in words and fails the command; anything else is a defect and
 * goes to the log with its stack trace.
 */
public abstract class ShellCommand implements Action {
    @Option(name = "--json", description = "Print JSON, for scripts")
    private boolean json;

    @Reference
    private Services services;

    @Reference
    private Session session;

    private Asker asker;

    @Override
    public final Object execute() throws Exception {
        asker = new Asker(services, session);
        try {
            run();
            return null;
        } catch (ProblemException problem) {
            throw Refusal.of(problem, json);
        } catch (IllegalArgumentException | DateTimeException | IOException wrong) {
            throw Refusal.of(wrong.getMessage(), json);
        } catch (Failed failed) {
            throw Refusal.of(failed.getMessage(), json);
        }
    }

    protected abstract void run() throws IOException, Failed;

    /** Calls a service as the one who typed the command. */
    protected final <S, R> R with(Class<S> service, BiFunction<? super S, Caller, ? extends R> work) {
        return asker.with(service, work);
    }

    protected final Services services() {
        return services;
    }

    protected final Session session() {
        return session;
    }

    /** The organization meant: as said, else the session's, else the caller's own. */
    final Ref organization(String said) {
        return asker.organization(said);
    }

    protected final boolean json() {
        return json;
    }

    /** Prints one thing: a view, or a map of names to views. */
    protected final void print(Object view) {
        JsonNode tree = Shown.of(view);
        session.getConsole().print(json ? Json.text(tree) + "\n" : Text.sheet(tree));
    }

    /** Prints several things as a table of these columns, or all they are as JSON. */
    protected final void print(String columns, List<?> views, Optional<String> next) {
        List<JsonNode> rows = views.stream().map(Shown::of).toList();
        if (json) {
            ObjectNode list = (ObjectNode) Shown.of(Map.of("items", rows));
            next.ifPresent(cursor -> list.put("next", cursor));
            session.getConsole().println(Json.text(list));
        } else {
            session.getConsole().print(Text.table(columns, rows));
        }
    }

    /** Prints a line of a stream: JSON on one line, or these columns of it. */
    protected final void printLine(String columns, Object view) {
        JsonNode tree = Shown.of(view);
        if (json) {
            session.getConsole().println(Json.line(tree));
        } else {
            String table = Text.table(columns, List.of(tree));
            session.getConsole().print(table.substring(table.indexOf('\n') + 1));
        }
        session.getConsole().flush();
    }

    /** A line for people; nothing where JSON was asked for. */
    protected final void say(String line) {
        if (!json) {
            session.getConsole().println(Text.harmless(line));
            session.getConsole().flush();
        }
    }

    /** What was asked for was done, and did not work out: the message says why. */
    public static final class Failed extends Exception {
        private static final long serialVersionUID = 1L;

        public Failed(String message) {
            super(message, null, false, false);
        }
    }
}
