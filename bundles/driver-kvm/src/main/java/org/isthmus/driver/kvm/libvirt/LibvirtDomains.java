// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.isthmus.driver.kvm.host.Domains;
import org.isthmus.driver.kvm.xml.ServerMark;
import org.libvirt.jna.CString;
import org.libvirt.jna.DomainPointer;
import org.libvirt.jna.DomainSnapshotPointer;
import org.libvirt.jna.Libvirt;

/** Domains through libvirt. Each call looks its domain up by UUID and lets go of it again. */
final class LibvirtDomains implements Domains {
    private static final int STATS = MoreLibvirt.STATS_STATE
            | MoreLibvirt.STATS_CPU_TOTAL
            | MoreLibvirt.STATS_BALLOON
            | MoreLibvirt.STATS_INTERFACE
            | MoreLibvirt.STATS_BLOCK;

    private static final int XML_INACTIVE = 2;
    private static final int AFFECT_LIVE = 1;
    private static final int AFFECT_CONFIG = 2;
    private static final int METADATA_ELEMENT = 2;
    private static final int BLOCK_RESIZE_BYTES = 1;
    private static final int SNAPSHOT_REDEFINE = 1;
    /** With saved memory, snapshots, NVRAM and checkpoints. */
    private static final int UNDEFINE_ALL = 1 | 2 | 4 | 16;

    private static final int UUID_TEXT = 37;
    private static final int BUSY_ATTEMPTS = 6;
    private static final long BUSY_PAUSE_NANOS = 50_000_000L;

    private final Talk talk;
    private final Libvirt raw;
    private final MoreLibvirt more;

    LibvirtDomains(Talk talk) {
        this.talk = talk;
        this.raw = talk.libvirt().raw();
        this.more = talk.libvirt().more();
    }

    private <T> T with(String what, String uuid, Function<DomainPointer, T> body) {
        DomainPointer domain = talk.need(what, () -> raw.virDomainLookupByUUIDString(talk.connection(), uuid));
        try {
            return body.apply(domain);
        } finally {
            raw.virDomainFree(domain);
        }
    }

    private void act(String what, String uuid, Function<DomainPointer, Integer> call) {
        with(what, uuid, domain -> talk.check(what, () -> call.apply(domain)));
    }

    @Override
    public List<Facts> all() {
        return ask(
                "list its domains",
                records ->
                        more.virConnectGetAllDomainStats(talk.connection(), STATS, records, MoreLibvirt.STATS_NOWAIT));
    }

    /**
     * Asks again for a moment while some QEMU is busy; one that stays so, or hangs, is told without its counters. It is never
     * waited for: a few guests that hang would take every thread there is, and with them the host.
     */
    private List<Facts> ask(String what, ToIntFunction<PointerByReference> question) {
        List<Facts> facts = once(what, question);
        for (int i = 0; i < BUSY_ATTEMPTS && !facts.stream().allMatch(Facts::complete); i++) {
            LockSupport.parkNanos(BUSY_PAUSE_NANOS);
            facts = once(what, question);
        }
        return facts;
    }

    private List<Facts> once(String what, ToIntFunction<PointerByReference> question) {
        PointerByReference records = new PointerByReference();
        int count = talk.check(what, () -> question.applyAsInt(records));
        return facts(records.getValue(), count);
    }

    @Override
    public Optional<Facts> find(String uuid) {
        Optional<DomainPointer> found = talk.find(
                "look for the server",
                LibvirtErrors.NO_DOMAIN,
                () -> raw.virDomainLookupByUUIDString(talk.connection(), uuid));
        if (found.isEmpty()) {
            return Optional.empty();
        }
        DomainPointer domain = found.orElseThrow();
        try {
            Pointer[] one = {domain.getPointer(), Pointer.NULL};
            return ask(
                            "ask for the server's state",
                            records -> more.virDomainListGetStats(one, STATS, records, MoreLibvirt.STATS_NOWAIT))
                    .stream()
                    .findFirst();
        } finally {
            raw.virDomainFree(domain);
        }
    }

