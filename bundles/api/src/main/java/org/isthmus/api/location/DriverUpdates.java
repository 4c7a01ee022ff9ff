// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.location;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.location.Locations.PlatformCommand;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Replaces installed drivers by other versions of them while they are used. Each controller has drivers of its own, so an
 * update concerns the controller that it was asked of, and is seen there.
 *
 * <p>An update is a {@link Command} through the gate, which returns when it is written down; the rest goes on here. Both
 * versions live side by side while endpoints move over one by one. When the new one will not do for any of them, all stay
 * with the old one, and the new one is uninstalled.
 */
@ProviderType
public interface DriverUpdates {
    /** The update of a driver that goes on, or the last one since this controller started. NOT_FOUND when there was none. */
    UpdateView get(Caller caller, String driver);

    /** The same, as soon as it has more lines than these or has ended; after the time in any case. */
    UpdateView await(Caller caller, String driver, int lines, Duration longest);

    enum UpdateState {
        RUNNING,
        /** Every endpoint is open with the new version, and the old one is gone; or the last line says that it still is there. */
        UPDATED,
        /** Every endpoint is open with the old version, and the new one is gone; lines say why, and when it still is there. */
        ROLLED_BACK
    }

    /**
     * How far an update is.
     *
     * @param from the version there was
     * @param to the new one, as soon as it is known
     * @param lines what has happened so far, for people
     */
    record UpdateView(
            String driver,
            String url,
            UpdateState state,
            String from,
            Optional<String> to,
            List<String> lines,
            Instant startedAt) {
        public UpdateView {
            lines = List.copyOf(lines);
        }

        public boolean ended() {
            return state != UpdateState.RUNNING;
        }
    }

    /**
     * Replaces the driver of a type. CONFLICT while another update of it goes on.
     *
     * @param url of the new bundle, as the controller reads it: file:, mvn:, http: or https:. It is kept in the audit log and
     *     in the framework, so that it may hold no user or password.
     */
    record UpdateDriver(String driver, String url) implements PlatformCommand<UpdateView> {
        private static final Pattern TYPE = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
        /** What is before an @ in the first part that names a machine, of {@code mvn:} in the repository's. */
        private static final Pattern CREDENTIALS = Pattern.compile("[^/]*//[^/?#]*@.*", Pattern.DOTALL);

        private static final int LONGEST = 2000;

        public UpdateDriver {
            if (!TYPE.matcher(driver).matches()) {
                throw new IllegalArgumentException("A driver's type is short and in lower case, such as fake.");
            }
            // before anything else reads it, and says it in what it throws
            if (CREDENTIALS.matcher(url).matches()) {
                throw new IllegalArgumentException(
                        "The address of a driver holds no user, password or token: it is kept in the"
                                + " audit log. Those of a Maven repository belong into the settings.xml that"
                                + " org.ops4j.pax.url.mvn.settings in etc/org.ops4j.pax.url.mvn.cfg names; anything else can be"
                                + " fetched to the controller's machine and read as file:.");
            }
            if (url.length() > LONGEST
                    || !List.of("file", "mvn", "http", "https").contains(scheme(url))) {
                throw new IllegalArgumentException("The address of a driver begins with file:, mvn:, http: or https:.");
            }
        }

        private static String scheme(String url) {
            String scheme = URI.create(url).getScheme();
            return scheme == null ? "" : scheme;
        }

        @Override
        public Action action() {
            return Action.DRIVER_UPDATE;
        }

        @Override
        public Subject about() {
            return new Subject("driver", driver);
        }
    }
}
