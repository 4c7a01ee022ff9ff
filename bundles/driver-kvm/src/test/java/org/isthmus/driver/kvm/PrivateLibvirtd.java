// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A libvirtd of the tests' own, to be killed, frozen and started again while others go on working with theirs. */
final class PrivateLibvirtd implements AutoCloseable {
    private final Path directory;
    private final Path script;
    private Process daemon;

    private PrivateLibvirtd(Path directory, Path script) {
        this.directory = directory;
        this.script = script;
    }

    /** Starts one, or the test is skipped where that cannot be. */
    static PrivateLibvirtd required() {
        Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")), "Only root can start a libvirtd of the tests' own.");
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/sbin/libvirtd")) && Files.isExecutable(Path.of("/usr/sbin/virtlogd")),
                "libvirtd and virtlogd are not installed.");
        try {
            // a socket's path has at most 107 characters: no deep directory
            Path directory = Files.createTempDirectory(Path.of("/var/tmp"), "isthmus-lv");
            Path script = directory.resolve("start.sh");
            try (InputStream content = PrivateLibvirtd.class.getResourceAsStream("/private-libvirtd.sh")) {
                Files.copy(content, script, StandardCopyOption.REPLACE_EXISTING);
            }
            PrivateLibvirtd libvirtd = new PrivateLibvirtd(directory, script);
            libvirtd.start();
            return libvirtd;
        } catch (IOException e) {
            throw new IllegalStateException("No libvirtd of the tests' own", e);
        }
    }

    String uri() {
        return "qemu:///system?socket=" + directory.resolve("run/libvirt-sock");
    }

    String storage() {
        return directory.resolve("servers").toString();
    }

    void start() {
        try {
            daemon = new ProcessBuilder(
                            "unshare", "-m", "--propagation", "private", "sh", script.toString(), directory.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("output").toFile())
                    .start();
        } catch (IOException e) {
            throw new IllegalStateException("libvirtd cannot be started", e);
        }
        for (int i = 0; i < 100; i++) {
            if (answers()) {
                return;
            }
            pause();
        }
        throw new AssertionError("libvirtd did not come up; see " + directory);
    }

    private boolean answers() {
        try {
            Process virsh = new ProcessBuilder("virsh", "-q", "-c", uri(), "version")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return virsh.waitFor(10, TimeUnit.SECONDS) && virsh.exitValue() == 0;
        } catch (IOException e) {
            throw new IllegalStateException("virsh is not installed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** As kill -9. */
    void kill() {
        daemon.destroyForcibly();
        try {
            daemon.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Alive, but no longer answering, as a host is whose network cable is out. */
    void freeze() {
        signal("STOP");
    }

    void thaw() {
        signal("CONT");
    }

    private void signal(String name) {
        RealHost.run("kill", "-" + name, String.valueOf(daemon.pid()));
    }

    /** Ends the daemons and every guest, and removes their files. */
    @Override
    public void close() {
        kill();
        List<ProcessHandle> ours = ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains(directory.toString()))
                        .isPresent())
                .toList();
        ours.forEach(ProcessHandle::destroyForcibly);
        RealHost.run("rm", "-rf", directory.toString());
    }
}
