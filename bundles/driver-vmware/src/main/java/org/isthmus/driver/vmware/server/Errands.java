// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.TaskInfo;
import java.time.Duration;
import java.util.Optional;
import org.isthmus.driver.vmware.vim.Question;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.Tasks;
import org.isthmus.driver.vmware.vim.VimFault;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.Progress;

/**
 * Tasks of the vCenter, across several calls of the host: the memo names the one under way, and what it was for. Without
 * the memo the same is found by looking at what is there.
 */
public final class Errands {
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration BUSY = Duration.ofSeconds(2);
    private static final String MEMO = "task";

    private final Talk talk;
    private final Call call;

    public Errands(Talk talk, Call call) {
        this.talk = talk;
        this.call = call;
    }

    /** A task that is under way. */
    public static final class Pending extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Progress.Pending<?> progress;

        Pending(Progress.Pending<?> progress) {
            super(progress.memo(), null, false, false);
            this.progress = progress;
        }

        /** For any kind of result: there is none yet. */
        public <T> Progress<T> answer() {
            return new Progress.Pending<>(progress.memo(), progress.askAgainAfter(), progress.percent());
        }
    }

    /** How a change ends within this call: well, or with {@link Pending}, or with a fault. */
    @FunctionalInterface
    public interface Steps<T> {
        T take(Errands errands);
    }

    /** Takes the steps; what is under way, or in the way for a moment, is an answer. */
    public static <T> Progress<T> run(Talk talk, Call call, String what, Steps<T> steps) {
        try {
            return Progress.done(steps.take(new Errands(talk, call)));
        } catch (Pending pending) {
            return pending.answer();
        } catch (VimFault fault) {
            if (fault.busy()) {
                return Progress.pending("busy", BUSY);
            }
            throw fault.toDriver(what);
        }
    }

    /**
     * What became of the task that an earlier call began for this step: goes on when it ended well, when there was none, and
     * when it failed for a reason that passes.
     *
     * @throws Pending while it runs
     * @throws VimFault when it failed
     */
    public Optional<TaskInfo> before(String step) {
        Optional<TaskInfo> info = call.memo()
                .filter(memo -> memo.startsWith(MEMO + " " + step + " "))
                .map(memo -> Tasks.task(memo.substring((MEMO + " " + step + " ").length())))
                .flatMap(talk::task);
        if (info.isPresent() && Tasks.failed(info.orElseThrow()) && passes(info.orElseThrow())) {
            return Optional.empty();
        }
        info.ifPresent(found -> settle(step, found));
        return info;
    }

    private static boolean passes(TaskInfo info) {
        DriverException failure = Tasks.fault(info).toDriver("");
        return failure.passing();
    }

    /** Begins a task and sees it done, or throws {@link Pending}, or its fault. */
    public TaskInfo begin(String step, Question<ManagedObjectReference> task) {
        ManagedObjectReference begun = talk.change(task);
        TaskInfo info = talk.task(begun)
                .orElseThrow(() -> new DriverException(
                        DriverException.Kind.BROKEN, "The vCenter has forgotten the task it just began."));
        settle(step, info);
        return info;
    }

    /** Sees what an earlier call began done, or does it now. */
    public void once(String step, Question<ManagedObjectReference> task) {
        if (before(step).isEmpty()) {
            begin(step, task);
        }
    }

    /** Goes on when the task has ended well. */
    static void settle(String step, TaskInfo info) {
        if (Tasks.failed(info)) {
            throw Tasks.fault(info);
        }
        if (!Tasks.succeeded(info)) {
            int percent = info.getProgress() == null ? -1 : Math.max(0, Math.min(100, info.getProgress()));
            throw new Pending(new Progress.Pending<>(
                    MEMO + " " + step + " " + info.getTask().getValue(), SOON, percent));
        }
    }

    /** Asks the host to come again as another part says. */
    public static Pending later(Progress.Pending<?> progress) {
        return new Pending(progress);
    }

    /** Asks the host to come again. */
    public static Pending later(String memo, Duration after) {
        return new Pending(new Progress.Pending<>(memo, after, -1));
    }
}
