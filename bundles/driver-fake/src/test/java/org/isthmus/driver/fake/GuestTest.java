// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.model.Ids;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ComputeDriver.SeenNic;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.isthmus.spi.network.PortBinding;
import org.isthmus.tck.HostContext;
import org.isthmus.tck.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the guests of the simulator say, at a test's word. */
final class GuestTest {
    private final SettableClock clock = new SettableClock();
    private final Ids ids = new Ids(clock);
    private final NicSpec one = nic(1);
    private final NicSpec other = nic(2);
    private final ServerSpec spec = new ServerSpec(
            ids.server(),
            new Name("web"),
            "fake-1",
            1,
            64,
            List.of(new DiskSpec(ids.disk(), 1 << 20, Optional.empty())),
            List.of(one, other),
            new Seed("", "", ""));
    private final String ref = "fake-" + spec.server();

    @TempDir
    Path cache;

    private HostContext context;
    private FakeDriver driver;

    @BeforeEach
    void aRunningServer() {
        open();
        driver.create(call("create"), spec);
        power(PowerWish.ON);
    }

    @AfterEach
    void close() {
        driver.close();
        context.close();
    }

    private void open() {
        context = new HostContext(clock, cache);
        driver = new FakeDriverFactory().open(new EndpointConfig(ids.endpoint(), "fake", Map.of(), Map.of()), context);
    }

    private NicSpec nic(long mac) {
        return new NicSpec(ids.nic(), MacAddress.local(mac), new PortBinding("fake", Map.of()));
    }

    private Call call(String token) {
        return new Call(token, clock.instant());
    }

    private void power(PowerWish wish) {
        driver.power(call(wish.name()), ref, wish);
    }

    private List<List<String>> shown() {
        return driver.find(spec.server()).orElseThrow().nics().stream()
                .map(SeenNic::guestAddresses)
                .toList();
    }

    @Test
    void whatAGuestSaysIsShownUntilItSaysSoAnewAlsoAfterAReopening() {
        driver.guestSays(ref, other.id(), "2001:db8::7", "10.1.0.7");
        close();
        open();
        List<List<String>> first = shown();
        driver.guestSays(ref, other.id(), "10.1.0.8");

        assertEquals(List.of(List.of(), List.of("10.1.0.7", "2001:db8::7")), first);
        assertEquals(List.of(List.of(), List.of("10.1.0.8")), shown());
    }

    @Test
    void aGuestThatWasOffHasSaidNothing() {
        driver.guestSays(ref, one.id(), "10.1.0.7");

        power(PowerWish.OFF);
        List<List<String>> off = shown();
        power(PowerWish.ON);

        assertEquals(List.of(List.of(), List.of()), off);
        assertEquals(off, shown());
    }

    @Test
    void nobodyHearsWhatIsSaidOnALostHost() {
        driver.guestSays(ref, one.id(), "10.1.0.7");

        driver.script().loseHost("fake-1");
        List<List<String>> lost = shown();
        driver.script().returnHost("fake-1");

        assertEquals(List.of(List.of(), List.of()), lost);
        assertEquals(List.of(List.of("10.1.0.7"), List.of()), shown());
    }

    @Test
    void nobodySaysAnythingWhileItIsOffOrOfAnInterfaceThatIsNotThere() {
        assertEquals(Kind.NOT_FOUND, refusal(nic(3)));
        power(PowerWish.OFF);
        assertEquals(Kind.CONFLICT, refusal(one));
    }

    private Kind refusal(NicSpec nic) {
        return assertThrows(DriverException.class, () -> driver.guestSays(ref, nic.id(), "10.1.0.7"))
                .kind();
    }
}
