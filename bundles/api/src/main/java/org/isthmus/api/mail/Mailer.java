// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.mail;

import org.osgi.annotation.versioning.ConsumerType;

/** Hands mail to a mail server. There only where the platform's operator has named one. */
@ConsumerType
public interface Mailer {
    /**
     * Hands one over. Returns when the server has taken it; takes at most a minute.
     *
     * @throws NotTaken when it did not
     */
    void send(Mail mail);

    /**
     * A mail to one person, in plain text.
     *
     * @param id of it, the same when it is sent again: letters, digits, hyphens, underscores, dots
     */
    record Mail(String id, String to, String subject, String text) {}

    /** A mail that was not taken. */
    final class NotTaken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final boolean forGood;

        /**
         * With a reason.
         *
         * @param forGood the same mail will never be taken
         */
        public NotTaken(String reason, boolean forGood, Throwable cause) {
            super(reason, cause);
            this.forGood = forGood;
        }

        /** Whether sending it again is in vain. */
        public boolean forGood() {
            return forGood;
        }
    }
}
