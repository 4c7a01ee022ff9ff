// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.location.Locations;
import org.isthmus.api.location.Locations.ChangeHost;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.location.Locations.Overcommit;
import org.isthmus.model.Page;
import org.isthmus.shell.command.ListCommand;
import org.isthmus.shell.command.ShellCommand;
import org.isthmus.shell.command.SubmitCommand;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Names;

/** The hosts of a location. */
public final class HostCommands {
    private HostCommands() {}

    @Service
    @Command(
            scope = "isthmus",
            name = "host-list",
            description = "Lists the hosts of a location with what they have and what is given out")
    public static final class ListHosts extends ListCommand<HostView> {
        @Argument(index = 0, name = "location", required = true, description = "Its id or name")
        @Completion(Names.Places.class)
        private String location;

        public ListHosts() {
            super("name available maintenance usedCpus cpus usedMemoryMiB memoryMiB usedDiskGiB diskGiB tags detail");
        }

        @Override
        protected Page<HostView> page(Query query) {
            return with(Locations.class, (all, caller) -> all.hosts(caller, new Ref(location), query));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "host-show", description = "Shows a host")
    public static final class ShowHost extends ShellCommand {
        @Argument(index = 0, name = "location", required = true, description = "Its location")
        @Completion(Names.Places.class)
        private String location;

        @Argument(index = 1, name = "host", required = true, description = "Its id or name")
        @Completion(Names.Hosts.class)
        private String which;

        @Override
        protected void run() {
            print(with(Locations.class, (all, caller) -> all.host(caller, new Ref(location), new Ref(which))));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "host-change",
            description = "Changes a host's maintenance, tags or overcommit; what is not said stays")
    public static final class ChangeAHost extends SubmitCommand<ChangeHost, HostView> {
        @Argument(index = 0, name = "location", required = true, description = "Its location")
        @Completion(Names.Places.class)
        private String location;

        @Argument(index = 1, name = "host", required = true, description = "Its id or name")
        @Completion(Names.Hosts.class)
        private String which;

        @Option(name = "--maintenance", description = "on: takes no new servers; off: takes them again")
        @Completion(
                value = org.apache.karaf.shell.support.completers.StringsCompleter.class,
                values = {"on", "off"})
        private String maintenance;

        @Option(name = "--tags", description = "All its tags, with commas; none: no tags")
        private String tags;

        @Option(name = "--cpu-percent", description = "How often a CPU may be given out, in hundredths")
        private Integer cpuPercent;

        @Option(name = "--memory-percent", description = "How often memory may be given out, in hundredths")
        private Integer memoryPercent;

        @Option(name = "--disk-percent", description = "How often disk space may be given out, in hundredths")
        private Integer diskPercent;

        @Override
        protected ChangeHost command() {
            Ref at = new Ref(location);
            Ref ref = new Ref(which);
            HostView now = with(Locations.class, (all, caller) -> all.host(caller, at, ref));
            return new ChangeHost(
                    at,
                    ref,
                    now.version(),
                    Optional.ofNullable(maintenance).map(ChangeAHost::on),
                    Optional.ofNullable(tags).map(Words::set),
                    overcommit(now.overcommit()));
        }

        private static boolean on(String word) {
            return switch (word) {
                case "on", "true" -> true;
                case "off", "false" -> false;
                default -> throw new IllegalArgumentException("--maintenance is on or off, not " + word + ".");
            };
        }

        private Optional<Overcommit> overcommit(Overcommit now) {
            if (cpuPercent == null && memoryPercent == null && diskPercent == null) {
                return Optional.empty();
            }
            return Optional.of(new Overcommit(
                    cpuPercent == null ? now.cpuPercent() : cpuPercent,
                    memoryPercent == null ? now.memoryPercent() : memoryPercent,
                    diskPercent == null ? now.diskPercent() : diskPercent));
        }
    }
}
