// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.tck.NetworkContract;
import org.isthmus.tck.NetworkSubject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** The network contract on an OVN of our own with two hosts. */
@Tag("real")
final class PrivateContractRealIT extends NetworkContract {
    private static final Ids IDS = new Ids(Clock.systemUTC());

    private static PrivateOvn ovn;

    @TempDir
    Path cache;

    @BeforeAll
    static void start() {
        ovn = new PrivateOvn();
        ovn.startHost("h1", "netdev");
        ovn.startHost("h2", "netdev");
    }

    @AfterAll
    static void stop() {
        if (ovn != null) {
            ovn.close();
        }
    }

    @Override
    protected NetworkSubject subject() {
        return new Subject();
    }

    private final class Subject implements NetworkSubject {
        @Override
        public NetworkDriver open(DriverContext context) {
            return (NetworkDriver) new OvnDriverFactory().open(ovn.endpoint(IDS), context);
        }

        @Override
        public Path cache() {
            return cache;
        }

        @Override
        public boolean makeUnmanaged() {
            ovn.nbctl("--may-exist", "ls-add", "somebody-elses");
            return true;
        }

        @Override
        public List<String> leftovers(NetworkId network) {
            return List.of("logical_switch", "logical_switch_port", "port_group", "acl", "dhcp_options", "dns").stream()
                    .filter(table -> ovn.count(table, network) != 0)
                    .toList();
        }

        @Override
        public boolean damage(NetworkId network) {
            String options = ovn.nbctl(
                    "--bare", "--columns=_uuid", "find", "dhcp_options", "external_ids:isthmus-network=" + network);
            ovn.nbctl("dhcp-options-del", options);
            ovn.nbctl("acl-del", Northbound.groupName(network));
            ovn.nbctl("lsp-del", Northbound.gatewayName(network));
            return true;
        }

        @Override
        public boolean isWhole(NetworkId network) {
            return ovn.count("dhcp_options", network) == 1
                    && ovn.count("acl", network) == 6
                    && ovn.count("logical_switch_port", network) == 1;
        }

        @Override
        public Optional<Outage> disconnect() {
            ovn.kill("nb");
            return Optional.of(() -> ovn.startDatabase("nb"));
        }
    }
}
