// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The installed types of operation. */
public final class Processes {
    private final Map<String, Process> byType = new ConcurrentHashMap<>();

    public Processes() {}

    public Processes(Collection<Process> processes) {
        processes.forEach(this::add);
    }

    public void add(Process process) {
        if (byType.putIfAbsent(process.type(), process) != null) {
            throw new IllegalStateException("Two processes for " + process.type());
        }
    }

    public void remove(Process process) {
        byType.remove(process.type(), process);
    }

    public Optional<Process> find(String type) {
        return Optional.ofNullable(byType.get(type));
    }

    public Process of(String type) {
        return find(type).orElseThrow(() -> new IllegalStateException("No process for operations of type " + type));
    }
}
