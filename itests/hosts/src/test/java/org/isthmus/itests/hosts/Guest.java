// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers;

/**
 * What runs in a server, as its owner meets it: through the controller's console, the only way in. Every answer comes from
 * commands typed there, so it is as true as what a person at the console would see.
 */
final class Guest implements AutoCloseable {
    /** Ten seconds where nothing else runs; an emulated guest on a busy machine takes minutes. */
    private static final Duration BOOT = Duration.ofMinutes(4);

    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final int MOST_LOG = 64 * 1024;

    private final Cloud cloud;
    private final Tenant owner;
    private final String name;
    private Terminal terminal;
    private int boots;

    Guest(Cloud cloud, Tenant owner, String name) {
        this.cloud = cloud;
        this.owner = owner;
        this.name = name;
    }

    String name() {
        return name;
    }

    ServerView view() {
        return owner.server(name);
    }

    String address() {
        return view().addresses().get(0);
    }

    /**
     * Waits until it has booted once more than when this was called last, and every interface has the address its port has.
     * Nothing is typed before: a key pressed early is for the boot loader.
     */
    Guest awaitBoot() {
        Waiting.until(
                name + " is up", BOOT, () -> boots() > boots ? Optional.of(true) : Optional.empty(), this::consoleLog);
        boots = boots();
        close();
        for (String address : view().addresses()) {
            Waiting.until(
                    name + " has " + address,
                    BOOT,
                    () -> addresses().contains(address) ? Optional.of(true) : Optional.empty(),
                    () -> consoleLog() + "\n" + cloud.lab().account(Lab.H1, Lab.H2));
        }
        return this;
    }

    /** The IPv4 addresses it has given itself, but for the loopback's. */
    List<String> addresses() {
        return run("ip -4 -o addr show scope global | awk '{ sub(\"/.*\", \"\", $4); print $4 }'")
                .lines()
                .toList();
    }

    /** What a shell command prints; it must succeed. */
    String run(String command) {
        // a console that was open before a restart, or before libvirtd died, has ended: once more on a new one
        boolean fresh = terminal == null;
        try {
            return open().run(command, ANSWER);
        } catch (IOException e) {
            close();
            if (fresh) {
                throw new AssertionError(name + ": " + e.getMessage(), e);
            }
        }
        try {
            return open().run(command, ANSWER);
        } catch (IOException e) {
            close();
            throw new AssertionError(name + ": " + e.getMessage(), e);
        }
    }

    private Terminal open() throws IOException {
        if (terminal == null) {
            terminal = Terminal.open(console(), BOOT);
        }
        return terminal;
    }

    private Servers.ConsoleLine console() {
        return Waiting.until(name + " has a console", ANSWER, () -> {
            try {
                Servers.ConsoleTicket ticket = cloud.submit(
                                owner.caller(), new Servers.OpenConsole(owner.organization(), new Ref(name)))
                        .result();
                return Optional.of(cloud.core().domain().servers().openConsole(ticket.ticket()));
            } catch (ProblemException e) {
                if (e.retryAfter().isPresent()) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    /** Asks the guest's probe, as documented in its recipe, guest-init. */
    String probe(String question) {
        // the first two lines are the CGI's header
        return run("QUERY_STRING='" + question + "' /www/cgi-bin/probe | sed 1,2d");
    }

    /** Another id after every boot. */
    String boot() {
        return run("cat /proc/sys/kernel/random/boot_id");
    }

    /** How often its log says that it was up. */
    private int boots() {
        return consoleLog().split("guest-ready ", -1).length - 1;
    }

    /** The last of what it printed to its serial console. */
    String consoleLog() {
        return new String(
                cloud.core()
                        .domain()
                        .servers()
                        .consoleLog(owner.caller(), owner.organization(), new Ref(name), MOST_LOG),
                StandardCharsets.ISO_8859_1);
    }

    /** Leaves the console. */
    @Override
    public void close() {
        if (terminal != null) {
            terminal.close();
            terminal = null;
        }
    }
}
