// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import com.sun.jna.Library;
import com.sun.jna.ptr.PointerByReference;
import org.libvirt.jna.DomainPointer;

/** The one call of libvirt-qemu that is needed. */
interface MoreLibvirtQemu extends Library {
    int virDomainQemuMonitorCommand(DomainPointer domain, String command, PointerByReference answer, int flags);
}
