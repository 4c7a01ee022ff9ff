// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.karaf.shell.api.console.Session;
import org.isthmus.model.Secret;
import org.isthmus.shell.command.Words;

/** Secrets on their way in: asked for with the echo off, or read from a file. Never on the command line. */
final class SecretWords {
    private SecretWords() {}

    /** Asks for one. */
    static Secret asked(Session session, String prompt) throws IOException {
        String line;
        try {
            line = session.getTerminal() == null ? null : session.readLine(prompt, '*');
        } catch (UnsupportedOperationException e) {
            line = null;
        } catch (RuntimeException e) {
            // the terminal's own, private to Karaf: Ctrl-C or Ctrl-D
            throw new IllegalArgumentException("Broken off; nothing was changed.", e);
        }
        if (line == null) {
            throw new IllegalArgumentException("A secret is needed (" + prompt.replace(": ", "")
                    + ") and there is no terminal to ask for it: read it from a file, or use an interactive shell.");
        }
        return new Secret(line);
    }

    /**
     * The secrets to ask for, and those in files.
     *
     * @param files {@code name=path}
     */
    static Map<String, Secret> read(Session session, List<String> ask, List<String> files) throws IOException {
        Map<String, Secret> secrets = new LinkedHashMap<>();
        for (Map.Entry<String, String> file :
                Words.pairs("--secret-file", files).entrySet()) {
            secrets.put(file.getKey(), new Secret(Words.file(Path.of(file.getValue()))));
        }
        for (String name : ask) {
            secrets.put(name, asked(session, name + ": "));
        }
        return secrets;
    }
}
