// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * One table from libvirt's errors to the kinds a host acts on. The number decides; where libvirt says no more than
 * "something failed", its words do.
 */
final class LibvirtErrors {
    /** {@code VIR_ERR_…} of libvirt's virterror.h. */
    static final int INTERNAL_ERROR = 1;

    static final int SYSTEM_ERROR = 38;
    static final int NO_DOMAIN = 42;
    static final int AUTH_FAILED = 45;
    static final int NO_STORAGE_POOL = 49;
    static final int NO_STORAGE_VOL = 50;
    static final int OPERATION_INVALID = 55;
    static final int OPERATION_FAILED = 9;
    static final int NO_DOMAIN_SNAPSHOT = 72;
    static final int NO_DOMAIN_METADATA = 80;
    static final int DEVICE_MISSING = 99;

    /** {@code VIR_FROM_RPC} and its kin: what failed is the way to the host. */
    private static final List<Integer> ON_THE_WAY = List.of(7, 13);

    private static final Map<Integer, Kind> KINDS = Map.ofEntries(
            Map.entry(NO_DOMAIN, Kind.NOT_FOUND),
            Map.entry(NO_DOMAIN_SNAPSHOT, Kind.NOT_FOUND),
            Map.entry(NO_DOMAIN_METADATA, Kind.NOT_FOUND),
            Map.entry(NO_STORAGE_POOL, Kind.NOT_FOUND),
            Map.entry(NO_STORAGE_VOL, Kind.NOT_FOUND),
            Map.entry(DEVICE_MISSING, Kind.NOT_FOUND),
            // DOM_EXIST, OPERATION_INVALID, STORAGE_VOL_EXIST
            Map.entry(28, Kind.CONFLICT),
            Map.entry(OPERATION_INVALID, Kind.CONFLICT),
            Map.entry(90, Kind.CONFLICT),
            // UNKNOWN_HOST, NO_CONNECT, INVALID_CONN, RPC, GNUTLS_ERROR, SSH, NO_SERVER, NO_CLIENT, LIBSSH
            Map.entry(4, Kind.UNAVAILABLE),
            Map.entry(5, Kind.UNAVAILABLE),
            Map.entry(6, Kind.UNAVAILABLE),
            Map.entry(39, Kind.UNAVAILABLE),
            Map.entry(40, Kind.UNAVAILABLE),
            Map.entry(85, Kind.UNAVAILABLE),
            Map.entry(95, Kind.UNAVAILABLE),
            Map.entry(96, Kind.UNAVAILABLE),
            Map.entry(98, Kind.UNAVAILABLE),
            // OPERATION_TIMEOUT (another job holds the domain), AGENT_UNRESPONSIVE, RESOURCE_BUSY
            Map.entry(68, Kind.UNAVAILABLE),
            Map.entry(86, Kind.UNAVAILABLE),
            Map.entry(87, Kind.UNAVAILABLE),
            // OPERATION_DENIED, AUTH_FAILED, AUTH_CANCELLED, ACCESS_DENIED, AUTH_UNAVAILABLE
            Map.entry(29, Kind.DENIED),
            Map.entry(AUTH_FAILED, Kind.DENIED),
            Map.entry(79, Kind.DENIED),
            Map.entry(88, Kind.DENIED),
            Map.entry(94, Kind.DENIED),
            // NO_MEMORY, DRIVER_FULL
            Map.entry(2, Kind.NO_CAPACITY),
            Map.entry(25, Kind.NO_CAPACITY),
            // NO_SUPPORT, INVALID_ARG, OS_TYPE, XML_ERROR, XML_DETAIL, INVALID_MAC, CONFIG_UNSUPPORTED,
            // ARGUMENT_UNSUPPORTED, OPERATION_UNSUPPORTED, CPU_INCOMPATIBLE, XML_INVALID_SCHEMA
            Map.entry(3, Kind.INVALID),
            Map.entry(8, Kind.INVALID),
            Map.entry(16, Kind.INVALID),
            Map.entry(27, Kind.INVALID),
            Map.entry(35, Kind.INVALID),
            Map.entry(44, Kind.INVALID),
            Map.entry(67, Kind.INVALID),
            Map.entry(74, Kind.INVALID),
            Map.entry(84, Kind.INVALID),
            Map.entry(91, Kind.INVALID),
            Map.entry(92, Kind.INVALID));

    /** What libvirt says in words, where its number says nothing. The first that fits counts. */
    private static final List<Map.Entry<String, Kind>> WORDS = List.of(
            Map.entry("Cannot allocate memory", Kind.NO_CAPACITY),
            Map.entry("cannot set up guest memory", Kind.NO_CAPACITY),
            Map.entry("No space left on device", Kind.NO_CAPACITY),
            Map.entry("Disk quota exceeded", Kind.NO_CAPACITY),
            Map.entry("No more available PCI slots", Kind.NO_CAPACITY),
            Map.entry("asynchronous jobs running", Kind.UNAVAILABLE),
            Map.entry("client socket is closed", Kind.UNAVAILABLE),
            Map.entry("End of file while reading", Kind.UNAVAILABLE),
            Map.entry("Failed to connect to the monitor", Kind.UNAVAILABLE),
            Map.entry("in the process of unplug", Kind.UNAVAILABLE));

    /** Said with AUTH_FAILED when libvirtd ends in the middle of a TLS handshake: nobody has refused anything. */
    private static final String CUT_OFF = "Error in the pull function";

    private LibvirtErrors() {}

    /** An error as libvirt keeps it for a thread: its number, where it comes from, its words. */
    record Failure(int code, int from, String message) {
        boolean onTheWay() {
            return ON_THE_WAY.contains(from);
        }
    }

    static Kind kind(Failure failure) {
        Optional<Kind> said = WORDS.stream()
                .filter(entry -> failure.message().contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
        Kind kind = KINDS.get(failure.code());
        boolean vague = failure.code() == INTERNAL_ERROR
                || failure.code() == SYSTEM_ERROR
                || failure.code() == OPERATION_FAILED;
        if (failure.onTheWay() && (vague || kind == Kind.UNAVAILABLE)) {
            // a socket or a certificate that may not be read will not be readable in a minute
            return failure.message().contains("Permission denied")
                            || failure.message().contains("certificate")
                            || failure.message().contains("Certificate")
                    ? Kind.DENIED
                    : Kind.UNAVAILABLE;
        }
        if (failure.code() == AUTH_FAILED && failure.message().contains(CUT_OFF)) {
            return Kind.UNAVAILABLE;
        }
        if (vague || kind == null) {
            return said.orElse(Kind.BROKEN);
        }
        return kind;
    }

    /** @param what was to be done: "start the server" */
    static DriverException exception(String what, Failure failure) {
        Kind kind = kind(failure);
        return new DriverException(kind, "libvirt could not " + what + ": " + failure.message() + advice(kind));
    }

    private static String advice(Kind kind) {
        return switch (kind) {
            case UNAVAILABLE -> " (the call is repeated)";
            case DENIED -> " (check the endpoint's certificate, key or user, and libvirtd's own access rules)";
            case NO_CAPACITY -> " (the host is full)";
            case THROTTLED, INVALID, CONFLICT, NOT_FOUND, BROKEN -> "";
        };
    }
}
