// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.xml;

import java.util.Optional;
import org.isthmus.driver.kvm.host.Volumes.NewVolume;
import org.w3c.dom.Element;

/** Pools and volumes for libvirt. */
public final class StorageXml {
    private StorageXml() {}

    /** A directory as a pool. Others may enter it, so that QEMU reaches what it may read; only root may list it. */
    public static String pool(String name, String path) {
        Element pool = Xml.root("pool", "type", "dir");
        Xml.text(pool, "name", name);
        Element target = Xml.add(pool, "target");
        Xml.text(target, "path", path);
        Xml.text(Xml.add(target, "permissions"), "mode", "0711");
        return Xml.write(pool);
    }

    /** A volume to make. */
    public static String volume(NewVolume wanted) {
        Element volume = Xml.root("volume");
        Xml.text(volume, "name", wanted.name());
        Xml.text(volume, "capacity", String.valueOf(wanted.capacity()), "unit", "bytes");
        // a raw volume would be written full otherwise
        Xml.text(volume, "allocation", "0", "unit", "bytes");
        Element target = Xml.add(volume, "target");
        Xml.add(target, "format", "type", wanted.format());
        Xml.text(Xml.add(target, "permissions"), "mode", wanted.readable() ? "0644" : "0600");
        if (wanted.format().equals("qcow2")) {
            // version 3: grows with snapshots in it
            Xml.text(target, "compat", "1.1");
        }
        wanted.backing().ifPresent(backing -> {
            Element below = Xml.add(volume, "backingStore");
            Xml.text(below, "path", backing.path());
            Xml.add(below, "format", "type", backing.format());
        });
        return Xml.write(volume);
    }

    /** The path a pool keeps its volumes under. */
    public static Optional<String> poolPath(String poolXml) {
        return Xml.textAt(Xml.parse(poolXml), "target", "path");
    }
}
