// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.outward;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ReachTest {
    private static final Reach REACH = new Reach(
            false,
            List.of(Block.of("10.1.0.0/16"), Block.of("1.2.3.0/24")),
            List.of(Block.of("10.1.9.0/24"), Block.of("1.1.1.0/24")));

    private static boolean covers(String address, boolean own) throws UnknownHostException {
        return REACH.covers(InetAddress.getByName(address), own);
    }

    @Test
    void whatIsPublicIsReachedButForThisMachine() throws UnknownHostException {
        assertEquals(true, covers("8.8.8.8", false));
        assertEquals(false, covers("8.8.8.8", true));
        assertEquals(false, covers("10.2.0.1", false));
    }

    @Test
    void whatIsAllowedIsReachedThoughItIsPrivateOrThisMachine() throws UnknownHostException {
        assertEquals(true, covers("10.1.0.1", false));
        assertEquals(true, covers("1.2.3.4", true));
    }

    @Test
    void whatIsRefusedIsNotReachedThoughItIsPublicOrAllowed() throws UnknownHostException {
        assertEquals(false, covers("1.1.1.1", false));
        assertEquals(false, covers("10.1.9.1", false));
    }
}
