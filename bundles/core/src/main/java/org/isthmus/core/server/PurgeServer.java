// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.ServerCommand;

/** Removes a deleted server whose grace is over. Said by the system alone; no door has it. */
record PurgeServer(Ref organization, Ref server) implements ServerCommand<ServerView> {
    @Override
    public Action action() {
        return Action.SERVER_DELETE;
    }
}
