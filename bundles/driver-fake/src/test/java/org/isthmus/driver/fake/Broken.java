// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.SeenNic;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;

/** What the broken drivers need: a memory that outlasts a reopening, and ways to bend an answer. */
final class Broken {
    /** Things noted, by name. */
    final Map<String, String> notes = new ConcurrentHashMap<>();

    /** Names noted. */
    final Set<String> names = ConcurrentHashMap.newKeySet();

    /** Servers that are shown although they are not there. */
    final List<SeenServer> ghosts = new ArrayList<>();

    /** How often it was opened. */
    int opened;

    /** An id of the same kind that differs in its last digit. */
    static String otherId(String id) {
        String begin = id.substring(0, id.length() - 1);
        return begin + (id.endsWith("e") ? "f" : "e");
    }

    static DriverException refused(Kind kind) {
        return new DriverException(kind, "This driver is broken on purpose.");
    }

    /** The answer, or another refusal where it refuses with the first kind. */
    static <T> T refusingAs(Kind right, Kind wrong, Supplier<T> body) {
        try {
            return body.get();
        } catch (DriverException e) {
            throw e.kind() == right ? refused(wrong) : e;
        }
    }

    /** The answer, or this one where it refuses with the kind. */
    static <T> T insteadOf(Kind right, T wrong, Supplier<T> body) {
        try {
            return body.get();
        } catch (DriverException e) {
            if (e.kind() == right) {
                return wrong;
            }
            throw e;
        }
    }

    /** The answer; once it was done, it is noted under the name. */
    <T> Progress<T> noting(String name, Progress<T> answer) {
        if (answer instanceof Progress.Done<T>) {
            names.add(name);
        }
        return answer;
    }

    /** True when this thread is another than the first that said this token. */
    boolean fromAnotherThread(Call call) {
        String me = Thread.currentThread().getName();
        return !notes.computeIfAbsent(call.token(), token -> me).equals(me);
    }

    /** True when the token was said before this opening, and no memo came along. */
    boolean anewWithoutMemo(Call call) {
        String now = String.valueOf(opened);
        return call.memo().isEmpty()
                && !notes.computeIfAbsent(call.token(), token -> now).equals(now);
    }

    static SeenServer shown(SeenServer seen, String ref, String host, Optional<String> token, boolean managed) {
        return new SeenServer(
                ref,
                host,
                seen.name(),
                seen.server(),
                token,
                managed,
                seen.power(),
                seen.cpus(),
                seen.memoryMiB(),
                seen.disks(),
                seen.nics());
    }

    /** The same with an address on each interface, said by nobody. */
    static SeenServer talking(SeenServer seen) {
        return new SeenServer(
                seen.ref(),
                seen.host(),
                seen.name(),
                seen.server(),
                seen.token(),
                seen.managed(),
                seen.power(),
                seen.cpus(),
                seen.memoryMiB(),
                seen.disks(),
                seen.nics().stream()
                        .map(nic -> new SeenNic(nic.id(), nic.mac(), List.of("192.0.2.7")))
                        .toList());
    }

    static SeenServer twin(SeenServer seen) {
        return shown(seen, seen.ref() + "-2", seen.host(), seen.token(), true);
    }

    List<SeenServer> withGhosts(List<SeenServer> sound) {
        List<SeenServer> all = new ArrayList<>(sound);
        all.addAll(ghosts);
        return all;
    }
}
