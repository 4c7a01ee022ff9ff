// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.command;

import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.isthmus.api.Listing;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.model.Page;
import org.isthmus.shell.complete.Names;

/**
 * A list of what an organization has.
 *
 * @param <V> the view
 */
public abstract class OrganizationList<V> extends ListCommand<V> {
    @Option(
            name = "-o",
            aliases = "--organization",
            description = "In this organization; your own, or that of $ISTHMUS_ORGANIZATION, unless said")
    @Completion(Names.Organizations.class)
    private String organization;

    protected OrganizationList(String columns) {
        super(columns);
    }

    protected abstract Page<V> page(Ref in, Query query);

    @Override
    protected final Page<V> page(Query query) {
        return page(organization(organization), query);
    }

    /** A list that a {@link Listing} gives. */
    public abstract static class Of<V> extends OrganizationList<V> {
        private final Class<? extends Listing<V>> listing;

        protected Of(Class<? extends Listing<V>> listing, String columns) {
            super(columns);
            this.listing = listing;
        }

        @Override
        protected final Page<V> page(Ref in, Query query) {
            return with(listing, (all, caller) -> all.list(caller, in, query));
        }
    }
}
