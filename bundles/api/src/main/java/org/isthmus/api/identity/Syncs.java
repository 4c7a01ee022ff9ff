// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.identity.Provisioning.ByDirectory;
import org.isthmus.model.Ids.DirectoryId;
import org.osgi.annotation.versioning.ProviderType;

/** Bringing the people and groups of LDAP directories here. CONFLICT for directories of another kind, which tell by themselves. */
@ProviderType
public interface Syncs {
    /** What a plan is known by. */
    Pattern PLAN = Pattern.compile("[0-9a-f]{32}");

    /** How it goes with a directory. */
    enum State {
        /** Never done, and not asked for. */
        NEVER,
        /** Somebody asked for it; it begins within seconds. */
        ASKED,
        RUNNING,
        /** All is here as it is there, but for what was refused and is noted. */
        DONE,
        /** Nothing was done, for it would take too much: it waits for somebody to confirm the plan. */
        STOPPED,
        /** The directory could not be asked, or not all was done. */
        FAILED
    }

    /**
     * What would be done, or was.
     *
     * @param id what it is known by when it is confirmed; the same differences have the same
     * @param steps the first of them, for people to read
     * @param notes what is there and stays as it is here, and why: the first of them
     * @param tooMuch why it is not done unless it is confirmed
     */
    record SyncPlanView(
            String id,
            int created,
            int changed,
            int disabled,
            int gone,
            int groups,
            int groupsGone,
            int joined,
            int left,
            List<String> steps,
            List<String> notes,
            Optional<String> tooMuch) {
        public SyncPlanView {
            steps = List.copyOf(steps);
            notes = List.copyOf(notes);
        }
    }

    /**
     * How it went last.
     *
     * @param plan of the last run that came so far
     */
    record SyncView(
            DirectoryId directory,
            State state,
            Optional<String> detail,
            Optional<Instant> askedAt,
            Optional<Instant> startedAt,
            Optional<Instant> finishedAt,
            Optional<SyncPlanView> plan) {}

    /** What a first look at a directory finds: how many there are, some of them, and what the settings may want otherwise. */
    record LookView(int people, int groups, int unusable, List<String> examples, List<String> hints) {
        public LookView {
            examples = List.copyOf(examples);
            hints = List.copyOf(hints);
        }
    }

    /** How it went last; NEVER for directories of another kind. */
    SyncView last(Caller caller, Ref organization, Ref directory);

    /**
     * What would be done now, without doing it. Asks the directory, so it may take a while.
     *
     * @throws org.isthmus.api.ProblemException DIRECTORY_FAILED when it does not answer, or not whole
     */
    SyncPlanView preview(Caller caller, Ref organization, Ref directory);

    /** Tries the connection, the service account and the searches. Fails like {@link #preview}. */
    LookView look(Caller caller, Ref organization, Ref directory);

    /**
     * Asks for it now.
     *
     * @param confirm the id of a plan that takes too much to be done unasked
     */
    record SyncDirectory(Ref organization, Ref directory, Optional<String> confirm) implements Command<SyncView> {
        public SyncDirectory {
            if (confirm.filter(id -> !PLAN.matcher(id).matches()).isPresent()) {
                throw new IllegalArgumentException("A plan's id is 32 of 0-9 a-f.");
            }
        }

        @Override
        public Action action() {
            return Action.DIRECTORY_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("directory", directory);
        }
    }

    /**
     * A directory tells how a run ended. CONFLICT when another has taken it over meanwhile.
     *
     * @param holder whose run it is
     * @param fence that nobody has taken it over since
     */
    record EndSync(
            Ref organization,
            DirectoryId directory,
            String holder,
            long fence,
            State state,
            Optional<String> detail,
            Optional<SyncPlanView> plan)
            implements ByDirectory<SyncView> {
        @Override
        public Subject about() {
            return Subject.of("directory", directory);
        }
    }
}
