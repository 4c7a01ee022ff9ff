// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Tokens;
import org.isthmus.api.identity.Tokens.CreateToken;
import org.isthmus.api.identity.Tokens.DeleteToken;
import org.isthmus.api.identity.Tokens.TokenCreated;
import org.isthmus.api.identity.Tokens.TokenView;
import org.isthmus.model.Name;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** API tokens: one's own, and those of service accounts. */
public final class TokenCommands {
    private TokenCommands() {}

    @Service
    @Command(
            scope = "isthmus",
            name = "token-list",
            description = "Lists API tokens: your own, or a service account's with --filter user=…")
    public static final class ListTokens extends OrganizationList.Of<TokenView> {
        public ListTokens() {
            super(Tokens.class, "name user actions expiresAt lastUsedAt id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "token-create", description = "Makes an API token; shows its secret this once")
    public static final class NewToken extends OrganizationSubmit<CreateToken, TokenCreated> {
        @Argument(index = 0, name = "name", required = true, description = "Its name")
        @Completion(Anything.class)
        private String name;

        @Argument(
                index = 1,
                name = "expires-at",
                required = true,
                description = "When it ends, at most a year from now, as 2027-01-31T00:00:00Z")
        @Completion(Anything.class)
        private String expiresAt;

        @Option(name = "--user", description = "Of this service account; your own unless said")
        @Completion(Names.Users.class)
        private String user;

        @Option(name = "--actions", description = "All it may be used for, with commas; everything you may unless said")
        @Completion(Names.Actions.class)
        private String actions;

        @Option(
                name = "--destructive",
                description =
                        "It may destroy things where the policy asks for a second factor before; prove yours first")
        private boolean destructive;

        @Override
        protected CreateToken command() {
            return new CreateToken(
                    organization(),
                    new Name(name),
                    Optional.ofNullable(actions).map(Words::actions),
                    Instant.parse(expiresAt),
                    Words.ref(user),
                    destructive);
        }

        @Override
        protected Object shown(TokenCreated created) {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("token", created.token());
            all.put("secret", created.secret().reveal());
            return all;
        }
    }

    @Service
    @Command(scope = "isthmus", name = "token-delete", description = "Ends an API token at once")
    public static final class RemoveToken extends OrganizationSubmit<DeleteToken, TokenView> {
        @Argument(index = 0, name = "token", required = true, description = "Its id or name")
        @Completion(Anything.class)
        private String which;

        @Option(name = "--user", description = "Of this service account; your own unless said")
        @Completion(Names.Users.class)
        private String user;

        @Override
        protected DeleteToken command() {
            return new DeleteToken(organization(), new Ref(which), Words.ref(user));
        }
    }
}
