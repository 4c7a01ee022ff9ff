// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.isthmus.driver.kvm.host.Domains.State;
import org.isthmus.driver.kvm.libvirt.LibvirtErrors.Failure;
import org.isthmus.spi.DriverException.Kind;
import org.junit.jupiter.api.Test;

/** Messages are libvirt's own, as they were seen. */
final class LibvirtErrorsTest {
    private static final int RPC = 7;
    private static final int QEMU = 10;
    private static final int STORAGE = 18;

    private static Kind kind(int code, int from, String message) {
        return LibvirtErrors.kind(new Failure(code, from, message));
    }

    @Test
    void whatIsAbsentIsNotFound() {
        assertEquals(Kind.NOT_FOUND, kind(42, QEMU, "Domain not found: no domain with matching uuid"));
        assertEquals(Kind.NOT_FOUND, kind(50, STORAGE, "Storage volume not found"));
        assertEquals(Kind.NOT_FOUND, kind(72, QEMU, "Domain snapshot not found"));
    }

    @Test
    void whatIsInTheWayIsConflict() {
        assertEquals(Kind.CONFLICT, kind(55, QEMU, "Requested operation is not valid: domain is not running"));
        assertEquals(Kind.CONFLICT, kind(90, STORAGE, "storage volume exists already"));
    }

    @Test
    void aLostConnectionIsUnavailable() {
        assertEquals(Kind.UNAVAILABLE, kind(38, RPC, "Cannot write data: Broken pipe"));
        assertEquals(Kind.UNAVAILABLE, kind(38, RPC, "End of file while reading data: Input/output error"));
        assertEquals(
                Kind.UNAVAILABLE,
                kind(38, RPC, "Failed to connect socket to '/var/run/libvirt/libvirt-sock': Connection refused"));
        assertEquals(Kind.UNAVAILABLE, kind(1, RPC, "internal error: client socket is closed"));
        assertEquals(
                Kind.UNAVAILABLE,
                kind(45, RPC, "authentication failed: TLS handshake failed Error in the pull function."));
        assertEquals(Kind.UNAVAILABLE, kind(68, QEMU, "Timed out during operation: cannot acquire state change lock"));
    }

    @Test
    void whatRefusesUsIsDenied() {
        assertEquals(Kind.DENIED, kind(45, RPC, "authentication failed: polkit: not authorized"));
        assertEquals(Kind.DENIED, kind(38, RPC, "Failed to connect socket to '/run/x': Permission denied"));
        assertEquals(Kind.DENIED, kind(38, RPC, "Unable to read TLS confirmation: certificate was not trusted"));
    }

    @Test
    void aFullHostIsNoCapacity() {
        assertEquals(
                Kind.NO_CAPACITY,
                kind(1, QEMU, "internal error: qemu: cannot set up guest memory 'pc.ram': Cannot allocate memory"));
        assertEquals(Kind.NO_CAPACITY, kind(38, STORAGE, "cannot write: No space left on device"));
        assertEquals(Kind.NO_CAPACITY, kind(1, QEMU, "internal error: No more available PCI slots"));
    }

    @Test
    void whatCanNeverWorkIsInvalid() {
        assertEquals(Kind.INVALID, kind(67, QEMU, "unsupported configuration: Emulator does not support virt type"));
        assertEquals(Kind.INVALID, kind(27, QEMU, "XML error: no such element"));
    }

    @Test
    void theRestIsBroken() {
        assertEquals(Kind.BROKEN, kind(1, QEMU, "internal error: something odd"));
        assertEquals(Kind.BROKEN, kind(4711, QEMU, "a number from the future"));
    }

    @Test
    void theMessageSaysWhatWasTriedAndWhy() {
        String message = LibvirtErrors.exception("start the server", new Failure(2, QEMU, "out of memory"))
                .getMessage();

        assertTrue(message.contains("start the server") && message.contains("out of memory"), message);
    }

    @Test
    void everyStateOfLibvirtIsKnown() {
        assertEquals(State.RUNNING, DomainStates.of(1, 1));
        assertEquals(State.RUNNING, DomainStates.of(2, 0));
        assertEquals(State.PAUSED, DomainStates.of(3, 1));
        assertEquals(State.RUNNING, DomainStates.of(4, 1));
        assertEquals(State.ENDED, DomainStates.of(5, 1));
        assertEquals(State.OFF, DomainStates.of(5, 2));
        assertEquals(State.CRASHED, DomainStates.of(5, 3));
        assertEquals(State.CRASHED, DomainStates.of(6, 1));
        assertEquals(State.PAUSED, DomainStates.of(7, 0));
        assertEquals(State.UNKNOWN, DomainStates.of(99, 0));
    }
}
