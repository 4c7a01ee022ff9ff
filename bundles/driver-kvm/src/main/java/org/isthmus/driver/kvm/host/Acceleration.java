// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.host;

/** How a host runs its guests, and how that was found out. */
public record Acceleration(Kind kind, String reason) {
    /** By the CPU itself, or emulated. */
    public enum Kind {
        KVM("kvm", "accel-kvm"),
        TCG("qemu", "accel-tcg");

        private final String domainType;
        private final String capability;

        Kind(String domainType, String capability) {
            this.domainType = domainType;
            this.capability = capability;
        }

        /** libvirt's word for it. */
        public String domainType() {
            return domainType;
        }

        /** Among the driver's capabilities. */
        public String capability() {
            return capability;
        }
    }
}
