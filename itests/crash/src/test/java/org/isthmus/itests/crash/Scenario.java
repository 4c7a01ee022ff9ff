// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.crash;

import static org.isthmus.itests.crash.Controller.ACME;

import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.network.Networks;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Name;
import org.isthmus.spi.DriverException;

/** What is under way when the process is killed, and what must be there in the end. Each starts from the same cloud. */
enum Scenario {
    DEPLOY {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.deploy(ann, "web-1");
        }

        @Override
        String end() {
            return "web-1 RUNNING";
        }
    },
    /** The hypervisor refuses: everything is undone. When the kill loses the refusal, it simply succeeds. */
    DEPLOY_REFUSED {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            house.fake.script().failNext(Verb.POWER, DriverException.Kind.INVALID);
            return house.deploy(ann, "web-1");
        }

        @Override
        boolean mayFail() {
            return true;
        }
    },
    STOP {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.submit(ann, new Servers.StopServer(ACME, BASE, false)).operation();
        }

        @Override
        String end() {
            return "base STOPPED";
        }
    },
    START {
        @Override
        void before(Controller house, Caller ann) {
            house.finish(ann, STOP.begin(house, ann));
        }

        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.submit(ann, new Servers.StartServer(ACME, BASE)).operation();
        }

        @Override
        String end() {
            return "base RUNNING";
        }
    },
    RESTART {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.submit(ann, new Servers.RestartServer(ACME, BASE)).operation();
        }

        @Override
        String end() {
            return "base RUNNING";
        }
    },
    RESIZE {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.submit(ann, new Servers.ResizeServer(ACME, BASE, new Servers.Flavor(4, 1024)))
                    .operation();
        }

        @Override
        String end() {
            return "base RUNNING";
        }
    },
    ATTACH_DISK {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.submit(ann, new Servers.AttachDisk(ACME, BASE, 3)).operation();
        }

        @Override
        String end() {
            return "base RUNNING";
        }
    },
    GROW_DISK {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            Ref disk = Ref.of(base(house, ann).disks().get(1).id());
            return house.submit(ann, new Servers.GrowDisk(ACME, BASE, disk, 7)).operation();
        }

        @Override
        String end() {
            return "base RUNNING";
        }
    },
    DETACH_DISK {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            Ref disk = Ref.of(base(house, ann).disks().get(1).id());
            return house.submit(ann, new Servers.DetachDisk(ACME, BASE, disk)).operation();
        }

        @Override
        String end() {
            return "base RUNNING";
        }
    },
    ATTACH_NIC {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.submit(
                            ann,
                            new Servers.AttachNic(
                                    ACME, BASE, new Servers.WishedNic(new Ref("spare"), Optional.empty())))
                    .operation();
        }

        @Override
        String end() {
            return "base RUNNING";
        }
    },
    DETACH_NIC {
        @Override
        void before(Controller house, Caller ann) {
            house.finish(ann, ATTACH_NIC.begin(house, ann));
        }

        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            Ref nic = Ref.of(base(house, ann).nics().get(1).id());
            return house.submit(ann, new Servers.DetachNic(ACME, BASE, nic)).operation();
        }

        @Override
        String end() {
            return "base RUNNING";
        }
    },
    TAKE_SNAPSHOT {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.submit(ann, new Servers.TakeSnapshot(ACME, BASE, new Name("monday")))
                    .operation();
        }

        @Override
        String end() {
            return "base RUNNING";
        }
    },
    REVERT_SNAPSHOT {
        @Override
        void before(Controller house, Caller ann) {
            house.finish(ann, TAKE_SNAPSHOT.begin(house, ann));
        }

        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.submit(ann, new Servers.RevertSnapshot(ACME, BASE, new Ref("monday")))
                    .operation();
        }

        @Override
        String end() {
            return "base STOPPED";
        }
    },
    DELETE_SNAPSHOT {
        @Override
        void before(Controller house, Caller ann) {
            house.finish(ann, TAKE_SNAPSHOT.begin(house, ann));
        }

        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.submit(ann, new Servers.DeleteSnapshot(ACME, BASE, new Ref("monday")))
                    .operation();
        }

        @Override
        String end() {
            return "base RUNNING";
        }
    },
    RENAME {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            ServerView base = base(house, ann);
            return house.submit(
                            ann,
                            new Servers.ChangeServer(
                                    ACME,
                                    BASE,
                                    base.version(),
                                    Optional.of(new Name("renamed")),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty()))
                    .operation();
        }

        @Override
        String end() {
            return "renamed RUNNING";
        }
    },
    DELETE {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.submit(ann, new Servers.DeleteServer(ACME, BASE)).operation();
        }

        @Override
        String end() {
            return "base DELETED";
        }
    },
    RECOVER {
        @Override
        void before(Controller house, Caller ann) {
            house.finish(ann, DELETE.begin(house, ann));
        }

        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.submit(ann, new Servers.RecoverServer(ACME, BASE)).operation();
        }

        @Override
        String end() {
            return "base STOPPED";
        }
    },
    /** A deleted server whose grace is over goes for good. */
    PURGE {
        @Override
        void before(Controller house, Caller ann) {
            house.finish(ann, DELETE.begin(house, ann));
        }

        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            house.clock.advance(java.time.Duration.ofHours(25));
            house.core.domain().upkeep().runOnce();
            return house.underWay().stream().findFirst();
        }

        @Override
        String end() {
            return "";
        }
    },
    CHECK_IMAGE {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.image(ann, "other");
        }

        @Override
        String end() {
            return "base RUNNING";
        }
    },
    CREATE_NETWORK {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.network(ann, "third", "10.3.0.0/24");
        }

        @Override
        String end() {
            return "base RUNNING";
        }
    },
    DELETE_NETWORK {
        @Override
        Optional<OperationView> begin(Controller house, Caller ann) {
            return house.submit(ann, new Networks.DeleteNetwork(ACME, new Ref("spare")))
                    .operation();
        }

        @Override
        String end() {
            return "base RUNNING";
        }
    };

    static final Ref BASE = new Ref("base");

    static ServerView base(Controller house, Caller ann) {
        return house.core.domain().servers().get(ann, ACME, BASE);
    }

    /** The cloud every scenario starts from, in full: done before any kill. */
    static void furnish(Controller house) throws java.io.IOException {
        house.furnish();
        Caller ann = house.ann();
        house.finish(ann, house.network(ann, "spare", "10.2.0.0/24"));
        house.finish(ann, house.deploy(ann, "base"));
    }

    /** What must be so before it begins; not killed. */
    void before(Controller house, Caller ann) {
        // most start from the furnished cloud as it is
    }

    /** Says the wish; the operation that goes on with it. */
    abstract Optional<OperationView> begin(Controller house, Caller ann);

    /** A line of "name STATE" that must be among the servers in the end; empty when there must be none. */
    String end() {
        return "base " + ServerState.RUNNING;
    }

    boolean mayFail() {
        return false;
    }
}
