// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import com.sun.jna.Library;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import org.libvirt.jna.CString;
import org.libvirt.jna.ConnectionPointer;
import org.libvirt.jna.DomainPointer;
import org.libvirt.jna.SizeT;
import org.libvirt.jna.StreamPointer;

/** Calls of libvirt that the library's mapping lacks, or has in a form that does not fit. Names are libvirt's own. */
interface MoreLibvirt extends Library {
    int STATS_STATE = 1;
    int STATS_CPU_TOTAL = 1 << 1;
    int STATS_BALLOON = 1 << 2;
    int STATS_INTERFACE = 1 << 4;
    int STATS_BLOCK = 1 << 5;
    /** Rather fewer counters of a domain that is busy than a wait for it. */
    int STATS_NOWAIT = 1 << 29;

    int CONSOLE_FORCE = 1;
    int SHUTDOWN_ACPI = 1;

    void virSetErrorFunc(Pointer userData, Pointer handler);

    CString virConnectGetDomainCapabilities(
            ConnectionPointer conn, String emulator, String arch, String machine, String type, int flags);

    int virConnectGetAllDomainStats(ConnectionPointer conn, int stats, PointerByReference records, int flags);

    int virDomainListGetStats(Pointer[] domains, int stats, PointerByReference records, int flags);

    void virDomainStatsRecordListFree(Pointer records);

    int virDomainOpenConsole(DomainPointer domain, String device, StreamPointer stream, int flags);

    int virDomainShutdownFlags(DomainPointer domain, int flags);

    int virStreamSend(StreamPointer stream, byte[] data, SizeT length);

    int virStreamRecv(StreamPointer stream, byte[] data, SizeT length);
}
