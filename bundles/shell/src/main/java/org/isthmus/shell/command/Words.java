// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.shell.show.Shown;

/** What people type, read into values; what cannot be is an IllegalArgumentException that says how it is written. */
public final class Words {
    /** More than any secret or cloud-init file of ours may have. */
    private static final int MOST_FILE = 64 * 1024;

    private Words() {}

    /** {@code name=value}, several times; the value may be empty. */
    public static Map<String, String> pairs(String what, List<String> words) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(what + " is written name=value, not " + word + ".");
            }
            if (pairs.put(word.substring(0, equals), word.substring(equals + 1)) != null) {
                throw new IllegalArgumentException(what + " " + word.substring(0, equals) + " is given twice.");
            }
        }
        return pairs;
    }

    /** The constant that is spelled like this, in either case. */
    public static <E extends Enum<E>> E constant(Class<E> type, String text) {
        List<String> spellings = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            String spelling = Shown.spelling(constant);
            if (spelling.equalsIgnoreCase(text)) {
                return constant;
            }
            spellings.add(spelling);
        }
        throw new IllegalArgumentException("One of " + String.join(", ", spellings) + ", not " + text + ".");
    }

    /** A list with commas; {@code none} is the empty one. */
    public static List<String> list(String text) {
        return text.equals("none")
                ? List.of()
                : Arrays.stream(text.split(","))
                        .map(String::strip)
                        .filter(word -> !word.isEmpty())
                        .toList();
    }

    public static Set<String> set(String text) {
        return Set.copyOf(list(text));
    }

    public static Optional<Ref> ref(String text) {
        return Optional.ofNullable(text).map(Ref::new);
    }

    /** Empty when nothing was said; an empty one in it for {@code none}. */
    public static Optional<Optional<Ref>> refOrNone(String text) {
        if (text == null) {
            return Optional.empty();
        }
        return Optional.of(text.equals("none") ? Optional.empty() : ref(text));
    }

    /** Empty when nothing was said; an empty one in it for a blank text. */
    public static Optional<Optional<String>> textOrNone(String text) {
        if (text == null) {
            return Optional.empty();
        }
        return Optional.of(text.isBlank() ? Optional.empty() : Optional.of(text));
    }

    /** The text of a small file of the controller's machine, without the line end it closes with. */
    public static String file(Path path) throws IOException {
        byte[] content;
        try (InputStream in = Files.newInputStream(path)) {
            content = in.readNBytes(MOST_FILE + 1);
        } catch (IOException e) {
            throw new IOException(path + " cannot be read on the controller's machine: " + e.getMessage(), e);
        }
        if (content.length > MOST_FILE) {
            throw new IllegalArgumentException(path + " has more than " + MOST_FILE + " bytes.");
        }
        String text = new String(content, StandardCharsets.UTF_8);
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    /** Actions by their keys, with commas between. */
    public static Set<Action> actions(String keys) {
        return Words.list(keys).stream().map(Words::action).collect(Collectors.toSet());
    }

    /** An action by its key. */
    public static Action action(String key) {
        return Action.byKey(key).orElseThrow(() -> new IllegalArgumentException("There is no action " + key + "."));
    }

    /** A thing written {@code kind:name}. */
    public static Subject thing(String option, String text) {
        int colon = text.indexOf(':');
        if (colon < 1 || colon == text.length() - 1) {
            throw new IllegalArgumentException(option + " is written kind:name, as server:web-1.");
        }
        return new Subject(text.substring(0, colon), text.substring(colon + 1));
    }
}
