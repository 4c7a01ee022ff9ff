// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.isthmus.api.Ref;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers;
import org.isthmus.api.server.Servers.ChangeServer;
import org.isthmus.api.server.Servers.DeleteServer;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.api.server.Servers.RecoverServer;
import org.isthmus.api.server.Servers.ResizeServer;
import org.isthmus.api.server.Servers.RestartServer;
import org.isthmus.api.server.Servers.StartServer;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.model.Name;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** Servers: their life. Deploying one is in {@link DeployCommand}, what is on one in {@link ServerPartCommands}. */
public final class ServerCommands {
    private ServerCommands() {}

    @Service
    @Command(
            scope = "isthmus",
            name = "server-list",
            description = "Lists the servers of an organization; deleted ones too until their grace ends")
    public static final class ListServers extends OrganizationList.Of<ServerView> {
        public ListServers() {
            super(Servers.class, "name state power cpus memoryMiB addresses expiresAt reason drift id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "server-show", description = "Shows a server")
    public static final class ShowServer extends OrganizationCommand {
        @Argument(index = 0, name = "server", required = true, description = "Its id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Override
        protected void run() {
            show(Servers.class, which);
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "server-change",
            description = "Changes a server's name, tags, purpose, protection or end; what is not said stays")
    public static final class ChangeAServer extends OrganizationSubmit<ChangeServer, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "Its id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Option(name = "--name", description = "Its new name")
        private String name;

        @Option(name = "--tag", multiValued = true, description = "key=value, all of them anew")
        private List<String> tags;

        @Option(name = "--purpose", description = "What it is for; empty: nothing said")
        private String purpose;

        @Option(name = "--protected", description = "true: it cannot be deleted; false: it can again")
        private Boolean guarded;

        @Option(
                name = "--expires-at",
                description = "When its time is over, as 2027-01-31T00:00:00Z; never: not at all")
        private String expiresAt;

        @Override
        protected ChangeServer command() {
            Ref in = organization();
            Ref ref = new Ref(which);
            long version = with(Servers.class, (all, caller) -> all.get(caller, in, ref))
                    .version();
            return new ChangeServer(
                    in,
                    ref,
                    version,
                    Optional.ofNullable(name).map(Name::new),
                    Optional.ofNullable(tags).map(all -> Words.pairs("--tag", all)),
                    Words.textOrNone(purpose),
                    Optional.ofNullable(guarded),
                    LeaseCommands.end(expiresAt));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "server-start", description = "Starts a server")
    public static final class Start extends OrganizationSubmit<StartServer, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "Its id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Override
        protected StartServer command() {
            return new StartServer(organization(), new Ref(which));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "server-stop", description = "Stops a server; asks the guest first")
    public static final class Stop extends OrganizationSubmit<StopServer, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "Its id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Option(name = "--force", description = "Cut the power instead of asking the guest")
        private boolean force;

        @Override
        protected StopServer command() {
            return new StopServer(organization(), new Ref(which), force);
        }
    }

    @Service
    @Command(scope = "isthmus", name = "server-restart", description = "Restarts a server")
    public static final class Restart extends OrganizationSubmit<RestartServer, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "Its id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Override
        protected RestartServer command() {
            return new RestartServer(organization(), new Ref(which));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "server-resize",
            description = "Gives a server other CPUs and memory; a running one is restarted for it")
    public static final class Resize extends OrganizationSubmit<ResizeServer, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "Its id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Option(name = "--cpus", description = "CPUs; as they are unless said")
        private Integer cpus;

        @Option(name = "--memory-mib", description = "Memory in MiB; as it is unless said")
        private Long memoryMiB;

        @Override
        protected ResizeServer command() {
            if (cpus == null && memoryMiB == null) {
                throw new IllegalArgumentException("Say --cpus or --memory-mib, or both.");
            }
            Ref in = organization();
            Ref ref = new Ref(which);
            ServerView now = with(Servers.class, (all, caller) -> all.get(caller, in, ref));
            return new ResizeServer(
                    in,
                    ref,
                    new Flavor(cpus == null ? now.cpus() : cpus, memoryMiB == null ? now.memoryMiB() : memoryMiB));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "server-delete",
            description = "Deletes a server; it can be recovered within the organization's grace")
    public static final class Delete extends OrganizationSubmit<DeleteServer, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "Its id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Override
        protected DeleteServer command() {
            return new DeleteServer(organization(), new Ref(which));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "server-recover", description = "Brings back a deleted server, stopped")
    public static final class Recover extends OrganizationSubmit<RecoverServer, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "Its id: its name may be another's by now")
        @Completion(Names.DeletedServers.class)
        private String which;

        @Override
        protected RecoverServer command() {
            return new RecoverServer(organization(), new Ref(which));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "server-console-log",
            description = "Prints the last of what a server's console printed")
    public static final class ConsoleLog extends OrganizationCommand {
        @Argument(index = 0, name = "server", required = true, description = "Its id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Option(name = "--bytes", description = "At most so many bytes, 65536 unless said")
        private int most = 64 * 1024;

        @Override
        protected void run() {
            Ref in = organization();
            byte[] log = with(Servers.class, (all, caller) -> all.consoleLog(caller, in, new Ref(which), most));
            String text = new String(log, StandardCharsets.UTF_8);
            if (json()) {
                print(java.util.Map.of("log", text));
            } else {
                // a guest's own colours and cursor jumps stay out of the operator's terminal
                text.lines().forEach(this::say);
            }
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "server-move",
            description = "Makes the same server at another location, of an image of this one, which stays")
    public static final class MoveAServer extends OrganizationSubmit<MoveServer, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "The server's id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Argument(index = 1, name = "location", required = true, description = "Where the new one will be")
        @Completion(Names.Places.class)
        private String location;

        @Argument(index = 2, name = "name", required = true, description = "The name of the new one")
        @Completion(Anything.class)
        private String name;

        @Option(
                name = "--network",
                multiValued = true,
                required = true,
                description = "A network there for each of its interfaces, in order")
        @Completion(Names.Networks.class)
        private List<String> networks = List.of();

        @Option(
                name = "--running",
                description = "Of a server that runs: refuse, or snapshot for its disks at one moment")
        @Completion(
                value = StringsCompleter.class,
                values = {"refuse", "snapshot"})
        private String running = "refuse";

        @Option(name = "--new-mac", description = "The interfaces get new MAC addresses")
        private boolean newMac;

        @Option(name = "--keep-address", description = "The interfaces keep their addresses")
        private boolean keepAddress;

        @Override
        protected MoveServer command() {
            return new MoveServer(
                    organization(),
                    new Ref(which),
                    new Ref(location),
                    new Name(name),
                    networks.stream().map(Ref::new).toList(),
                    Words.constant(Running.class, running),
                    !newMac,
                    keepAddress);
        }
    }
}
