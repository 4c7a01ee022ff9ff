// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import com.sun.jna.PointerType;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.isthmus.driver.kvm.libvirt.LibvirtErrors.Failure;
import org.isthmus.spi.DriverException;
import org.libvirt.jna.CString;
import org.libvirt.jna.ConnectionPointer;
import org.libvirt.jna.virError;

/**
 * Native calls of one piece of work, on one thread: each is preceded by a look whether anybody still waits, and followed by
 * libvirt's own words when it failed. libvirt keeps the last error per thread, so it is read at once and here.
 */
final class Talk {
    private final NativeLibvirt libvirt;
    private final ConnectionPointer connection;
    private final Ticket<?> ticket;

    Talk(NativeLibvirt libvirt, ConnectionPointer connection, Ticket<?> ticket) {
        this.libvirt = libvirt;
        this.connection = connection;
        this.ticket = ticket;
    }

    NativeLibvirt libvirt() {
        return libvirt;
    }

    ConnectionPointer connection() {
        return connection;
    }

    /** For calls that answer with a number, negative on failure. */
    int check(String what, IntSupplier call) {
        ticket.check();
        int answer = call.getAsInt();
        if (answer < 0) {
            throw LibvirtErrors.exception(what, failure());
        }
        return answer;
    }

    /** As {@link #check}, but true is answered, not thrown, when the failure is one of these. */
    boolean checkUnless(String what, List<Integer> codes, IntSupplier call) {
        ticket.check();
        if (call.getAsInt() >= 0) {
            return false;
        }
        Failure failure = failure();
        if (codes.contains(failure.code())) {
            return true;
        }
        throw LibvirtErrors.exception(what, failure);
    }

    /** For calls that answer with a thing, null on failure. */
    <P extends PointerType> P need(String what, Supplier<P> call) {
        ticket.check();
        P answer = call.get();
        if (answer == null) {
            throw LibvirtErrors.exception(what, failure());
        }
        return answer;
    }

    /** As {@link #need}, but empty when the failure says there is no such thing. */
    <P extends PointerType> Optional<P> find(String what, int absent, Supplier<P> call) {
        ticket.check();
        P answer = call.get();
        if (answer != null) {
            return Optional.of(answer);
        }
        Failure failure = failure();
        if (failure.code() == absent) {
            return Optional.empty();
        }
        throw LibvirtErrors.exception(what, failure);
    }

    /** For calls that answer with text of libvirt's, which is copied and freed. */
    String text(String what, Supplier<CString> call) {
        return need(what, call).toString();
    }

    DriverException failed(String what) {
        return LibvirtErrors.exception(what, failure());
    }

    private Failure failure() {
        virError error = libvirt.raw().virGetLastError();
        if (error == null) {
            return new Failure(LibvirtErrors.INTERNAL_ERROR, 0, "no reason given");
        }
        // QEMU's last words come as several lines
        String words = error.message == null
                ? "no reason given"
                : error.message.strip().replaceAll("\\s+", " ");
        return new Failure(error.code, error.domain, words);
    }
}
