// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.identity.Sessions;
import org.isthmus.api.identity.Sessions.EndSession;
import org.isthmus.api.identity.Sessions.OpenSessionView;
import org.isthmus.model.Ids.SessionId;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** Who is logged in, from where. */
public final class SessionCommands {
    private SessionCommands() {}

    @Service
    @Command(
            scope = "isthmus",
            name = "session-list",
            description = "Lists open sessions: your own, or a user's with --filter user=…")
    public static final class ListSessions extends OrganizationList.Of<OpenSessionView> {
        public ListSessions() {
            super(Sessions.class, "user address createdAt expiresAt id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "session-end", description = "Ends a session at once")
    public static final class EndASession extends OrganizationSubmit<EndSession, OpenSessionView> {
        @Argument(index = 0, name = "session", required = true, description = "Its id")
        @Completion(Anything.class)
        private String which;

        @Option(name = "--user", description = "Of this user; your own unless said")
        @Completion(Names.Users.class)
        private String user;

        @Override
        protected EndSession command() {
            return new EndSession(organization(), new SessionId(which), Words.ref(user));
        }
    }
}
