// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;

/** An endpoint's settings, checked. */
record KvmSettings(
        String uri, String storagePath, String acceleration, String cpuModel, String machine, Optional<String> bridge) {
    private static final Set<String> SCHEMES =
            Set.of("qemu", "qemu+unix", "qemu+tls", "qemu+ssh", "qemu+libssh", "qemu+libssh2");
    /**
     * What an address may say beside the host. Not among them is what would run a program on the controller ({@code
     * command}, {@code netcat}) or trust whoever answers ({@code no_verify}, {@code known_hosts_verify}).
     */
    private static final Set<String> PARAMETERS =
            Set.of("keyfile", "known_hosts", "mode", "no_tty", "pkipath", "socket", "sshauth", "tls_priority");

    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern BRIDGE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,14}");
    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9._-]+)+");

    static final List<Setting> SCHEMA = List.of(
            Setting.optional(
                    "uri",
                    Setting.Type.TEXT,
                    "qemu:///system",
                    "libvirt's address of the host: qemu:///system for this machine, qemu+tls://host/system, or"
                            + " qemu+ssh://user@host/system?keyfile=path&no_tty=1."),
            Setting.optional(
                    "storagePath",
                    Setting.Type.TEXT,
                    "/var/lib/isthmus/servers",
                    "The directory on the host for images, disks and console logs; made when absent."),
            Setting.choice(
                    "acceleration",
                    "auto",
                    List.of("auto", "kvm", "tcg"),
                    "How guests run: auto boots a probe guest under KVM and falls back to emulation (tcg)."),
            Setting.optional(
                    "cpuModel",
                    Setting.Type.TEXT,
                    "auto",
                    "The guests' CPU: auto (the host's own under KVM), host-passthrough, host-model, maximum, or a model"
                            + " QEMU knows."),
            Setting.optional("machine", Setting.Type.TEXT, "q35", "QEMU's machine type, such as q35 or pc-q35-7.2."),
            Setting.optional(
                    "bridge",
                    Setting.Type.TEXT,
                    null,
                    "The Open vSwitch bridge to plug into, where it is not the one the network driver names."));

    /** @throws DriverException INVALID, with what is wrong and why */
    static KvmSettings of(EndpointConfig endpoint) {
        return new KvmSettings(
                uri(endpoint.must("uri")),
                must(endpoint.must("storagePath"), PATH, "storagePath", "an absolute path of plain names"),
                choice(endpoint.must("acceleration")),
                must(endpoint.must("cpuModel"), WORD, "cpuModel", "a name such as host-model or EPYC"),
                must(endpoint.must("machine"), WORD, "machine", "a name such as q35"),
                endpoint.text("bridge").map(name -> must(name, BRIDGE, "bridge", "the name of a bridge")));
    }

    private static String uri(String text) {
        try {
            URI uri = new URI(text);
            if (uri.getScheme() == null || !SCHEMES.contains(uri.getScheme()) || !"/system".equals(uri.getPath())) {
                throw invalid(
                        "uri",
                        "one of qemu, qemu+tls, qemu+ssh, with the path /system; qemu+tcp is refused"
                                + " because it is not encrypted");
            }
            // libvirt takes both as separators; a name that is encoded is none of these
            for (String parameter : Optional.ofNullable(uri.getRawQuery()).stream()
                    .flatMap(query -> Stream.of(query.split("[&;]", -1)))
                    .toList()) {
                if (!PARAMETERS.contains(parameter.split("=", 2)[0])) {
                    throw invalid("uri", "an address with no parameters but " + new TreeSet<>(PARAMETERS));
                }
            }
            return text;
        } catch (URISyntaxException e) {
            throw invalid("uri", "a URI such as qemu:///system");
        }
    }

    private static String choice(String text) {
        if (!List.of("auto", "kvm", "tcg").contains(text)) {
            throw invalid("acceleration", "auto, kvm or tcg");
        }
        return text;
    }

    private static String must(String text, Pattern form, String name, String what) {
        if (!form.matcher(text).matches() || text.contains("/../") || text.endsWith("/..")) {
            throw invalid(name, what);
        }
        return text;
    }

    private static DriverException invalid(String name, String what) {
        return new DriverException(Kind.INVALID, "The setting " + name + " must be " + what + ".");
    }

    /** True when the host is the machine the controller runs on. */
    boolean local() {
        URI parsed = URI.create(uri);
        return parsed.getHost() == null && Set.of("qemu", "qemu+unix").contains(parsed.getScheme());
    }
}
