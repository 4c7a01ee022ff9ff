// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.isthmus.itests.hosts.Program.Ended;

/**
 * Hosts such as h1 and h2, OVN's databases on c, and inet on the outside, by {@code lab/lab.sh}, in a directory and an
 * underlay network of their own.
 */
public final class Lab implements AutoCloseable {
    public static final String CENTRAL = "c";
    public static final String H1 = "h1";
    public static final String H2 = "h2";
    public static final String OUTSIDE = "inet";

    /** inet's address on the external segment; it also serves a page there. */
    public static final String INTERNET = "203.0.113.1";

    private static final Duration INSTALLING = Duration.ofMinutes(10);
    private static final Duration STARTING = Duration.ofMinutes(2);
    private static final Duration QUICK = Duration.ofSeconds(40);

    /** Why there cannot be a lab on this machine. */
    public static final class Impossible extends RuntimeException {
        private static final long serialVersionUID = 1;

        Impossible(String why) {
            super(why);
        }
    }

    private final Path script;
    private final Path onemachine;
    private final Map<String, String> environment;
    private final Map<String, String> facts = new HashMap<>();

    private FileChannel lock;

    private Lab(Path checkout, Map<String, String> environment) {
        Path top = checkout.toAbsolutePath().normalize();
        this.script = top.resolve("itests/hosts/lab/lab.sh");
        this.onemachine = top.resolve("karaf-assembly/onemachine");
        this.environment = environment;
    }

    /**
     * Starts it afresh: whatever an earlier run left is gone. One that is still at work is waited for.
     *
     * @param checkout where the scripts are
     * @param network first three numbers of the underlay; a lab has its own, as it has its own directory
     * @throws Impossible where it cannot be
     */
    public static Lab up(Path checkout, String directory, String network, String... hosts) {
        Lab lab = new Lab(checkout, Map.of("ISTHMUS_LAB", directory, "ISTHMUS_LAB_NET", network));
        lab.requirePrograms();
        lab.lock = locked(Path.of(directory + ".lock"));
        lab.script(STARTING, "down").well();
        lab.script(STARTING, Stream.concat(Stream.of("up"), Stream.of(hosts)).toArray(String[]::new))
                .well();
        // a fact may hold "=" itself
        lab.script(QUICK, "facts").well().lines().forEach(line -> {
            int at = line.indexOf('=');
            lab.facts.put(line.substring(0, at), line.substring(at + 1));
        });
        return lab;
    }

