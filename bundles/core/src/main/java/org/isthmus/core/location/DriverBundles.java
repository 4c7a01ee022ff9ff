// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

/** Installed bundles, as far as an update of a driver needs them. Every method may take a while and none waits for ever. */
public interface DriverBundles {
    /**
     * Installs a bundle beside another one, of which it is a copy in another version. It does not run, and would not after a
     * restart either.
     *
     * @return its number
     * @throws Unfit when it cannot be read or is something else: nothing was changed
     */
    long install(String url, long beside) throws Unfit;

    /** Starts it until the next restart. */
    void start(long bundle) throws Unfit;

    /** Starts it after restarts too: from here on it is the one that is meant, whatever happens. */
    void keep(long bundle) throws Unfit;

    /**
     * Stops and removes it; returns when whoever used what it offered has let go.
     *
     * @return false when it is still there, which the log says
     */
    boolean uninstall(long bundle);

    /** Ends what an update left that was killed: removes what was on trial, or what was replaced. */
    void tidy();

    /** A bundle that will not do; the message says why. */
    final class Unfit extends Exception {
        private static final long serialVersionUID = 1L;

        public Unfit(String message) {
            super(message, null, false, false);
        }
    }
}
