// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.vim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.TaskInfo;
import com.vmware.vim25.VirtualMachinePowerState;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.isthmus.driver.vmware.Stand;
import org.isthmus.model.Secret;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VimTest {
    @TempDir
    private Path folder;

    private Stand stand;
    private Vim vim;

    @BeforeEach
    void start() {
        stand = Stand.start(folder, "-vms", "3");
        vim = new Vim(where(Trust.ofAuthorities(stand.authority()), stand.password()));
    }

    @AfterEach
    void stop() {
        if (vim != null) {
            vim.close();
        }
        if (stand != null) {
            stand.close();
        }
    }

    private VCenter where(Trust trust, Secret password) {
        return new VCenter(stand.url(), Stand.USER, password, trust);
    }

    private List<Seen> machines(Vim vim) {
        Talk talk = vim.talk(Duration.ofSeconds(60));
        return talk.all(talk.content().getRootFolder(), "VirtualMachine", "name", "runtime.powerState");
    }

    @Test
    void machinesAreSeenWithTheirProperties() {
        List<Seen> machines = machines(vim);

        assertEquals(3, machines.size());
        assertEquals(
                VirtualMachinePowerState.POWERED_ON,
                machines.get(0).must("runtime.powerState", VirtualMachinePowerState.class));
        assertEquals(stand.uuid(), vim.talk().instance());
    }

    @Test
    void oneLoginServesFiftyQuestionsOfEightThreads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                answers.add(threads.submit(() -> machines(vim).size()));
            }
            for (Future<Integer> answer : answers) {
                assertEquals(3, answer.get());
            }
        } finally {
            threads.shutdownNow();
        }

        assertEquals(1, stand.logins());
    }

    @Test
    void aKilledSessionLogsInAgainByItself() {
        machines(vim);
        stand.killSessions();

        assertEquals(3, machines(vim).size());
        assertEquals(2, stand.logins());
    }

    @Test
    void aSessionThatEndedIsNoticedByWhatIsReadOfOneObject() {
        Talk before = vim.talk();
        before.see(before.content().getRootFolder(), "name");
        stand.killSessions();

        Talk talk = vim.talk();
        assertTrue(talk.see(talk.content().getRootFolder(), "name").isPresent());
        assertEquals(2, stand.logins());
    }

    @Test
    void closingEndsTheSession() {
        machines(vim);
        int during = stand.sessions();

        vim.close();

        assertEquals(during - 1, stand.sessions());
    }

    @Test
    void badCredentialsAndAnUntrustedCertificateAreDistinctErrors() {
        Vim stranger = new Vim(where(Trust.ofAuthorities(stand.authority()), new Secret("wrong-word")));
        Vim careful = new Vim(where(Trust.ofSystem(), stand.password()));
        Vim deceived = new Vim(where(Trust.ofThumbprint("00".repeat(32)), stand.password()));

        DriverException refused = assertThrows(DriverException.class, () -> machines(stranger));
        DriverException untrusted = assertThrows(DriverException.class, () -> machines(careful));
        DriverException another = assertThrows(DriverException.class, () -> machines(deceived));

        assertEquals(Kind.DENIED, refused.kind());
        assertTrue(refused.getMessage().contains("InvalidLogin"), refused.getMessage());
        assertFalse(refused.getMessage().contains("wrong-word"));
        for (DriverException each : List.of(untrusted, another)) {
            assertEquals(Kind.UNAVAILABLE, each.kind());
            assertTrue(each.getMessage().contains("is not trusted"), each.getMessage());
            String digits = each.getMessage().replace(":", "").toLowerCase(java.util.Locale.ROOT);
            assertTrue(digits.contains(stand.thumbprint().replace(":", "").toLowerCase(java.util.Locale.ROOT)));
        }
        assertNotEquals(0, stand.roundTrips());
    }

    @Test
    void aWrongPasswordIsNotTriedOverAndOver() {
        Vim stranger = new Vim(where(Trust.ofAuthorities(stand.authority()), new Secret("wrong-word")));
        int before = stand.calls("Login");

        for (int i = 0; i < 10; i++) {
            assertThrows(DriverException.class, () -> machines(stranger));
        }

        assertEquals(1, stand.calls("Login") - before);
    }

    @Test
    void theThumbprintOfItsCertificateIsEnough() {
        try (Vim pinned = new Vim(where(Trust.ofThumbprint(stand.thumbprint()), stand.password()))) {
            assertEquals(3, machines(pinned).size());
        }
    }

    @Test
    void anUnreachableVCenterIsAnErrorAndNeverAnEmptyInventory() {
        machines(vim);
        stand.unreachable();

        DriverException away = assertThrows(DriverException.class, () -> machines(vim));
        stand.reachable();

        assertEquals(Kind.UNAVAILABLE, away.kind());
        assertEquals(3, machines(vim).size());
    }

    @Test
    void aVCenterThatNeverWasIsUnavailableWithinTheTimeOfACall() {
        Vim nobody = new Vim(
                new VCenter(URI.create("https://localhost:1/sdk"), "somebody", new Secret("secret"), Trust.ofSystem()));

        DriverException away =
                assertThrows(DriverException.class, () -> nobody.talk().content());

        assertEquals(Kind.UNAVAILABLE, away.kind());
    }

    @Test
    void everyFaultReachesTheCallerByItsName() {
        ManagedObjectReference machine = machines(vim).get(0).object();

        stand.failNext("PowerOffVM_Task", "NoDiskSpace");
        ManagedObjectReference task = vim.talk().change(port -> port.powerOffVMTask(machine));
        TaskInfo info = vim.talk().task(task).orElseThrow();
        VimFault failed = Tasks.fault(info);
        ManagedObjectReference again = vim.talk().change(port -> port.powerOnVMTask(machine, null));
        VimFault state = Tasks.fault(vim.talk().task(again).orElseThrow());

        assertEquals("NoDiskSpace", failed.name());
        assertEquals(Kind.NO_CAPACITY, failed.kind());
        assertEquals("InvalidPowerState", state.name());
        assertEquals(Kind.CONFLICT, state.kind());
        assertTrue(state.toDriver("Powering on").getMessage().contains("InvalidPowerState"));
    }

    @Test
    void anObjectThatIsNotThereIsNoObject() {
        ManagedObjectReference never = new ManagedObjectReference();
        never.setType("VirtualMachine");
        never.setValue("vm-99999");

        assertTrue(vim.talk().see(never, "name").isEmpty());
        VimFault fault = assertThrows(VimFault.class, () -> vim.talk().change(port -> port.powerOnVMTask(never, null)));
        assertEquals(Kind.NOT_FOUND, fault.kind());
    }
}
