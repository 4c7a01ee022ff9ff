// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

/** Whose thing a request is about, as seen by who sends it; and the letter for it in the access table. */
enum Where {
    /** There is only one, of the caller's organization or of the cloud. */
    WHOLE("●"),
    /** The caller's own. */
    OWN("o"),
    /** Of the caller's department. */
    SAME("s"),
    /** Of another department of the caller's organization. */
    OTHER("d"),
    /** Of another organization. */
    FOREIGN("x");

    private final String letter;

    Where(String letter) {
        this.letter = letter;
    }

    String letter() {
        return letter;
    }
}
