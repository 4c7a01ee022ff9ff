// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;
import org.junit.jupiter.api.Assumptions;

/** The libvirt that tests may use, and what they see of it by other means than the driver. */
final class RealHost {
    static final String STORAGE = "/var/lib/isthmus-test/servers";

    private final String uri;
    private final FileImage image;
    private final String storage;

    private RealHost(String uri, FileImage image, String storage) {
        this.uri = uri;
        this.image = image;
        this.storage = storage;
    }

    /** Another libvirt, with the same image. */
    RealHost at(String otherUri, String otherStorage) {
        return new RealHost(otherUri, image, otherStorage);
    }

    /** True when there is an Open vSwitch bridge to plug into. */
    boolean hasBridge() {
        try {
            Process process = new ProcessBuilder("ovs-vsctl", "--timeout=5", "br-exists", "br-int").start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static void pause() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The host, or the test is skipped. */
    static RealHost required() {
        String uri = given("isthmus.kvm.uri");
        Assumptions.assumeTrue(
                uri != null, "Set isthmus.kvm.uri (such as qemu:///system) to test against a real libvirt.");
        String image = given("isthmus.kvm.image");
        Assumptions.assumeTrue(image != null, "Set isthmus.kvm.image to a small bootable qcow2 file.");
        try {
            return new RealHost(uri, new FileImage(Path.of(image)), STORAGE);
        } catch (IOException e) {
            throw new IllegalStateException("isthmus.kvm.image cannot be read", e);
        }
    }

    private static String given(String property) {
        String value = System.getProperty(property);
        return value != null ? value : System.getenv(property.replace('.', '_').toUpperCase(java.util.Locale.ROOT));
    }

    FileImage image() {
        return image;
    }

    String uri() {
        return uri;
    }

    KvmDriver open(DriverContext context, String acceleration) {
        KvmDriverFactory factory = new KvmDriverFactory();
        Map<String, String> settings = new HashMap<>();
        for (Setting setting : factory.settings()) {
            setting.defaultValue().ifPresent(value -> settings.put(setting.name(), value));
        }
        settings.put("uri", uri);
        settings.put("storagePath", storage);
        settings.put("acceleration", acceleration);
        EndpointId id = new EndpointId("ept_01930000-0000-7000-8000-000000000001");
        return (KvmDriver) factory.open(new EndpointConfig(id, "host-1", settings, Map.of()), context);
    }

    /** What a command prints; its failure is the test's. */
    static String run(String... command) {
        try {
            Process process = new ProcessBuilder(List.of(command))
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError(String.join(" ", command) + " failed: " + output);
            }
            return output;
        } catch (IOException e) {
            throw new AssertionError(String.join(" ", command) + " cannot be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }

    String virsh(String... words) {
        String[] command = new String[words.length + 4];
        command[0] = "virsh";
        command[1] = "-q";
        command[2] = "-c";
        command[3] = uri;
        System.arraycopy(words, 0, command, 4, words.length);
        return run(command);
    }

    /** libvirt's id of a domain's run. */
    Optional<Integer> run(String ref) {
        String id = virsh("domid", ref).trim();
        return id.isEmpty() || id.equals("-") ? Optional.empty() : Optional.of(Integer.valueOf(id));
    }
}