    /** The lock that is this run's as long as the channel is open; two runs would take each other's hosts away. */
    private static FileChannel locked(Path file) {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            Waiting.until(
                    "the lab is free",
                    INSTALLING,
                    () -> {
                        try {
                            return Optional.ofNullable(channel.tryLock());
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    },
                    () -> "Another run of these tests has it; -Dlab.directory=… -Dlab.net=… give this one its own.");
            return channel;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void requirePrograms() {
        require(
                Files.isExecutable(Path.of("/usr/bin/unshare")) && Files.isDirectory(Path.of("/proc/self/ns")),
                () -> "Hosts in namespaces need Linux with util-linux.");
        require(
                program("id", "-u").output().equals("0"),
                () -> "Only root may make namespaces and start libvirt: run as root.");
        Ended spaces = program("unshare", "-m", "-n", "-u", "-p", "-i", "--fork", "true");
        require(spaces.code() == 0, () -> "This machine makes no namespaces: " + spaces.output());
        Ended missing = script(QUICK, "missing");
        if (missing.code() != 0) {
            require(
                    Files.exists(Path.of("/etc/debian_version")),
                    () -> "These Debian packages, or what they hold, are missing: " + oneLine(missing));
            List<String> install =
                    new ArrayList<>(List.of(onemachine.resolve("packages.sh").toString(), "install"));
            install.addAll(List.of(oneLine(missing).split(" ")));
            Ended installed = Program.run(Map.of(), INSTALLING, install);
            require(
                    installed.code() == 0,
                    () -> "The packages " + oneLine(missing) + " are missing and cannot be installed: "
                            + installed.output());
        }
    }

    private static void require(boolean so, Supplier<String> why) {
        if (!so) {
            throw new Impossible(why.get());
        }
    }

    private static String oneLine(Ended ended) {
        return ended.output().replace('\n', ' ');
    }

    private static Ended program(String... command) {
        return Program.run(Map.of(), QUICK, List.of(command));
    }

    private Ended script(Duration longest, String... words) {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(words));
        return Program.run(environment, longest, command);
    }

    /** A host loses its power: all its processes are gone at once, its disk stays. */
    public void kill(String host) {
        script(QUICK, "kill", host).well();
    }

    /** Switches a host on; nothing when it is on. */
    public void start(String host) {
        script(STARTING, "start", host).well();
    }

    /** Starts a host's libvirtd unless it runs. */
    public void startLibvirt(String host) {
        script(QUICK, "libvirt", host).well();
    }

    /** A value of {@code lab.sh facts}. */
    public String fact(String name) {
        String value = facts.get(name);
        if (value == null) {
            throw new AssertionError("The lab tells no " + name + ", only " + facts.keySet());
        }
        return value;
    }

    /** Runs a command on a host, as root there. */
    public Ended on(String host, String... command) {
        List<String> words = new ArrayList<>(List.of("exec", host));
        words.addAll(List.of(command));
        return script(QUICK, words.toArray(String[]::new));
    }

    /** Runs a shell's script on a host. */
    public Ended shell(String host, String text) {
        return on(host, "/bin/bash", "-c", text);
    }

    /** Runs virsh on a host, past the controller. */
    public String virsh(String host, String... words) {
        List<String> command = new ArrayList<>(List.of("virsh", "-q", "-c", "qemu:///system"));
        command.addAll(List.of(words));
        return on(host, command.toArray(String[]::new)).well();
    }

    /** Runs ovn-nbctl, past the controller. */
    public String nbctl(String... words) {
        List<String> command = new ArrayList<>(List.of("ovn-nbctl", "--db=" + fact("NB"), "--timeout=20"));
        command.addAll(List.of(words));
        return Program.run(Map.of(), QUICK, command).well();
    }

    /** What OVN thinks of a network just now: who is connected, which ports are bound and translated, the last of its logs. */
    public String account(String... hosts) {
        StringBuilder text = new StringBuilder("OVN, as it was then:\n");
        String southbound = "--db=" + fact("SB");
        String northbound = "--db=" + fact("NB");
        account(text, program("ovn-nbctl", northbound, "--timeout=5", "show"));
        account(text, program("ovn-nbctl", northbound, "--timeout=5", "list", "NB_Global"));
        account(text, program("ovn-sbctl", southbound, "--timeout=5", "show"));
        account(text, program("ovn-sbctl", southbound, "--timeout=5", "list", "Chassis_Private"));
        account(text, program("ovn-sbctl", southbound, "--timeout=5", "list", "Port_Binding"));
        account(text, program("ovn-sbctl", southbound, "--timeout=5", "list", "DNS"));
        account(text, on("c", "tail", "-n", "40", "/var/log/ovn/ovn-northd.log"));
        for (String host : hosts) {
            account(text, on(host, "ovn-appctl", "-t", "ovn-controller", "connection-status"));
            account(text, on(host, "ovs-vsctl", "--timeout=5", "show"));
            account(
                    text,
                    on(host, "ovs-vsctl", "--timeout=5", "--columns=name,ifindex,external_ids", "list", "Interface"));
            // a device that Open vSwitch has not opened is not promiscuous
            account(text, on(host, "ip", "-d", "-s", "link"));
            account(text, on(host, "ovs-ofctl", "dump-ports", "br-int"));
            account(text, on(host, "tail", "-n", "20", "/var/log/openvswitch/ovs-vswitchd.log"));
            account(text, on(host, "tail", "-n", "40", "/var/log/ovn/ovn-controller.log"));
        }
        return text.toString();
    }

    private static void account(StringBuilder text, Ended ended) {
        text.append("$ ")
                .append(ended.command())
                .append('\n')
                .append(ended.output())
                .append('\n');
    }

    /** Where a host keeps its servers; seen by all hosts, but of no use to the others. */
    public Path storage(String host) {
        return Path.of(fact("LAB"), host, "servers");
    }

    /** The tiny guest, built from Debian packages when it is not there yet or its recipe has changed. */
    public Path guestImage() {
        String given = System.getenv("ISTHMUS_GUEST");
        if (given != null) {
            return Path.of(given);
        }
        String cache = System.getenv("XDG_CACHE_HOME");
        Path image = (cache == null ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache))
                .resolve("isthmus/itests-guest.qcow2");
        if (!newer(image, onemachine.resolve("guest-image.sh")) || !newer(image, onemachine.resolve("guest-init"))) {
            Ended built = Program.run(
                    Map.of(),
                    INSTALLING,
                    List.of(onemachine.resolve("guest-image.sh").toString(), image.toString()));
            require(built.code() == 0, () -> "The guest image cannot be built; set ISTHMUS_GUEST: " + built.output());
        }
        return image;
    }

    private static boolean newer(Path one, Path other) {
        try {
            return Files.exists(one) && Files.getLastModifiedTime(one).compareTo(Files.getLastModifiedTime(other)) > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything stops and every trace goes, unless {@code -Dlab.keep} was given. */
    @Override
    public void close() {
        try {
            if (System.getProperty("lab.keep") == null) {
                script(STARTING, "down").well();
            }
        } finally {
            free();
        }
    }

    private void free() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
