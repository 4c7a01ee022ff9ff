// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.FileCompleter;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.isthmus.api.Ref;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.server.MoveBatchPlan;
import org.isthmus.api.server.MoveBatchPlan.MoveReason;
import org.isthmus.api.server.MoveBatchPlan.PlannedMove;
import org.isthmus.api.server.MoveBatchView;
import org.isthmus.api.server.MoveBatches;
import org.isthmus.api.server.MoveBatches.MoveServers;
import org.isthmus.api.server.MoveBatches.OnFailure;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.model.Name;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** Moves of many servers. */
public final class MoveCommands {
    private MoveCommands() {}

    @Service
    @Command(
            scope = "isthmus",
            name = "move-list",
            description = "Lists moves of many servers, and how many of them have ended")
    public static final class ListMoves extends OrganizationList.Of<MoveBatchView> {
        public ListMoves() {
            super(
                    MoveBatches.class,
                    "name state totals.all totals.moved totals.failed totals.cancelled createdBy createdAt id");
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "move-show",
            description = "Shows the report of a batch of moves: how each stands, and why it failed")
    public static final class ShowMoves extends OrganizationCommand {
        @Argument(index = 0, name = "batch", required = true, description = "Its id or name")
        @Completion(Names.Moves.class)
        private String which;

        @Override
        protected void run() {
            Ref in = organization();
            MoveBatchView report = with(MoveBatches.class, (all, caller) -> all.get(caller, in, new Ref(which)));
            if (json()) {
                print(report);
                return;
            }
            MoveBatchView.MoveTotals totals = report.totals();
            say(report.name() + " is " + report.state() + ": " + totals.moved() + " of " + totals.all() + " moved, "
                    + totals.moving() + " moving, " + totals.waiting() + " waiting, " + totals.waitingApproval()
                    + " waiting for approval, " + totals.failed() + " failed, " + totals.cancelled() + " cancelled; "
                    + totals.bytes() + " bytes read.");
            print("serverName location name state progress bytes operation reason", report.moves(), Optional.empty());
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "server-move-batch",
            description =
                    "Makes many servers at another location, some at a time; with --dry-run it says what each would"
                            + " become, and all that is in the way")
    public static final class MoveMany extends OrganizationSubmit<MoveServers, MoveBatchView> {
        @Argument(index = 0, name = "name", required = true, description = "The name of the batch")
        @Completion(Anything.class)
        private String name;

        @Argument(index = 1, name = "location", required = true, description = "Where the new ones will be")
        @Completion(Names.Places.class)
        private String location;

        @Argument(
                index = 2,
                name = "file",
                required = true,
                description =
                        "On the controller's machine, a line for each: server, new name, network,… of its interfaces")
        @Completion(FileCompleter.class)
        private String file;

        @Option(name = "--concurrency", description = "How many at a time, 1 to 4; 2 unless said")
        private int concurrency = 2;

        @Option(name = "--on-failure", description = "What becomes of the others then: continue, or stop")
        @Completion(
                value = StringsCompleter.class,
                values = {"continue", "stop"})
        private String onFailure = "continue";

        @Option(
                name = "--running",
                description = "Of servers that run: refuse, or snapshot for their disks at one moment")
        @Completion(
                value = StringsCompleter.class,
                values = {"refuse", "snapshot"})
        private String running = "refuse";

        @Option(name = "--new-mac", description = "The interfaces get new MAC addresses")
        private boolean newMac;

        @Option(name = "--keep-address", description = "The interfaces keep their addresses")
        private boolean keepAddress;

        @Override
        protected MoveServers command() throws IOException {
            List<MoveServer> moves = new ArrayList<>();
            List<String> lines = Words.file(Path.of(file)).lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                if (!lines.get(i).isBlank() && !lines.get(i).startsWith("#")) {
                    moves.add(move(i + 1, lines.get(i)));
                }
            }
            return new MoveServers(
                    organization(), new Name(name), moves, concurrency, Words.constant(OnFailure.class, onFailure));
        }

        /** What is in a file that may be any other is not told. */
        private MoveServer move(int number, String line) {
            String[] words = line.strip().split("\\s+", -1);
            if (words.length != 3) {
                throw new IllegalArgumentException(
                        "A line is: server, blank, new name, blank, network,… of its interfaces. Line " + number
                                + " is none.");
            }
            return new MoveServer(
                    organization(),
                    new Ref(words[0]),
                    new Ref(location),
                    new Name(words[1]),
                    Words.list(words[2]).stream().map(Ref::new).toList(),
                    Words.constant(Running.class, running),
                    !newMac,
                    keepAddress);
        }

        @Override
        protected boolean planned(MoveServers command) {
            MoveBatchPlan plan = with(MoveBatches.class, (all, caller) -> all.plan(caller, command));
            if (json()) {
                print(plan);
                return true;
            }
            print(
                    "server name location allowed bytes monthly",
                    plan.moves().stream().map(Line::of).toList(),
                    Optional.empty());
            for (PlannedMove move : plan.moves()) {
                Stream.of(
                                move.reasons().stream().map(MoveReason::detail),
                                move.approval().stream().map(why -> "A second person would have to approve it: " + why),
                                move.nics().stream().flatMap(nic -> nic.notes().stream()))
                        .flatMap(texts -> texts)
                        .distinct()
                        .forEach(text -> say(move.server() + ": " + text));
            }
            plan.reasons().forEach(reason -> say("All together: " + reason.detail()));
            say((plan.allowed() ? "Allowed" : "Not allowed") + ". At most " + plan.bytes()
                    + " bytes are read; it would cost " + plan.estimate().monthly() + " a month.");
            return true;
        }

        /** A planned move as a row. */
        record Line(String server, String name, String location, boolean allowed, long bytes, String monthly) {
            static Line of(PlannedMove move) {
                return new Line(
                        move.server().text(),
                        move.name().value(),
                        move.location().text(),
                        move.reasons().isEmpty(),
                        move.bytes(),
                        move.estimate().map(cost -> cost.monthly().toString()).orElse("-"));
            }
        }

        @Override
        protected Object shown(MoveBatchView batch) {
            return json() ? batch : batch.id() + " " + batch.name() + ": see isthmus:move-show " + batch.name();
        }
    }
}
