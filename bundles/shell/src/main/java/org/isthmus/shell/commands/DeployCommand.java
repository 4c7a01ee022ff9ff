// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.isthmus.api.Ref;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.Group;
import org.isthmus.api.server.Servers.GroupRule;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.api.server.Servers.Strategy;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.model.Cidr;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** A new server: the command with the most to say. */
@Service
@Command(scope = "isthmus", name = "server-deploy", description = "Deploys a server on a private network")
public final class DeployCommand extends OrganizationSubmit<DeployServer, ServerView> {
    @Argument(index = 0, name = "name", required = true, description = "Its name")
    @Completion(Anything.class)
    private String name;

    @Option(
            name = "--network",
            required = true,
            multiValued = true,
            description =
                    "A network it is on; network:address for an address of your choice; several times for several")
    @Completion(Names.Networks.class)
    private List<String> networks = List.of();

    @Option(name = "--image", required = true, description = "What it boots")
    @Completion(Names.Images.class)
    private String image;

    @Option(name = "--cpus", description = "CPUs, 1 unless said")
    private int cpus = 1;

    @Option(name = "--memory-mib", description = "Memory in MiB, 512 unless said")
    private long memoryMiB = 512;

    @Option(
            name = "--disk-gib",
            multiValued = true,
            description = "Disk sizes in GiB, the boot disk first; one of 10 unless said")
    private List<String> disks = List.of("10");

    @Option(name = "--ssh-key", multiValued = true, description = "A public key that may log in, in quotes")
    private List<String> sshKeys = List.of();

    @Option(
            name = "--ssh-key-file",
            multiValued = true,
            description = "The same from a file of the controller's machine")
    private List<String> sshKeyFiles = List.of();

    @Option(name = "--user-data-file", description = "For cloud-init, from a file of the controller's machine")
    private String userDataFile;

    @Option(name = "--purpose", description = "What it is for")
    private String purpose;

    @Option(name = "--department", description = "The department it belongs to; your own unless said")
    @Completion(Names.Departments.class)
    private String department;

    @Option(name = "--tag", multiValued = true, description = "key=value")
    private List<String> tags = List.of();

    @Option(name = "--protected", description = "It cannot be deleted until that is taken back")
    private boolean guarded;

    @Option(name = "--location", description = "Where; that of its network unless said")
    @Completion(Names.Places.class)
    private String location;

    @Option(name = "--strategy", description = "spread: the emptiest host first; pack: the fullest that has room")
    @Completion(
            value = StringsCompleter.class,
            values = {"spread", "pack"})
    private String strategy = "spread";

    @Option(name = "--host-tags", description = "Only on hosts with all of these tags, with commas")
    private String hostTags = "none";

    @Option(name = "--group", description = "Belongs to this affinity group")
    private String group;

    @Option(name = "--group-rule", description = "together, or apart from the others of the group; apart unless said")
    @Completion(
            value = StringsCompleter.class,
            values = {"together", "apart"})
    private String groupRule = "apart";

    @Option(name = "--group-strict", description = "Rather no server than one that breaks the group's rule")
    private boolean groupStrict;

    @Option(name = "--expires-at", description = "When its time is over, as 2027-01-31T00:00:00Z")
    private String expiresAt;

    @Option(name = "--on-expiry", description = "STOP, or DELETE: stopped, then deleted; STOP unless said")
    private String onExpiry;

    @Option(name = "--hours", description = "When it is on, as 08:00-18:30")
    private String hours;

    @Option(name = "--days", description = "On which days these begin, as MONDAY,FRIDAY; Monday to Friday unless said")
    private String days;

    @Option(name = "--timezone", description = "Of these hours, as Europe/Berlin; UTC unless said")
    private String timezone;

    @Override
    protected DeployServer command() throws IOException {
        List<String> keys = new ArrayList<>(sshKeys);
        for (String file : sshKeyFiles) {
            Words.file(Path.of(file)).lines().filter(line -> !line.isBlank()).forEach(keys::add);
        }
        Optional<Secret> userData = userDataFile == null
                ? Optional.empty()
                : Optional.of(new Secret(Words.file(Path.of(userDataFile)) + "\n"));
        return new DeployServer(
                organization(),
                new Name(name),
                networks.stream().map(DeployCommand::nic).toList(),
                new Ref(image),
                new Flavor(cpus, memoryMiB),
                disks.stream().map(DeployCommand::size).toList(),
                keys,
                userData,
                Optional.ofNullable(purpose),
                Words.pairs("--tag", tags),
                guarded,
                Words.ref(location),
                new Placement(
                        Words.constant(Strategy.class, strategy),
                        Words.set(hostTags),
                        Optional.ofNullable(group)
                                .map(it -> new Group(
                                        new Name(it), Words.constant(GroupRule.class, groupRule), groupStrict))),
                Words.ref(department),
                LeaseCommands.terms(expiresAt, onExpiry, hours, days, timezone));
    }

    /** {@code network} or {@code network:address}. */
    static WishedNic nic(String text) {
        int colon = text.indexOf(':');
        return colon < 0
                ? new WishedNic(new Ref(text), Optional.empty())
                : new WishedNic(
                        new Ref(text.substring(0, colon)), Optional.of(Cidr.address(text.substring(colon + 1))));
    }

    private static Long size(String text) {
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--disk-gib is a number of GiB, not " + text + ".", e);
        }
    }
}
