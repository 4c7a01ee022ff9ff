// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

/** A check failed. For the audit log and the operator; a stranger is told none of it. */
public final class Untrusted extends RuntimeException {
    private final Refusal refusal;

    Untrusted(Refusal refusal, String detail) {
        super(detail.isEmpty() ? refusal.text() : refusal.text() + " (" + printable(detail) + ")", null, false, false);
        this.refusal = refusal;
    }

    Untrusted(Refusal refusal) {
        this(refusal, "");
    }

    public Refusal refusal() {
        return refusal;
    }

    /** What comes from outside may be long, and may try to look like another line of a log. */
    private static String printable(String text) {
        String line = text.replaceAll("[^ -~]", "?");
        return line.length() <= 200 ? line : line.substring(0, 200);
    }
}
