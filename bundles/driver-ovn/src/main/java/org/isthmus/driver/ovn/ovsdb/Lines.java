// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

/** Makes what a peer said fit for one line of a message. */
final class Lines {
    private static final int LONGEST = 300;

    private Lines() {}

    static String shorten(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
