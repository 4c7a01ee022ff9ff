// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Ref;
import org.isthmus.api.webhook.Webhooks;
import org.isthmus.api.webhook.Webhooks.ChangeWebhook;
import org.isthmus.api.webhook.Webhooks.CreateWebhook;
import org.isthmus.api.webhook.Webhooks.DeleteWebhook;
import org.isthmus.api.webhook.Webhooks.WebhookCreated;
import org.isthmus.api.webhook.Webhooks.WebhookView;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** Where events are sent. */
public final class WebhookCommands {
    private WebhookCommands() {}

    private static Optional<Secret> secret(String file) throws IOException {
        return file == null ? Optional.empty() : Optional.of(new Secret(Words.file(Path.of(file))));
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "webhook-list",
            description = "Lists where an organization's events are sent, and how the deliveries go")
    public static final class ListWebhooks extends OrganizationList.Of<WebhookView> {
        public ListWebhooks() {
            super(Webhooks.class, "name url state failures lastDelivery.at lastDelivery.error owner id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "webhook-show", description = "Shows a webhook, and how its last delivery went")
    public static final class ShowWebhook extends OrganizationCommand {
        @Argument(index = 0, name = "webhook", required = true, description = "Its id or name")
        @Completion(Names.Webhooks.class)
        private String which;

        @Override
        protected void run() {
            Ref in = organization();
            print(with(Webhooks.class, (all, caller) -> all.get(caller, in, new Ref(which))));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "webhook-create",
            description = "Has events sent to an address from now on; shows the secret they are signed with this once")
    public static final class NewWebhook extends OrganizationSubmit<CreateWebhook, WebhookCreated> {
        @Argument(index = 0, name = "name", required = true, description = "Its name")
        @Completion(Anything.class)
        private String name;

        @Argument(index = 1, name = "url", required = true, description = "The address, https://…")
        @Completion(Anything.class)
        private String url;

        @Option(name = "--events", description = "Types of events, as server.*,limit.warning; all unless said")
        private String events;

        @Option(
                name = "--secret-file",
                description = "Read the secret from a file of the controller's machine; one is made unless said")
        private String secretFile;

        @Option(name = "--disabled", description = "Not to deliver yet")
        private boolean disabled;

        @Override
        protected CreateWebhook command() throws IOException {
            return new CreateWebhook(
                    organization(),
                    new Name(name),
                    url,
                    secret(secretFile),
                    events == null ? List.of() : Words.list(events),
                    !disabled);
        }

        @Override
        protected Object shown(WebhookCreated created) {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("webhook", created.webhook());
            all.put("secret", created.secret().reveal());
            return all;
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "webhook-change",
            description = "Changes a webhook, which has your rights from then on; a suspended one goes on where it was")
    public static final class ChangeAWebhook extends OrganizationSubmit<ChangeWebhook, WebhookView> {
        @Argument(index = 0, name = "webhook", required = true, description = "Its id or name")
        @Completion(Names.Webhooks.class)
        private String which;

        @Option(name = "--name", description = "Its new name")
        private String name;

        @Option(name = "--url", description = "Another address")
        private String url;

        @Option(name = "--events", description = "Types of events, as server.*,limit.warning; * for all")
        private String events;

        @Option(name = "--secret-file", description = "Read another secret from a file of the controller's machine")
        private String secretFile;

        @Option(name = "--enable", description = "It delivers again, from where it was")
        private boolean enable;

        @Option(name = "--disable", description = "It delivers nothing until it is enabled")
        private boolean disable;

        @Override
        protected ChangeWebhook command() throws IOException {
            if (enable && disable) {
                throw new IllegalArgumentException("Say --enable or --disable.");
            }
            Ref in = organization();
            long version = with(Webhooks.class, (all, caller) -> all.get(caller, in, new Ref(which)))
                    .version();
            return new ChangeWebhook(
                    in,
                    new Ref(which),
                    version,
                    Optional.ofNullable(name).map(Name::new),
                    Optional.ofNullable(url),
                    secret(secretFile),
                    Optional.ofNullable(events).map(Words::list),
                    enable || disable ? Optional.of(enable) : Optional.empty());
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "webhook-delete",
            description = "Deletes a webhook; what it has not delivered is not delivered")
    public static final class RemoveWebhook extends OrganizationSubmit<DeleteWebhook, WebhookView> {
        @Argument(index = 0, name = "webhook", required = true, description = "Its id or name")
        @Completion(Names.Webhooks.class)
        private String which;

        @Override
        protected DeleteWebhook command() {
            return new DeleteWebhook(organization(), new Ref(which));
        }
    }
}
