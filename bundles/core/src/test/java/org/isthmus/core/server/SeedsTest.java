// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Ref;
import org.isthmus.core.Cloud;
import org.isthmus.core.network.Port;
import org.isthmus.model.Cidr;
import org.isthmus.model.MacAddress;
import org.isthmus.spi.network.PortBinding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SeedsTest {
    private static final MacAddress MAC = new MacAddress("02:00:0a:01:00:07");

    private Cloud cloud;

    @BeforeEach
    void aCloud() {
        cloud = new Cloud("seeds").furnished();
        cloud.deploy("web");
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private String network(Map<String, String> attributes) {
        Server server = cloud.house.database.tx().read(() -> new ServerStore(cloud.rows())
                .must(cloud.domain
                        .servers()
                        .get(cloud.operator, Cloud.ACME, new Ref("web"))
                        .id()));
        Port port = new Port(
                cloud.house.ids.nic(),
                cloud.house.ids.network(),
                server.id(),
                0,
                MAC,
                Cidr.address("10.1.0.7"),
                List.of(),
                Optional.of(new PortBinding("any", attributes)));
        return Seeds.of(server, Optional.empty(), Optional.empty(), List.of(port))
                .networkConfig();
    }

    @Test
    void aGuestAsksForItsAddressWhereSomebodyAnswers() {
        String network = network(Map.of());

        assertTrue(network.contains("dhcp4: true"), network);
        assertFalse(network.contains("addresses"), network);
    }

    @Test
    void aGuestIsGivenItsAddressWhereNobodyAnswers() {
        assertEquals(
                """
                version: 2
                ethernets:
                  nic0:
                    match:
                      macaddress: "02:00:0a:01:00:07"
                    dhcp4: false
                    addresses:
                      - "10.1.0.7/24"
                """,
                network(Map.of(PortBinding.ADDRESS, "10.1.0.7/24")));
    }
}
