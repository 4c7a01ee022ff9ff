// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Ref;
import org.isthmus.api.network.Networks;
import org.isthmus.api.network.Networks.ChangeNetwork;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.network.Networks.DeleteNetwork;
import org.isthmus.api.network.Networks.NetworkView;
import org.isthmus.model.Cidr;
import org.isthmus.model.Name;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** Private networks. */
public final class NetworkCommands {
    private NetworkCommands() {}

    @Service
    @Command(scope = "isthmus", name = "network-list", description = "Lists the networks of an organization")
    public static final class ListNetworks extends OrganizationList.Of<NetworkView> {
        public ListNetworks() {
            super(Networks.class, "name state cidr gateway location reason drift id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "network-show", description = "Shows a network")
    public static final class ShowNetwork extends OrganizationCommand {
        @Argument(index = 0, name = "network", required = true, description = "Its id or name")
        @Completion(Names.Networks.class)
        private String which;

        @Override
        protected void run() {
            show(Networks.class, which);
        }
    }

    @Service
    @Command(scope = "isthmus", name = "network-create", description = "Makes a private network")
    public static final class NewNetwork extends OrganizationSubmit<CreateNetwork, NetworkView> {
        @Argument(index = 0, name = "name", required = true, description = "Its name")
        @Completion(Anything.class)
        private String name;

        @Argument(index = 1, name = "location", required = true, description = "Where")
        @Completion(Names.Places.class)
        private String location;

        @Argument(index = 2, name = "cidr", required = true, description = "Its private subnet, as 10.1.0.0/24")
        @Completion(Anything.class)
        private String cidr;

        @Option(
                name = "--never-public",
                description = "Nothing on it can ever be reached from outside; cannot be undone")
        private boolean neverPublic;

        @Option(name = "--no-dns", description = "Its servers do not find each other by name")
        private boolean noDns;

        @Option(name = "--department", description = "The department it belongs to; your own unless said")
        @Completion(Names.Departments.class)
        private String department;

        @Option(name = "--tag", multiValued = true, description = "key=value")
        private List<String> tags = List.of();

        @Override
        protected CreateNetwork command() {
            return new CreateNetwork(
                    organization(),
                    new Name(name),
                    new Ref(location),
                    Cidr.of(cidr),
                    neverPublic,
                    !noDns,
                    Words.pairs("--tag", tags),
                    Words.ref(department));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "network-change", description = "Changes a network; what is not said stays")
    public static final class ChangeANetwork extends OrganizationSubmit<ChangeNetwork, NetworkView> {
        @Argument(index = 0, name = "network", required = true, description = "Its id or name")
        @Completion(Names.Networks.class)
        private String which;

        @Option(name = "--name", description = "Its new name")
        private String name;

        @Option(
                name = "--never-public",
                description = "Nothing on it can ever be reached from outside; cannot be undone")
        private boolean neverPublic;

        @Option(name = "--tag", multiValued = true, description = "key=value, all of them anew")
        private List<String> tags;

        @Override
        protected ChangeNetwork command() {
            Ref in = organization();
            Ref ref = new Ref(which);
            long version = with(Networks.class, (all, caller) -> all.get(caller, in, ref))
                    .version();
            return new ChangeNetwork(
                    in,
                    ref,
                    version,
                    Optional.ofNullable(name).map(Name::new),
                    neverPublic ? Optional.of(true) : Optional.empty(),
                    Optional.ofNullable(tags).map(all -> Words.pairs("--tag", all)));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "network-delete", description = "Deletes a network that no server is on")
    public static final class RemoveNetwork extends OrganizationSubmit<DeleteNetwork, NetworkView> {
        @Argument(index = 0, name = "network", required = true, description = "Its id or name")
        @Completion(Names.Networks.class)
        private String which;

        @Override
        protected DeleteNetwork command() {
            return new DeleteNetwork(organization(), new Ref(which));
        }
    }
}
