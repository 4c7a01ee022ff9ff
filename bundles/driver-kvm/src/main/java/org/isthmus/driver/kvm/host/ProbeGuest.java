// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.host;

import java.util.HexFormat;
import java.util.Optional;
import org.isthmus.driver.kvm.xml.DomainXml;
import org.isthmus.driver.kvm.xml.Xml;
import org.w3c.dom.Element;

/**
 * A guest of one disk sector that shows whether a host really executes guests: it waits for two timer interrupts, counts
 * to fifty million, which takes hundredths of a second where the processor does it and half a minute where KVM carries out each
 * instruction itself, enters 64-bit mode with paging, prints on the serial port, and powers itself off through ACPI. Hosts whose {@code /dev/kvm}
 * exists and does not work fail at one of these.
 *
 * <pre>
 *         cli                        ; 16-bit, loaded at 0000:7c00
 *         xor  ax,ax                 ; ds = es = ss = 0, sp = 7c00
 *         sti / hlt / hlt / cli      ; two ticks of the timer
 *         mov  ecx,50000000 / dec ecx / jnz
 *         ; three page tables at 1000..3fff: the first 2 MiB as they are
 *         lgdt [gdt]                 ; one 64-bit code segment
 *         ; cr4.PAE, cr3 = 1000, EFER.LME, cr0.PG|PE, jmp 8:long
 * long:   ; 64-bit: print "isthmus-probe-ok" on port 3f8
 *         mov  dx,604 / mov ax,2000 / out dx,ax   ; power off (q35 and i440fx)
 *         hlt
 * </pre>
 */
public final class ProbeGuest {
    /** SeaBIOS boots no disk that is smaller than a cylinder or so. */
    public static final long DISK_BYTES = 4L << 20;

    public static final int SECTOR = 512;

    private static final String CODE = "fa31c08ed88ec08ed0bc007cfbf4f4fa66b980f0fa02664975fcfcbf0010b90018f3abc7060010"
            + "0320c70600200330c70600308300660f0116b27c0f20e06683c8200f22e066b8001000000f22d8"
            + "66b9800000c00f320d00010f300f20c0660d010000800f22c066ea6f7c00000800488d35190000"
            + "0066baf803ac84c07403eeebf866ba040666b8002066eff4ebfd697374686d75732d70726f6265"
            + "2d6f6b0d0a000000000000000000ffff0000009aaf000f00a27c";

    private ProbeGuest() {}

    /** The boot sector. */
    public static byte[] bootSector() {
        byte[] sector = new byte[SECTOR];
        byte[] code = HexFormat.of().parseHex(CODE);
        System.arraycopy(code, 0, sector, 0, code.length);
        sector[SECTOR - 2] = 0x55;
        sector[SECTOR - 1] = (byte) 0xaa;
        return sector;
    }

    /** The domain to define, start and watch. Nothing of it but its end matters. */
    public static String domain(
            String name, String uuid, String disk, Acceleration.Kind kind, String cpuModel, String machine) {
        Element domain = Xml.root("domain", "type", kind.domainType());
        Xml.text(domain, "name", name);
        Xml.text(domain, "uuid", uuid);
        Xml.text(domain, "memory", "32", "unit", "MiB");
        Xml.text(domain, "vcpu", "1");
        Element os = Xml.add(domain, "os");
        Xml.text(os, "type", "hvm", "arch", "x86_64", "machine", machine);
        Xml.add(Xml.add(domain, "features"), "acpi");
        DomainXml.cpu(domain, kind, cpuModel);
        Xml.text(domain, "on_poweroff", "destroy");
        Xml.text(domain, "on_reboot", "destroy");
        Xml.text(domain, "on_crash", "destroy");
        Element devices = Xml.add(domain, "devices");
        Element file = Xml.add(devices, "disk", "type", "file", "device", "disk");
        Xml.add(file, "driver", "name", "qemu", "type", "raw");
        Xml.add(file, "source", "file", disk);
        Xml.add(file, "target", "dev", "vda", "bus", "virtio");
        Xml.add(file, "readonly");
        Xml.add(file, "boot", "order", "1");
        Xml.add(devices, "controller", "type", "usb", "model", "none");
        Xml.add(devices, "memballoon", "model", "none");
        Xml.add(Xml.add(devices, "video"), "model", "type", "none");
        return Xml.write(domain);
    }

    /** What a finished probe's state tells, or empty while it runs. */
    public static Optional<Boolean> verdict(Domains.State state) {
        return switch (state) {
            case ENDED -> Optional.of(true);
            case OFF, CRASHED -> Optional.of(false);
            case RUNNING, PAUSED, UNKNOWN -> Optional.empty();
        };
    }
}
