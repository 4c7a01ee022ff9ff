// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.image.Images.AdoptImage;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.location.Locations;
import org.isthmus.api.location.Locations.ChangeEndpoint;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.DeleteEndpoint;
import org.isthmus.api.location.Locations.DriverView;
import org.isthmus.api.location.Locations.EndpointView;
import org.isthmus.api.location.Locations.SettingView;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.isthmus.shell.command.ListCommand;
import org.isthmus.shell.command.ShellCommand;
import org.isthmus.shell.command.SubmitCommand;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;
import org.isthmus.shell.complete.Settings;

/** Endpoints: the driver instances of a location. */
public final class EndpointCommands {
    private EndpointCommands() {}

    @Service
    @Command(scope = "isthmus", name = "endpoint-list", description = "Lists the endpoints of a location")
    public static final class ListEndpoints extends ListCommand<EndpointView> {
        @Argument(index = 0, name = "location", required = true, description = "Its id or name")
        @Completion(Names.Places.class)
        private String location;

        public ListEndpoints() {
            super("name driver health.state health.detail compute network id");
        }

        @Override
        protected Page<EndpointView> page(Query query) {
            return with(Locations.class, (all, caller) -> all.endpoints(caller, new Ref(location), query));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "endpoint-show",
            description = "Shows an endpoint, its health and its settings without secrets")
    public static final class ShowEndpoint extends ShellCommand {
        @Argument(index = 0, name = "location", required = true, description = "Its location")
        @Completion(Names.Places.class)
        private String location;

        @Argument(index = 1, name = "endpoint", required = true, description = "Its id or name")
        @Completion(Names.Endpoints.class)
        private String which;

        @Override
        protected void run() {
            print(with(Locations.class, (all, caller) -> all.endpoint(caller, new Ref(location), new Ref(which))));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "endpoint-create",
            description = "Links an endpoint to a location; asks for the secrets its driver needs")
    public static final class NewEndpoint extends SubmitCommand<CreateEndpoint, EndpointView> {
        @Argument(index = 0, name = "location", required = true, description = "Where")
        @Completion(Names.Places.class)
        private String location;

        @Argument(index = 1, name = "name", required = true, description = "Its name")
        @Completion(Anything.class)
        private String name;

        @Argument(index = 2, name = "driver", required = true, description = "The type of its driver")
        @Completion(Names.Drivers.class)
        private String type;

        @Argument(
                index = 3,
                name = "settings",
                multiValued = true,
                description = "name=value …; see isthmus:driver-show")
        @Completion(Settings.Open.class)
        private List<String> settings;

        @Option(name = "--secret", multiValued = true, description = "Ask for this secret setting")
        @Completion(Settings.Secrets.class)
        private List<String> secrets = List.of();

        @Option(
                name = "--secret-file",
                multiValued = true,
                description = "name=path: read this secret setting from a file of the controller's machine")
        private List<String> secretFiles = List.of();

        @Override
        protected CreateEndpoint command() throws IOException {
            DriverView driver = driver(with(Locations.class, Locations::drivers), type);
            Map<String, String> open = open(driver, settings);
            Map<String, Secret> secret = SecretWords.read(session(), secrets, secretFiles);
            for (SettingView setting : driver.settings()) {
                if (setting.secret() && setting.required() && !secret.containsKey(setting.name())) {
                    secret.put(setting.name(), SecretWords.asked(session(), setting.name() + ": "));
                }
            }
            return new CreateEndpoint(new Ref(location), new Name(name), type, open, secret);
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "endpoint-change",
            description = "Changes what is said of an endpoint's settings and secrets; an empty value removes one")
    public static final class ChangeAnEndpoint extends SubmitCommand<ChangeEndpoint, EndpointView> {
        @Argument(index = 0, name = "location", required = true, description = "Where")
        @Completion(Names.Places.class)
        private String location;

        @Argument(index = 1, name = "endpoint", required = true, description = "Its id or name")
        @Completion(Names.Endpoints.class)
        private String which;

        @Argument(
                index = 2,
                name = "settings",
                multiValued = true,
                description = "name=value …; see isthmus:driver-show")
        @Completion(Settings.Open.class)
        private List<String> settings;

        @Option(name = "--name", description = "Its new name")
        private String name;

