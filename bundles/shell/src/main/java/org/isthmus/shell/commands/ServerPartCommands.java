// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Ref;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers;
import org.isthmus.api.server.Servers.AttachDisk;
import org.isthmus.api.server.Servers.AttachNic;
import org.isthmus.api.server.Servers.DeleteSnapshot;
import org.isthmus.api.server.Servers.DetachDisk;
import org.isthmus.api.server.Servers.DetachNic;
import org.isthmus.api.server.Servers.GrowDisk;
import org.isthmus.api.server.Servers.RevertSnapshot;
import org.isthmus.api.server.Servers.TakeSnapshot;
import org.isthmus.model.Name;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** What is on a server: disks, interfaces, snapshots. */
public final class ServerPartCommands {
    private ServerPartCommands() {}

    /** A table of one server's parts. */
    abstract static class Parts extends OrganizationCommand {
        private final String columns;

        @Argument(index = 0, name = "server", required = true, description = "Its id or name")
        @Completion(Names.Servers.class)
        private String which;

        Parts(String columns) {
            this.columns = columns;
        }

        @Override
        protected final void run() {
            print(columns, parts(organization(), new Ref(which)), Optional.empty());
        }

        protected abstract List<?> parts(Ref in, Ref server);
    }

    @Service
    @Command(scope = "isthmus", name = "disk-list", description = "Lists the disks of a server")
    public static final class ListDisks extends Parts {
        public ListDisks() {
            super("id sizeGiB boot");
        }

        @Override
        protected List<?> parts(Ref in, Ref server) {
            return with(
                    Servers.class, (all, caller) -> all.get(caller, in, server).disks());
        }
    }

    @Service
    @Command(scope = "isthmus", name = "nic-list", description = "Lists the network interfaces of a server")
    public static final class ListNics extends Parts {
        public ListNics() {
            super("id network mac address guestAddresses");
        }

        @Override
        protected List<?> parts(Ref in, Ref server) {
            return with(
                    Servers.class, (all, caller) -> all.get(caller, in, server).nics());
        }
    }

    @Service
    @Command(scope = "isthmus", name = "snapshot-list", description = "Lists the snapshots of a server, oldest first")
    public static final class ListSnapshots extends Parts {
        public ListSnapshots() {
            super("name createdAt createdBy id");
        }

        @Override
        protected List<?> parts(Ref in, Ref server) {
            return with(Servers.class, (all, caller) -> all.snapshots(caller, in, server));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "disk-attach", description = "Gives a server another disk")
    public static final class NewDisk extends OrganizationSubmit<AttachDisk, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "The server's id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Argument(index = 1, name = "size-gib", required = true, description = "Its size in GiB")
        @Completion(Anything.class)
        private long sizeGiB;

        @Override
        protected AttachDisk command() {
            return new AttachDisk(organization(), new Ref(which), sizeGiB);
        }
    }

    @Service
    @Command(scope = "isthmus", name = "disk-detach", description = "Takes a disk from a server; its content is lost")
    public static final class RemoveDisk extends OrganizationSubmit<DetachDisk, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "The server's id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Argument(index = 1, name = "disk", required = true, description = "The disk's id")
        @Completion(Names.Disks.class)
        private String disk;

        @Override
        protected DetachDisk command() {
            return new DetachDisk(organization(), new Ref(which), new Ref(disk));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "disk-grow", description = "Makes a disk larger")
    public static final class LargerDisk extends OrganizationSubmit<GrowDisk, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "The server's id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Argument(index = 1, name = "disk", required = true, description = "The disk's id")
        @Completion(Names.Disks.class)
        private String disk;

        @Argument(index = 2, name = "size-gib", required = true, description = "Its new size in GiB")
        @Completion(Anything.class)
        private long sizeGiB;

        @Override
        protected GrowDisk command() {
            return new GrowDisk(organization(), new Ref(which), new Ref(disk), sizeGiB);
        }
    }

    @Service
    @Command(scope = "isthmus", name = "nic-attach", description = "Puts a server on another network")
    public static final class NewNic extends OrganizationSubmit<AttachNic, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "The server's id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Argument(
                index = 1,
                name = "network",
                required = true,
                description = "The network's id or name; network:address for an address of your choice")
        @Completion(Names.Networks.class)
        private String network;

        @Override
        protected AttachNic command() {
            return new AttachNic(organization(), new Ref(which), DeployCommand.nic(network));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "nic-detach", description = "Takes a server from a network; not from the last")
    public static final class RemoveNic extends OrganizationSubmit<DetachNic, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "The server's id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Argument(index = 1, name = "nic", required = true, description = "The interface's id")
        @Completion(Names.Nics.class)
        private String nic;

        @Override
        protected DetachNic command() {
            return new DetachNic(organization(), new Ref(which), new Ref(nic));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "snapshot-take", description = "Takes a snapshot of all disks of a server")
    public static final class NewSnapshot extends OrganizationSubmit<TakeSnapshot, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "The server's id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Argument(index = 1, name = "name", required = true, description = "The snapshot's name")
        @Completion(Anything.class)
        private String name;

        @Override
        protected TakeSnapshot command() {
            return new TakeSnapshot(organization(), new Ref(which), new Name(name));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "snapshot-revert",
            description = "Goes back to a snapshot; what came after it is lost")
    public static final class Revert extends OrganizationSubmit<RevertSnapshot, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "The server's id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Argument(index = 1, name = "snapshot", required = true, description = "The snapshot's id or name")
        @Completion(Names.Snapshots.class)
        private String snapshot;

        @Override
        protected RevertSnapshot command() {
            return new RevertSnapshot(organization(), new Ref(which), new Ref(snapshot));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "snapshot-delete", description = "Deletes a snapshot")
    public static final class RemoveSnapshot extends OrganizationSubmit<DeleteSnapshot, ServerView> {
        @Argument(index = 0, name = "server", required = true, description = "The server's id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Argument(index = 1, name = "snapshot", required = true, description = "The snapshot's id or name")
        @Completion(Names.Snapshots.class)
        private String snapshot;

        @Override
        protected DeleteSnapshot command() {
            return new DeleteSnapshot(organization(), new Ref(which), new Ref(snapshot));
        }
    }
}
