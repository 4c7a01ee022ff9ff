// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.time.Duration;

/** As deployed: a configured delay is real, and a CRASH ends this process. */
final class RealMachine implements Switchboard.Machine {
    /** What a process killed by SIGKILL ends with in a shell. */
    private static final int KILLED = 137;

    @Override
    public void pass(Duration delay) throws InterruptedException {
        Thread.sleep(delay.toMillis());
    }

    @Override
    public void halt() {
        Runtime.getRuntime().halt(KILLED);
    }
}
