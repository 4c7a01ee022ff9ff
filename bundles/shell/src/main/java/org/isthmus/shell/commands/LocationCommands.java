// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.time.Duration;
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
import org.isthmus.api.location.DriverUpdates;
import org.isthmus.api.location.DriverUpdates.UpdateDriver;
import org.isthmus.api.location.DriverUpdates.UpdateState;
import org.isthmus.api.location.DriverUpdates.UpdateView;
import org.isthmus.api.location.Locations;
import org.isthmus.api.location.Locations.ChangeLocation;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.api.location.Locations.DeleteLocation;
import org.isthmus.api.location.Locations.DriverView;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.shell.command.ListCommand;
import org.isthmus.shell.command.ShellCommand;
import org.isthmus.shell.command.SubmitCommand;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** Locations, and the drivers that can be linked there. */
public final class LocationCommands {
    private LocationCommands() {}

    @Service
    @Command(scope = "isthmus", name = "location-list", description = "Lists the locations")
    public static final class ListLocations extends ListCommand<LocationView> {
        public ListLocations() {
            super("name kind id createdAt");
        }

        @Override
        protected Page<LocationView> page(Query query) {
            return with(Locations.class, (all, caller) -> all.list(caller, query));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "location-show", description = "Shows a location")
    public static final class ShowLocation extends ShellCommand {
        @Argument(index = 0, name = "location", required = true, description = "Its id or name")
        @Completion(Names.Places.class)
        private String which;

        @Override
        protected void run() {
            print(with(Locations.class, (all, caller) -> all.get(caller, new Ref(which))));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "location-create", description = "Makes a location")
    public static final class NewLocation extends SubmitCommand<CreateLocation, LocationView> {
        @Argument(index = 0, name = "name", required = true, description = "Its name")
        @Completion(Anything.class)
        private String name;

        @Option(name = "--kind", description = "cloud, or on-premises; cloud unless said")
        @Completion(
                value = org.apache.karaf.shell.support.completers.StringsCompleter.class,
                values = {"cloud", "on-premises"})
        private String kind = "cloud";

        @Override
        protected CreateLocation command() {
            return new CreateLocation(new Name(name), Words.constant(Locations.Kind.class, kind));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "location-change", description = "Renames a location")
    public static final class ChangeALocation extends SubmitCommand<ChangeLocation, LocationView> {
        @Argument(index = 0, name = "location", required = true, description = "Its id or name")
        @Completion(Names.Places.class)
        private String which;

        @Argument(index = 1, name = "name", required = true, description = "Its new name")
        @Completion(Anything.class)
        private String name;

        @Override
        protected ChangeLocation command() {
            Ref ref = new Ref(which);
            long version =
                    with(Locations.class, (all, caller) -> all.get(caller, ref)).version();
            return new ChangeLocation(ref, version, Optional.of(new Name(name)));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "location-delete", description = "Deletes a location that has nothing left")
    public static final class RemoveLocation extends SubmitCommand<DeleteLocation, LocationView> {
        @Argument(index = 0, name = "location", required = true, description = "Its id or name")
        @Completion(Names.Places.class)
        private String which;

        @Override
        protected DeleteLocation command() {
            return new DeleteLocation(new Ref(which));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "driver-list", description = "Lists the installed drivers")
    public static final class ListDrivers extends ShellCommand {
        @Override
        protected void run() {
            List<DriverView> drivers = with(Locations.class, Locations::drivers);
            print("type version capabilities description", drivers, Optional.empty());
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "driver-show",
            description = "Shows a driver and the settings its endpoints take")
    public static final class ShowDriver extends ShellCommand {
        @Argument(index = 0, name = "driver", required = true, description = "Its type")
        @Completion(Names.Drivers.class)
        private String type;

        @Override
        protected void run() {
            DriverView driver = EndpointCommands.driver(with(Locations.class, Locations::drivers), type);
            if (json()) {
                print(driver);
                return;
            }
            say(driver.type() + " " + driver.version() + ": " + driver.description());
            print("name type required secret defaultValue allowed description", driver.settings(), Optional.empty());
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "driver-update",
            description =
                    "Replaces a driver by another version while it is used; goes back by itself when that will not do")
    public static final class UpdateADriver extends SubmitCommand<UpdateDriver, UpdateView> {
        /** Short, so that a swap of the core need not wait long for us. */
        private static final Duration SLICE = Duration.ofSeconds(2);

        @Argument(index = 0, name = "driver", required = true, description = "Its type")
        @Completion(Names.Drivers.class)
        private String type;

        @Argument(
                index = 1,
                name = "url",
                required = true,
                description = "Of the new bundle, as the controller reads it: file:, mvn:, http: or https:")
        @Completion(Anything.class)
        private String url;

        @Override
        protected UpdateDriver command() {
            return new UpdateDriver(type, url);
        }

        @Override
        protected Object shown(UpdateView begun) throws Failed {
            say("Driver " + type + " " + begun.from() + " is being updated to " + url + ".");
            UpdateView now = begun;
            int told = 0;
            while (!now.ended() && !Thread.currentThread().isInterrupted()) {
                int seen = told;
                now = with(DriverUpdates.class, (all, caller) -> all.await(caller, type, seen, SLICE));
                now.lines().subList(told, now.lines().size()).forEach(this::say);
                told = now.lines().size();
            }
            if (now.state() == UpdateState.ROLLED_BACK) {
                throw new Failed("Driver " + type + " was not updated: "
                        + now.lines().get(now.lines().size() - 1));
            }
            return json() ? now : Map.of("driver", type, "version", now.to().orElse(""), "state", now.state());
        }
    }
}
