// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.isthmus.model.Secret;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;

/**
 * An endpoint's settings, checked.
 *
 * @param zones the only ones to use; all when empty
 * @param zoneCpus how much of each zone the controller may use, with the two that follow
 * @param types which instance type stands for a size, written {@code CPUSxMIB}
 * @param network the cloud's own id of a network for servers without interfaces on networks of ours
 * @param exposed servers may have an address that is reached from outside
 */
public record CloudSettings(
        String provider,
        Optional<String> endpoint,
        String identity,
        Secret credential,
        Optional<String> region,
        List<String> zones,
        int zoneCpus,
        long zoneMemoryMiB,
        long zoneDiskGiB,
        Map<String, String> types,
        Optional<String> network,
        List<String> securityGroups,
        boolean exposed,
        Map<String, String> properties) {
    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9.-]{0,62}");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}");
    private static final Pattern SIZE = Pattern.compile("[1-9][0-9]{0,3}x[1-9][0-9]{1,8}");
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Not to be said as properties: what has a setting of its own, trusts whoever answers, or writes secrets into the log. */
    private static final List<String> REFUSED = List.of(
            "trust-all-certs", "relax-hostname", "wire", "sensitive", "identity", "credential", "endpoint", "provider");

    public static final List<Setting> SCHEMA = List.of(
            Setting.required(
                    "provider",
                    Setting.Type.TEXT,
                    "jclouds' name of the provider, such as openstack-nova or aws-ec2; its feature must be installed."),
            Setting.optional(
                    "endpoint",
                    Setting.Type.TEXT,
                    null,
                    "The cloud's address, https:// and for OpenStack Keystone's (https://cloud:5000/v3); the provider's own"
                            + " when absent. http:// only on this machine."),
            Setting.required(
                    "identity",
                    Setting.Type.TEXT,
                    "Who we are to the cloud: an access key id, or for OpenStack domain:user."),
            Setting.secret("credential", true, "The secret key or password that goes with it."),
            Setting.optional(
                    "region",
                    Setting.Type.TEXT,
                    null,
                    "The region, where the cloud has several; one endpoint for each."),
            Setting.optional(
                    "zones",
                    Setting.Type.TEXT,
                    null,
                    "Zones to use, separated by commas; all of the region when absent."),
            Setting.optional(
                    "zoneCpus",
                    Setting.Type.INTEGER,
                    "1000",
                    "How many CPUs of each zone may be used, 1 to 1,000,000: a cloud names no limit of its own."),
            Setting.optional(
                    "zoneMemoryMiB",
                    Setting.Type.INTEGER,
                    "4194304",
                    "How much memory of each zone may be used, in MiB, 1 to 2,000,000,000."),
            Setting.optional(
                    "zoneDiskGiB",
                    Setting.Type.INTEGER,
                    "102400",
                    "How much disk of each zone may be used, in GiB, 1 to 2,000,000,000."),
            Setting.optional(
                    "instanceTypes",
                    Setting.Type.JSON,
                    "{}",
                    "Which instance type stands for a size: {\"2x4096\": \"m1.medium\"} for 2 CPUs and 4096 MiB. A size not"
                            + " named here takes a type of exactly that size."),
            Setting.optional(
                    "network",
                    Setting.Type.TEXT,
                    null,
                    "The cloud's id of a private network or subnet for servers that have no interface on a network of"
                            + " Isthmus; without it such servers are refused."),
            Setting.optional(
                    "securityGroups",
                    Setting.Type.TEXT,
                    null,
                    "The cloud's security groups for servers, separated by commas; the cloud's default when absent."),
            Setting.choice(
                    "publicAddresses",
                    "refuse",
                    List.of("refuse", "allow"),
                    "refuse: no server with an address that is reached from outside; one that the cloud gives such an address"
                            + " is removed again."),
            Setting.optional(
                    "properties",
                    Setting.Type.JSON,
                    "{}",
                    "Other properties of jclouds, such as {\"jclouds.keystone.scope\": \"project:web\"}."));

    /** @throws DriverException INVALID, with what is wrong and why */
    public static CloudSettings of(EndpointConfig endpoint) {
        Map<String, String> types = object(endpoint, "instanceTypes");
        types.forEach((size, type) -> {
            must(size, SIZE, "instanceTypes", "an object with keys such as 2x4096");
            must(type, WORD, "instanceTypes", "an object whose values are names of instance types");
        });
        return new CloudSettings(
                must(endpoint.must("provider"), ID, "provider", "jclouds' name of a provider, such as openstack-nova"),
                endpoint.text("endpoint").map(CloudSettings::address),
                endpoint.must("identity"),
                endpoint.secret("credential").orElseThrow(() -> invalid("credential", "set")),
                endpoint.text("region").map(text -> must(text, WORD, "region", "the name of a region")),
                words(endpoint, "zones"),
                (int) number(endpoint, "zoneCpus", 1_000_000),
                number(endpoint, "zoneMemoryMiB", 2_000_000_000),
                number(endpoint, "zoneDiskGiB", 2_000_000_000),
                types,
                endpoint.text("network").map(text -> must(text, WORD, "network", "the id of a network of the cloud")),
                words(endpoint, "securityGroups"),
                choice(said(endpoint, "publicAddresses")),
                properties(endpoint));
    }

    /** What stands there, or the default of the schema. */
    private static String said(EndpointConfig endpoint, String name) {
        return endpoint.text(name)
                .or(() -> SCHEMA.stream()
                        .filter(setting -> setting.name().equals(name))
                        .findFirst()
                        .flatMap(Setting::defaultValue))
                .orElseThrow();
    }

    private static Map<String, String> properties(EndpointConfig endpoint) {
        Map<String, String> all = object(endpoint, "properties");
        for (String name : all.keySet()) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (REFUSED.stream().anyMatch(lower::contains)) {
                throw invalid("properties", "without " + name + ", which is refused or has a setting of its own");
            }
        }
        return all;
    }

    private static Map<String, String> object(EndpointConfig endpoint, String name) {
        try {
            return Map.copyOf(JSON.readValue(said(endpoint, name), new TypeReference<Map<String, String>>() {}));
        } catch (JsonProcessingException | NullPointerException e) {
            throw invalid(name, "a JSON object of texts");
        }
    }

    private static long number(EndpointConfig endpoint, String name, long most) {
        try {
            long number = Long.parseLong(said(endpoint, name));
            if (number >= 1 && number <= most) {
                return number;
            }
            throw invalid(name, "1 to " + most);
        } catch (NumberFormatException e) {
            throw invalid(name, "a number, 1 to " + most);
        }
    }

    private static List<String> words(EndpointConfig endpoint, String name) {
        return endpoint.text(name).stream()
                .flatMap(text -> Stream.of(text.split(",")))
                .map(String::strip)
                .map(text -> must(text, WORD, name, "names, separated by commas"))
                .toList();
    }

    private static boolean choice(String text) {
        if (!List.of("refuse", "allow").contains(text)) {
            throw invalid("publicAddresses", "refuse or allow");
        }
        return text.equals("allow");
    }

    private static String address(String text) {
        try {
            URI uri = new URI(text);
            boolean http = "http".equals(uri.getScheme()) && LOOPBACK.contains(String.valueOf(uri.getHost()));
            if (uri.getHost() == null || uri.getUserInfo() != null || !(http || "https".equals(uri.getScheme()))) {
                throw invalid(
                        "endpoint", "https://host; http is refused but for this machine, because it is not encrypted");
            }
            return text;
        } catch (URISyntaxException e) {
            throw invalid("endpoint", "an address such as https://cloud.example:5000/v3");
        }
    }

    private static String must(String text, Pattern form, String name, String what) {
        if (!form.matcher(text).matches()) {
            throw invalid(name, what);
        }
        return text;
    }

    private static DriverException invalid(String name, String what) {
        return new DriverException(Kind.INVALID, "The setting " + name + " must be " + what + ".");
    }

    /** The type the operator named for this size. */
    public Optional<String> typeFor(int cpus, long memoryMiB) {
        return Optional.ofNullable(types.get(cpus + "x" + memoryMiB));
    }

    /** True when this zone may be used. */
    public boolean uses(String zone) {
        return zones.isEmpty() || zones.contains(zone);
    }

    @Override
    public String toString() {
        return "CloudSettings[" + provider + " at " + endpoint.orElse("its own address") + "]";
    }
}
