// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.command;

import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.shell.complete.Names;

/** A command that reads something of an organization. */
public abstract class OrganizationCommand extends ShellCommand {
    @Option(
            name = "-o",
            aliases = "--organization",
            description = "In this organization; your own, or that of $ISTHMUS_ORGANIZATION, unless said")
    @Completion(Names.Organizations.class)
    private String organization;

    protected final Ref organization() {
        return organization(organization);
    }

    /** Prints one thing of a {@link Listing}. */
    protected final <V> void show(Class<? extends Listing<V>> listing, String which) {
        Ref in = organization();
        Ref ref = new Ref(which);
        print(with(listing, (all, caller) -> all.get(caller, in, ref)));
    }
}
