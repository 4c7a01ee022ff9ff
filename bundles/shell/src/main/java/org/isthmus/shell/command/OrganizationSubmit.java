// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.command;

import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.shell.complete.Names;

/**
 * Changes something of an organization.
 *
 * @param <C> the change
 * @param <R> what is shown when it was accepted
 */
public abstract class OrganizationSubmit<C extends Command<R>, R> extends SubmitCommand<C, R> {
    @Option(
            name = "-o",
            aliases = "--organization",
            description = "In this organization; your own, or that of $ISTHMUS_ORGANIZATION, unless said")
    @Completion(Names.Organizations.class)
    private String organization;

    protected final Ref organization() {
        return organization(organization);
    }
}