        @Option(name = "--secret", multiValued = true, description = "Ask for this secret setting")
        @Completion(Settings.Secrets.class)
        private List<String> secrets = List.of();

        @Option(
                name = "--secret-file",
                multiValued = true,
                description = "name=path: read this secret setting from a file of the controller's machine")
        private List<String> secretFiles = List.of();

        @Override
        protected ChangeEndpoint command() throws IOException {
            Ref at = new Ref(location);
            Ref ref = new Ref(which);
            EndpointView now = with(Locations.class, (all, caller) -> all.endpoint(caller, at, ref));
            DriverView driver = driver(with(Locations.class, Locations::drivers), now.driver());
            return new ChangeEndpoint(
                    at,
                    ref,
                    now.version(),
                    Optional.ofNullable(name).map(Name::new),
                    open(driver, settings),
                    SecretWords.read(session(), secrets, secretFiles));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "endpoint-delete", description = "Unlinks an endpoint that nothing is on")
    public static final class RemoveEndpoint extends SubmitCommand<DeleteEndpoint, EndpointView> {
        @Argument(index = 0, name = "location", required = true, description = "Where")
        @Completion(Names.Places.class)
        private String location;

        @Argument(index = 1, name = "endpoint", required = true, description = "Its id or name")
        @Completion(Names.Endpoints.class)
        private String which;

        @Override
        protected DeleteEndpoint command() {
            return new DeleteEndpoint(new Ref(location), new Ref(which));
        }
    }

    static DriverView driver(List<DriverView> installed, String type) {
        return installed.stream()
                .filter(driver -> driver.type().equals(type))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no driver " + type + " installed: there is "
                        + String.join(
                                ", ", installed.stream().map(DriverView::type).toList())
                        + ". Others come with feature:install -r isthmus-…"));
    }

    /** The settings typed; a secret typed in the open is refused, for it would stand in the history. */
    private static Map<String, String> open(DriverView driver, List<String> typed) {
        Map<String, String> settings = typed == null ? new LinkedHashMap<>() : Words.pairs("A setting", typed);
        driver.settings().stream()
                .filter(SettingView::secret)
                .filter(setting -> settings.containsKey(setting.name()))
                .findFirst()
                .ifPresent(setting -> {
                    throw new IllegalArgumentException(
                            setting.name() + " is a secret, and a command line is kept in the"
                                    + " history: say --secret " + setting.name() + " or --secret-file " + setting.name()
                                    + "=path.");
                });
        return settings;
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "template-list",
            description = "Lists what an endpoint has that servers can be made of and nobody here made")
    public static final class ListTemplates extends ShellCommand {
        @Argument(index = 0, name = "location", required = true, description = "Its location")
        @Completion(Names.Places.class)
        private String location;

        @Argument(index = 1, name = "endpoint", required = true, description = "Its id or name")
        @Completion(Names.Endpoints.class)
        private String which;

        @Override
        protected void run() {
            print(
                    "ref name cpus memoryMiB os disks",
                    with(Locations.class, (all, caller) -> all.templates(caller, new Ref(location), new Ref(which))),
                    Optional.empty());
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "template-adopt",
            description = "Makes an organization's image of a template of an endpoint")
    public static final class AdoptTemplate extends SubmitCommand<AdoptImage, ImageView> {
        @Argument(index = 0, name = "location", required = true, description = "Its location")
        @Completion(Names.Places.class)
        private String location;

        @Argument(index = 1, name = "endpoint", required = true, description = "Its id or name")
        @Completion(Names.Endpoints.class)
        private String which;

        @Argument(index = 2, name = "ref", required = true, description = "The endpoint's own name for the template")
        @Completion(Anything.class)
        private String ref;

        @Argument(index = 3, name = "owner", required = true, description = "The organization whose image it will be")
        @Completion(Names.Organizations.class)
        private String owner;

        @Argument(index = 4, name = "name", required = true, description = "The image's name")
        @Completion(Anything.class)
        private String name;

        @Option(name = "--os", description = "What is in it, as debian-12; as the endpoint says unless said")
        private String os;

        @Override
        protected AdoptImage command() {
            return new AdoptImage(
                    new Ref(location), new Ref(which), ref, new Ref(owner), new Name(name), Optional.ofNullable(os));
        }
    }
}
