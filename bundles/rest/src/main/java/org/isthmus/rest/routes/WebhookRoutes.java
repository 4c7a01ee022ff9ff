// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.util.List;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.webhook.Webhooks;
import org.isthmus.api.webhook.Webhooks.ChangeWebhook;
import org.isthmus.api.webhook.Webhooks.CreateWebhook;
import org.isthmus.api.webhook.Webhooks.DeleteWebhook;
import org.isthmus.api.webhook.Webhooks.WebhookCreated;
import org.isthmus.api.webhook.Webhooks.WebhookView;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;
import org.isthmus.rest.json.Flat;

/** Where events are sent. */
public final class WebhookRoutes {
    private static final String WEBHOOKS = ONE + "/webhooks";
    private static final String WEBHOOK = WEBHOOKS + "/{webhook}";

    private WebhookRoutes() {}

    record NewWebhook(
            Name name,
            @Field(
                            value = "https, or http where the platform allows it",
                            most = Webhooks.MOST_URL,
                            example = "\"https://example.org/isthmus\"")
                    String url,
            @Field(
                            value =
                                    "what deliveries are signed with, 16 to 200 characters; made when absent, shown once",
                            example = "\"0123456789abcdef\"")
                    Optional<Secret> secret,
            @Field(
                            value = "types of events, such as server.started or server.*; all when absent",
                            most = Webhooks.MOST_PATTERNS,
                            example = "[\"server.*\"]")
                    Optional<List<String>> events,
            @Field("unless it is false, it delivers") Optional<Boolean> enabled) {}

    record WebhookChange(
            Optional<Name> name,
            @Field(
                            value = "https, or http where the platform allows it",
                            most = Webhooks.MOST_URL,
                            example = "\"https://example.org/isthmus\"")
                    Optional<String> url,
            @Field(value = "another one, 16 to 200 characters", example = "\"0123456789abcdef\"")
                    Optional<Secret> secret,
            @Field(value = "empty: all", most = Webhooks.MOST_PATTERNS, example = "[\"server.*\"]")
                    Optional<List<String>> events,
            Optional<Boolean> enabled) {}

    /** A webhook, and the secret that is shown this once. */
    record WebhookWithSecret(@Flat WebhookView webhook, Optional<String> secret) {
        static WebhookWithSecret of(WebhookCreated made, boolean secrets) {
            return new WebhookWithSecret(
                    made.webhook(),
                    Optional.of(made.secret()).filter(any -> secrets).map(Secret::reveal));
        }
    }

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Events");
        Guard read = Guard.may(Action.WEBHOOK_READ);
        on.list(
                WEBHOOKS,
                "listWebhooks",
                read,
                "Where the organization's events are sent, and how the deliveries go.",
                WebhookView.class,
                Filters.none(),
                call -> services.call(
                        Webhooks.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.change(
                        Verb.POST,
                        WEBHOOKS,
                        "createWebhook",
                        Action.WEBHOOK_MANAGE,
                        "Has the organization's events sent to an address from now on: signed, in order, at least once, for as"
                                + " long as its maker may see them. Needs event.read too.")
                .body(NewWebhook.class)
                .command(
                        CreateWebhook.class,
                        (call, body) -> new CreateWebhook(
                                call.organization(),
                                body.name(),
                                body.url(),
                                body.secret(),
                                body.events().orElse(List.of()),
                                body.enabled().orElse(true)))
                .created(WebhookWithSecret.class, WebhookWithSecret::of);
        on.get(
                WEBHOOK,
                "getWebhook",
                read,
                "A webhook, and how its last delivery went.",
                WebhookView.class,
                List.of(),
                call -> services.call(
                        Webhooks.class, all -> all.get(call.caller(), call.organization(), call.ref("webhook"))));
        on.change(
                        Verb.PATCH,
                        WEBHOOK,
                        "changeWebhook",
                        Action.WEBHOOK_MANAGE,
                        "Changes a webhook, which has the caller's rights from then on; a suspended one goes on where it"
                                + " was. Needs event.read too.")
                .body(WebhookChange.class)
                .command(
                        ChangeWebhook.class,
                        (call, body) -> new ChangeWebhook(
                                call.organization(),
                                call.ref("webhook"),
                                call.version(),
                                body.name(),
                                body.url(),
                                body.secret(),
                                body.events(),
                                body.enabled()))
                .shown(WebhookView.class);
        on.change(
                        Verb.DELETE,
                        WEBHOOK,
                        "deleteWebhook",
                        Action.WEBHOOK_MANAGE,
                        "Deletes a webhook; what it has not delivered is not delivered.")
                .command(DeleteWebhook.class, call -> new DeleteWebhook(call.organization(), call.ref("webhook")))
                .gone();
    }
}
