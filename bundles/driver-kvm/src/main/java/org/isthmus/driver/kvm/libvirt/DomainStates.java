// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import org.isthmus.driver.kvm.host.Domains.State;

/** libvirt's {@code virDomainState} with its reason, as ours. */
final class DomainStates {
    private static final int BY_THE_GUEST = 1;
    private static final int BY_A_CRASH = 3;

    private DomainStates() {}

    static State of(int state, int reason) {
        return switch (state) {
                // running, blocked, being shut down: QEMU is there and works
            case 1, 2, 4 -> State.RUNNING;
                // paused, asleep
            case 3, 7 -> State.PAUSED;
            case 5 -> switch (reason) {
                case BY_THE_GUEST -> State.ENDED;
                case BY_A_CRASH -> State.CRASHED;
                default -> State.OFF;
            };
            case 6 -> State.CRASHED;
            default -> State.UNKNOWN;
        };
    }
}
