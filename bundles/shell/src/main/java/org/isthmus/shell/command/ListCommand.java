// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.command;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Option;
import org.isthmus.api.Query;
import org.isthmus.model.Page;

/**
 * Shows a list, page after page, up to a limit.
 *
 * @param <V> the view
 */
public abstract class ListCommand<V> extends ShellCommand {
    private static final int MOST = 100_000;

    private final String columns;

    @Option(
            name = "--filter",
            multiValued = true,
            description = "Only those with this value, as state=RUNNING; tag=key:value where things carry tags")
    private List<String> filters = List.of();

    @Option(name = "--limit", description = "At most so many, 1000 unless said")
    private int limit = Page.Request.MAX_LIMIT;

    /** The columns of the table; JSON shows everything. */
    protected ListCommand(String columns) {
        this.columns = columns;
    }

    protected abstract Page<V> page(Query query);

    @Override
    protected final void run() {
        if (limit < 1 || limit > MOST) {
            throw new IllegalArgumentException("--limit is 1 to " + MOST + ".");
        }
        Map<String, String> equal = new HashMap<>(Words.pairs("--filter", filters));
        Optional<String> tag = Optional.ofNullable(equal.remove("tag"));
        List<V> found = new ArrayList<>();
        Optional<String> next = Optional.empty();
        do {
            int wanted = Math.min(Page.Request.MAX_LIMIT, limit - found.size());
            Page<V> page = page(new Query(equal, tag, new Page.Request(wanted, next)));
            found.addAll(page.items());
            next = page.next();
        } while (next.isPresent() && found.size() < limit);
        print(columns, found, next);
        if (next.isPresent()) {
            say("There are more: say --limit, or narrow it down with --filter.");
        }
    }
}
