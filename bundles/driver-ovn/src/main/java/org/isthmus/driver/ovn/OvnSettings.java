// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.isthmus.driver.ovn.ovsdb.Remote;
import org.isthmus.driver.ovn.ovsdb.Tls;
import org.isthmus.model.Secret;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;

/**
 * An endpoint's settings, checked.
 *
 * @param mtu bytes a guest may send at once: the underlay's less 58 for Geneve
 * @param hostTimeout how long a host may stand still before it counts as dead
 */
record OvnSettings(List<Remote> northbound, List<Remote> southbound, Optional<Tls> tls, int mtu, Duration hostTimeout) {
    private static final String NORTHBOUND = "northbound";
    private static final String SOUTHBOUND = "southbound";
    private static final String MTU = "mtu";
    private static final String HOST_TIMEOUT = "hostTimeout";
    private static final String CA = "caCertificate";
    private static final String CERTIFICATE = "clientCertificate";
    private static final String KEY = "clientKey";
    private static final String VERIFY_NAME = "verifyHostName";

    static final List<Setting> SCHEMA = List.of(
            Setting.optional(
                    NORTHBOUND,
                    Setting.Type.TEXT,
                    "unix:/var/run/ovn/ovnnb_db.sock",
                    "Where OVN's northbound database listens: tcp:host:port, ssl:host:port or unix:/path; all members of a"
                            + " cluster, separated by commas."),
            Setting.optional(
                    SOUTHBOUND,
                    Setting.Type.TEXT,
                    "unix:/var/run/ovn/ovnsb_db.sock",
                    "Where OVN's southbound database listens, written the same way."),
            Setting.optional(
                    MTU,
                    Setting.Type.INTEGER,
                    "1442",
                    "MTU of guests in bytes, 576 to 9000: the MTU between hosts less 58 for Geneve."),
            Setting.optional(
                    HOST_TIMEOUT,
                    Setting.Type.DURATION,
                    "PT10S",
                    "How long a host may not move on before changes no longer wait for it, 1 s to 5 min."),
            Setting.optional(
                    CA,
                    Setting.Type.TEXT,
                    null,
                    "For ssl: PEM certificates of the authority that signed the databases' certificates."),
            Setting.optional(
                    CERTIFICATE, Setting.Type.TEXT, null, "For ssl: our own PEM certificate, then intermediate ones."),
            Setting.secret(KEY, false, "For ssl: our private key as PEM, PKCS #8 or PKCS #1, without a passphrase."),
            Setting.optional(
                    VERIFY_NAME,
                    Setting.Type.BOOLEAN,
                    "false",
                    "For ssl: whether the databases' certificates must also name the host; those of ovs-pki do not."));

    /** Reads and checks them; INVALID says which and why. */
    static OvnSettings of(EndpointConfig endpoint) {
        List<Remote> northbound = checked(NORTHBOUND, text(endpoint, NORTHBOUND), Remote::listOf);
        List<Remote> southbound = checked(SOUTHBOUND, text(endpoint, SOUTHBOUND), Remote::listOf);
        int mtu = checked(MTU, text(endpoint, MTU), Integer::parseInt);
        if (mtu < 576 || mtu > 9000) {
            throw invalid(MTU, "is 576 to 9000, not " + mtu, null);
        }
        Duration timeout = checked(HOST_TIMEOUT, text(endpoint, HOST_TIMEOUT), OvnSettings::duration);
        if (timeout.compareTo(Duration.ofSeconds(1)) < 0 || timeout.compareTo(Duration.ofMinutes(5)) > 0) {
            throw invalid(HOST_TIMEOUT, "is PT1S to PT5M, not " + timeout, null);
        }
        boolean secure = northbound.stream().anyMatch(OvnSettings::isSecure)
                || southbound.stream().anyMatch(OvnSettings::isSecure);
        return new OvnSettings(
                northbound, southbound, secure ? Optional.of(tls(endpoint)) : Optional.empty(), mtu, timeout);
    }

    private static boolean isSecure(Remote remote) {
        return remote.scheme() == Remote.Scheme.SSL;
    }

    private static Tls tls(EndpointConfig endpoint) {
        String authority = forTls(CA, endpoint.text(CA));
        String certificate = forTls(CERTIFICATE, endpoint.text(CERTIFICATE));
        Secret key = forTls(KEY, endpoint.secret(KEY));
        boolean verify = Boolean.parseBoolean(text(endpoint, VERIFY_NAME));
        return checked("TLS", "", text -> Tls.of(authority, certificate, key, verify));
    }

    private static <T> T forTls(String setting, Optional<T> value) {
        return value.orElseThrow(() -> invalid(setting, "is needed for an ssl: remote", null));
    }

    private static String text(EndpointConfig endpoint, String name) {
        return endpoint.text(name)
                .or(() -> SCHEMA.stream()
                        .filter(setting -> setting.name().equals(name))
                        .findFirst()
                        .flatMap(Setting::defaultValue))
                .orElseThrow();
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("'" + text + "' is not an ISO 8601 duration such as PT10S", e);
        }
    }

    private static <T> T checked(String setting, String text, Function<String, T> parser) {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw invalid(setting, "cannot be used: " + e.getMessage(), e);
        }
    }

    private static DriverException invalid(String setting, String why, Throwable cause) {
        return new DriverException(Kind.INVALID, "Setting " + setting + " " + why + ".", cause);
    }
}