    private List<Facts> facts(Pointer records, int count) {
        List<Facts> all = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                Pointer entry = records.getPointer((long) i * Native.POINTER_SIZE);
                DomainPointer domain = new DomainPointer();
                domain.setPointer(entry.getPointer(0));
                TypedParameters values = new TypedParameters(
                        entry.getPointer(Native.POINTER_SIZE), entry.getInt(2L * Native.POINTER_SIZE));
                all.add(facts(domain, values));
            }
            return all;
        } finally {
            more.virDomainStatsRecordListFree(records);
        }
    }

    private Facts facts(DomainPointer domain, TypedParameters values) {
        // the domain's name, UUID and run are in the answer already: no further round trips
        Map<String, DiskFacts> disks = new HashMap<>();
        for (int i = 0; i < values.count("block.count"); i++) {
            String at = "block." + i + ".";
            disks.put(
                    values.text(at + "name"),
                    new DiskFacts(
                            values.text(at + "path"),
                            values.number(at + "capacity"),
                            values.number(at + "physical"),
                            values.number(at + "rd.bytes"),
                            values.number(at + "wr.bytes")));
        }
        long received = 0;
        long sent = 0;
        for (int i = 0; i < values.count("net.count"); i++) {
            received += values.number("net." + i + ".rx.bytes");
            sent += values.number("net." + i + ".tx.bytes");
        }
        int run = raw.virDomainGetID(domain);
        return new Facts(
                uuid(domain),
                raw.virDomainGetName(domain),
                run < 0 || values.has("balloon.rss"),
                run,
                DomainStates.of(values.count("state.state"), values.count("state.reason")),
                values.number("cpu.time"),
                values.number("balloon.rss"),
                disks,
                received,
                sent);
    }

    private String uuid(DomainPointer domain) {
        byte[] text = new byte[UUID_TEXT];
        talk.check("read a domain's UUID", () -> raw.virDomainGetUUIDString(domain, text));
        return new String(text, 0, UUID_TEXT - 1, StandardCharsets.US_ASCII);
    }

    @Override
    public String description(String uuid, boolean persistent) {
        String what = "describe the server";
        return with(
                what,
                uuid,
                domain -> talk.text(what, () -> raw.virDomainGetXMLDesc(domain, persistent ? XML_INACTIVE : 0)));
    }

    @Override
    public void define(String xml) {
        raw.virDomainFree(talk.need("define the server", () -> raw.virDomainDefineXML(talk.connection(), xml)));
    }

    @Override
    public void undefine(String uuid) {
        Optional<DomainPointer> found = talk.find(
                "look for the server",
                LibvirtErrors.NO_DOMAIN,
                () -> raw.virDomainLookupByUUIDString(talk.connection(), uuid));
        if (found.isEmpty()) {
            return;
        }
        DomainPointer domain = found.orElseThrow();
        try {
            talk.checkUnless(
                    "remove the server's definition",
                    List.of(LibvirtErrors.NO_DOMAIN),
                    () -> raw.virDomainUndefineFlags(domain, UNDEFINE_ALL));
        } finally {
            raw.virDomainFree(domain);
        }
    }

    @Override
    public void start(String uuid) {
        act("start the server", uuid, raw::virDomainCreate);
    }

    @Override
    public void resume(String uuid) {
        act("resume the server", uuid, raw::virDomainResume);
    }

    @Override
    public void askToShutDown(String uuid) {
        act(
                "ask the server to shut down",
                uuid,
                domain -> more.virDomainShutdownFlags(domain, MoreLibvirt.SHUTDOWN_ACPI));
    }

    @Override
    public void cutPower(String uuid) {
        String what = "cut the server's power";
        // off already: the guest was quicker
        with(
                what,
                uuid,
                domain -> talk.checkUnless(
                        what, List.of(LibvirtErrors.OPERATION_INVALID), () -> raw.virDomainDestroy(domain)));
    }

    @Override
    public void mark(String uuid, Optional<String> mark) {
        String what = "write Isthmus' mark onto the server";
        with(what, uuid, domain -> {
            int flags = AFFECT_CONFIG | (active(what, domain) ? AFFECT_LIVE : 0);
            return talk.checkUnless(
                    what,
                    mark.isPresent() ? List.of() : List.of(LibvirtErrors.NO_DOMAIN_METADATA),
                    () -> raw.virDomainSetMetadata(
                            domain,
                            METADATA_ELEMENT,
                            mark.orElse(null),
                            mark.isPresent() ? ServerMark.PREFIX : null,
                            ServerMark.NAMESPACE,
                            flags));
        });
    }

    private boolean active(String what, DomainPointer domain) {
        return talk.check(what, () -> raw.virDomainIsActive(domain)) == 1;
    }

    @Override
    public void attach(String uuid, String device, Where where) {
        act("attach the device", uuid, domain -> raw.virDomainAttachDeviceFlags(domain, device, flags(where)));
    }

    @Override
    public void detach(String uuid, String device, Where where) {
        act("detach the device", uuid, domain -> raw.virDomainDetachDeviceFlags(domain, device, flags(where)));
    }

    private static int flags(Where where) {
        return where == Where.RUNNING ? AFFECT_LIVE : AFFECT_CONFIG;
    }

    @Override
    public void growDisk(String uuid, String target, long bytes) {
        act("grow the disk", uuid, domain -> raw.virDomainBlockResize(domain, target, bytes, BLOCK_RESIZE_BYTES));
    }

    @Override
    public void takeSnapshot(String uuid, String xml, boolean recordOnly) {
        String what = "take the snapshot";
        with(
                what,
                uuid,
                domain -> raw.virDomainSnapshotFree(talk.need(
                        what, () -> raw.virDomainSnapshotCreateXML(domain, xml, recordOnly ? SNAPSHOT_REDEFINE : 0))));
    }

    @Override
    public List<String> snapshots(String uuid) {
        String what = "list the server's snapshots";
        return with(what, uuid, domain -> {
            int count = talk.check(what, () -> raw.virDomainSnapshotNum(domain, 0));
            CString[] names = new CString[count];
            int listed =
                    count == 0 ? 0 : talk.check(what, () -> raw.virDomainSnapshotListNames(domain, names, count, 0));
            List<String> descriptions = new ArrayList<>();
            for (int i = 0; i < listed; i++) {
                String name = names[i].toString();
                withSnapshot(
                        what,
                        domain,
                        name,
                        snapshot ->
                                descriptions.add(talk.text(what, () -> raw.virDomainSnapshotGetXMLDesc(snapshot, 0))));
            }
            return descriptions;
        });
    }

    private <T> Optional<T> withSnapshot(
            String what, DomainPointer domain, String name, Function<DomainSnapshotPointer, T> body) {
        Optional<DomainSnapshotPointer> found = talk.find(
                what, LibvirtErrors.NO_DOMAIN_SNAPSHOT, () -> raw.virDomainSnapshotLookupByName(domain, name, 0));
        if (found.isEmpty()) {
            return Optional.empty();
        }
        DomainSnapshotPointer snapshot = found.orElseThrow();
        try {
            return Optional.ofNullable(body.apply(snapshot));
        } finally {
            raw.virDomainSnapshotFree(snapshot);
        }
    }

    @Override
    public void revert(String uuid, String name) {
        String what = "revert to the snapshot";
        with(what, uuid, domain -> {
            DomainSnapshotPointer snapshot = talk.need(what, () -> raw.virDomainSnapshotLookupByName(domain, name, 0));
            try {
                return talk.check(what, () -> raw.virDomainRevertToSnapshot(snapshot, 0));
            } finally {
                raw.virDomainSnapshotFree(snapshot);
            }
        });
    }

    @Override
    public void deleteSnapshot(String uuid, String name) {
        String what = "delete the snapshot";
        with(
                what,
                uuid,
                domain -> withSnapshot(
                        what,
                        domain,
                        name,
                        snapshot -> talk.check(what, () -> raw.virDomainSnapshotDelete(snapshot, 0))));
    }

    @Override
    public String monitor(String uuid, String command) {
        String what = "tell the server's QEMU something";
        return with(what, uuid, domain -> {
            PointerByReference answer = new PointerByReference();
            talk.check(what, () -> talk.libvirt().qemu().virDomainQemuMonitorCommand(domain, command, answer, 0));
            Pointer text = answer.getValue();
            try {
                return text.getString(0, StandardCharsets.UTF_8.name());
            } finally {
                Native.free(Pointer.nativeValue(text));
            }
        });
    }
}
