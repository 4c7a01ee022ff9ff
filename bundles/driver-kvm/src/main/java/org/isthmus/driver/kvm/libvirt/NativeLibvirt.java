// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.libvirt.jna.Libvirt;

/** libvirt's client library on the controller, loaded when first needed. */
final class NativeLibvirt {
    private static NativeLibvirt loaded;

    private final Libvirt raw;
    private final MoreLibvirt more;
    private final MoreLibvirtQemu qemu;

    /** What was loaded, or what stands before it in a test. */
    NativeLibvirt(Libvirt raw, MoreLibvirt more, MoreLibvirtQemu qemu) {
        this.raw = raw;
        this.more = more;
        this.qemu = qemu;
    }

    private static NativeLibvirt initialized() {
        // asked for by name first: a failed initializer of the mapping's class could not be tried again
        NativeLibrary library = NativeLibrary.getInstance("virt");
        Libvirt raw = Libvirt.INSTANCE;
        MoreLibvirt more = Native.load("virt", MoreLibvirt.class);
        MoreLibvirtQemu qemu = Native.load("virt-qemu", MoreLibvirtQemu.class);
        raw.virInitialize();
        // libvirt prints every error to standard error unless told otherwise, and its handler is global to the
        // process: a Java method there would crash the JVM once this bundle is gone. virInitialize is a function
        // that stays, does nothing the second time, and ignores what it is given.
        more.virSetErrorFunc(Pointer.NULL, library.getFunction("virInitialize"));
        return new NativeLibvirt(raw, more, qemu);
    }

    /**
     * Loads it.
     *
     * @throws DriverException UNAVAILABLE while it is not installed
     */
    static synchronized NativeLibvirt load() {
        if (loaded == null) {
            try {
                loaded = initialized();
            } catch (UnsatisfiedLinkError e) {
                throw new DriverException(
                        Kind.UNAVAILABLE,
                        "libvirt's client library is not on the controller: install it (Debian: libvirt0). "
                                + e.getMessage(),
                        e);
            }
        }
        return loaded;
    }

    Libvirt raw() {
        return raw;
    }

    MoreLibvirt more() {
        return more;
    }

    MoreLibvirtQemu qemu() {
        return qemu;
    }
}
