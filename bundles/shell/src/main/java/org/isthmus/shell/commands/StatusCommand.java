// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.status.Part.Report;
import org.isthmus.shell.command.ShellCommand;

/** How the controller is. Needs neither login nor identity: it is what one asks when those are away. */
@Service
@Command(
        scope = "isthmus",
        name = "status",
        description = "Shows how the controller's parts are; fails when a needed one is down")
public final class StatusCommand extends ShellCommand {
    @Override
    protected void run() throws Failed {
        List<Report> reports = services().parts().stream()
                .flatMap(part -> part.report().stream())
                .toList();
        List<String> away = services().away();
        List<String> down = reports.stream()
                .filter(report -> report.needed() && !report.up())
                .map(Report::name)
                .toList();
        if (json()) {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("ready", down.isEmpty() && away.isEmpty());
            all.put("parts", reports);
            all.put("away", away);
            print(all);
        } else {
            print("name up needed detail", reports, Optional.empty());
            away.forEach(what -> say(what + " is away."));
        }
        if (!down.isEmpty() || !away.isEmpty()) {
            throw new Failed("The controller is not ready"
                    + (down.isEmpty() ? "." : ": " + String.join(", ", down) + " is needed and down.")
                    + (away.isEmpty() ? "" : " Some of its services are away: see bundle:list and scr:list."));
        }
    }
}
