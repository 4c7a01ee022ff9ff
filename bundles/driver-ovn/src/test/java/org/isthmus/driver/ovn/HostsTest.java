// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.isthmus.driver.ovn.ovsdb.Rows;
import org.isthmus.tck.SettableClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class HostsTest {
    private static final String MAP = "{\"key\":\"string\",\"value\":\"string\",\"min\":0,\"max\":\"unlimited\"}";
    private static final String TYPES = "{\"SB_Global\":{\"nb_cfg\":\"integer\"},"
            + "\"Chassis\":{\"name\":\"string\",\"hostname\":\"string\",\"other_config\":" + MAP + "},"
            + "\"Chassis_Private\":{\"name\":\"string\",\"chassis\":{\"key\":\"uuid\",\"min\":0},\"nb_cfg\":\"integer\","
            + "\"nb_cfg_timestamp\":\"integer\"},"
            + "\"Port_Binding\":{\"logical_port\":\"string\",\"chassis\":{\"key\":\"uuid\",\"min\":0},"
            + "\"up\":{\"key\":\"boolean\",\"min\":0}}}";

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-23T08:00:00Z"));
    private final Rows rows = new Rows(Hosts.TABLES, TYPES);
    private Hosts hosts = new Hosts(clock, Duration.ofSeconds(10));

    @BeforeEach
    void aCloudOfTwoHostsThatHaveApplied5() {
        rows.apply("{\"SB_Global\":{\"" + uuid(1) + "\":{\"insert\":{\"nb_cfg\":5}}}}");
        host(2, "h2", "system", 5);
        host(3, "h3", "system", 5);
    }

    private static String uuid(int number) {
        return String.format(Locale.ROOT, "00000000-0000-0000-0000-%012d", number);
    }

    private void host(int number, String name, String datapath, long applied) {
        rows.apply("{\"Chassis\":{\"" + uuid(number) + "\":{\"insert\":{\"name\":\"" + name + "\",\"hostname\":\""
                + name + ".example\",\"other_config\":[\"map\",[[\"datapath-type\",\"" + datapath + "\"]]]}}}}");
        rows.apply("{\"Chassis_Private\":{\"" + uuid(number + 100) + "\":{\"insert\":{\"name\":\"" + name
                + "\",\"chassis\":[\"uuid\",\"" + uuid(number) + "\"],\"nb_cfg\":" + applied + ",\"nb_cfg_timestamp\":"
                + clock.millis() + "}}}}");
    }

    private void translated(long number) {
        rows.apply("{\"SB_Global\":{\"" + uuid(1) + "\":{\"modify\":{\"nb_cfg\":" + number + "}}}}");
    }

    private void applied(int host, long number) {
        rows.apply("{\"Chassis_Private\":{\"" + uuid(host + 100) + "\":{\"modify\":{\"nb_cfg\":" + number
                + ",\"nb_cfg_timestamp\":" + clock.millis() + "}}}}");
    }

    private Hosts.Census census() {
        return rows.replica().read(hosts::census);
    }

    private static List<String> names(List<Hosts.Host> hosts) {
        return hosts.stream().map(Hosts.Host::name).sorted().toList();
    }

    @Test
    void aChangeIsAppliedWhenNorthdAndEveryLiveHostHaveIt() {
        assertFalse(census().applied(6));

        translated(6);
        assertFalse(census().applied(6));
        applied(2, 6);
        assertFalse(census().applied(6));
        applied(3, 6);

        assertTrue(census().applied(6));
        assertTrue(census().applied(5));
    }

    @Test
    void aHostThatStandsStillIsDeadAfterTheTimeout() {
        census();
        translated(6);
        applied(2, 6);
        assertFalse(census().applied(6));

        clock.advance(Duration.ofSeconds(9));
        assertFalse(census().applied(6));
        clock.advance(Duration.ofSeconds(1));

        assertTrue(census().applied(6));
        assertEquals("h3.example", census().deadNames());
        translated(7);
        applied(2, 7);
        assertTrue(census().applied(7), "a dead host is not waited for again");
    }

    @Test
    void aHostThatIsSlowButMovesIsLive() {
        census();
        for (int number = 6; number < 20; number++) {
            translated(number);
            applied(2, number);
            clock.advance(Duration.ofSeconds(8));
            applied(3, number - 1);

            assertFalse(census().applied(number));
        }
    }

    @Test
    void aDeadHostThatMovesIsLiveAgain() {
        census();
        translated(6);
        applied(2, 6);
        census();
        clock.advance(Duration.ofSeconds(11));
        assertEquals(List.of("h3"), names(census().dead()));

        applied(3, 6);

        assertEquals(List.of(), census().dead());
    }

    @Test
    void aDriverJustOpenedKnowsTheDeadByTheTimesOfTheOthers() {
        translated(6);
        applied(2, 6);
        clock.advance(Duration.ofMinutes(1));

        hosts = new Hosts(clock, Duration.ofSeconds(10));

        assertEquals(List.of("h3"), names(census().dead()));
    }

    @Test
    void aDriverJustOpenedWaitsForAHostThatIsBarelyBehind() {
        translated(6);
        applied(2, 6);
        clock.advance(Duration.ofSeconds(1));

        hosts = new Hosts(clock, Duration.ofSeconds(10));

        assertEquals(List.of("h2", "h3"), names(census().live()));
    }

    @Test
    void anotherHostsWrongClockKillsNobodyWeHaveMet() {
        census();
        translated(6);
        clock.advance(Duration.ofHours(-1));
        applied(2, 6);
        clock.advance(Duration.ofHours(1));

        assertEquals(List.of("h2", "h3"), names(census().live()));
    }

    @Test
    void withNorthdDeadNothingIsApplied() {
        clock.advance(Duration.ofHours(1));

        assertFalse(census().applied(6));
    }

    @Test
    void hostsOfOtherZonesAndThoseThatLeftDoNotCount() {
        rows.apply("{\"Chassis\":{\"" + uuid(3)
                + "\":{\"modify\":{\"other_config\":[\"map\",[[\"is-remote\",\"true\"]]]}},\"" + uuid(2)
                + "\":{\"delete\":null}}}");

        assertEquals(List.of(), census().live());
        assertTrue(census().applied(5));
    }

    @Test
    void oneLiveHostWithAUserspaceDatapathDecidesOffloads() {
        assertFalse(census().userspace());

        host(4, "h4", "netdev", 5);

        assertTrue(census().userspace());
        translated(6);
        applied(2, 6);
        applied(3, 6);
        census();
        clock.advance(Duration.ofSeconds(10));
        assertFalse(census().userspace(), "it is dead");
    }

    @Test
    void aPortIsUpOnlyOnALiveHost() {
        rows.apply("{\"Port_Binding\":{\"" + uuid(9)
                + "\":{\"insert\":{\"logical_port\":\"p\",\"up\":true,\"chassis\":[\"uuid\",\"" + uuid(3) + "\"]}}}}");
        assertTrue(isUp("p"));
        assertFalse(isUp("other"));

        translated(6);
        applied(2, 6);
        census();
        clock.advance(Duration.ofSeconds(10));

        assertFalse(isUp("p"));
    }

    private boolean isUp(String port) {
        return rows.replica().read(view -> Hosts.isUp(view, hosts.census(view), port));
    }
}
