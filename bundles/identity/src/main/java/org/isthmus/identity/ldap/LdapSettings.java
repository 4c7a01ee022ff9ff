// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isthmus.model.Secret;

/**
 * How a directory is asked, read once and checked as a whole.
 *
 * @param places tried in this order
 * @param plain no TLS at all, which only the loopback interface may have
 * @param authorities whose certificates are trusted; empty: those that Java trusts
 * @param page entries asked for at a time
 * @param most people, and groups, beyond which an answer is not taken
 */
public record LdapSettings(
        List<Place> places,
        boolean startTls,
        boolean plain,
        List<X509Certificate> authorities,
        DN bindDn,
        Secret bindPassword,
        boolean activeDirectory,
        People people,
        Optional<Groups> groups,
        Duration timeout,
        int page,
        int most,
        Job job) {
    private static final Pattern ATTRIBUTE = Pattern.compile("[A-Za-z][A-Za-z0-9-]{0,63}");
    private static final Pattern ADDRESS =
            Pattern.compile("(ldaps?)://(?:([A-Za-z0-9.-]{1,253})|\\[([0-9A-Fa-f:.]{2,45})])(?::([0-9]{1,5}))?/?");
    private static final int MOST_PLACES = 4;

    /** A server. */
    public record Place(String host, int port, boolean tls) {
        @Override
        public String toString() {
            return (tls ? "ldaps://" : "ldap://") + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
        }
    }

    /**
     * Where people are and which attribute says what.
     *
     * @param placed whether people are in the department that it names
     */
    public record People(
            DN base,
            Filter filter,
            String username,
            String email,
            String name,
            String givenName,
            String familyName,
            String id,
            Optional<String> department,
            boolean placed,
            boolean create) {}

    /** Where groups are, which attribute says what, and whether a group's members are also those of the groups in it. */
    public record Groups(
            DN base,
            Filter filter,
            String name,
            String id,
            List<String> members,
            Optional<String> memberOf,
            boolean nested,
            boolean create) {}

    /**
     * What is brought here by itself, and how often.
     *
     * @param every zero: never by itself
     * @param mostRemovals more than so many that lose something are asked about first
     * @param mostPercent the same, in percent of those who are here
     * @param remove whether who is gone there is removed here, not only disabled
     */
    public record Job(Duration every, int mostRemovals, int mostPercent, boolean remove) {}

    /**
     * Reads the settings of a directory.
     *
     * @throws IllegalArgumentException naming everything that is wrong, not only the first
     */
    public static LdapSettings of(Map<String, String> settings, Map<String, Secret> secrets) {
        Checked checked = checked(settings, secrets);
        if (!checked.wrong().isEmpty()) {
            throw new IllegalArgumentException(String.join(" ", checked.wrong().values()));
        }
        return checked.read();
    }

    /** What is wrong about these settings, by their names. The bind password is looked at elsewhere. */
    public static Map<String, String> wrong(Map<String, String> settings) {
        return checked(settings, Map.of("bind.password", new Secret("any"))).wrong();
    }

    private static Checked checked(Map<String, String> settings, Map<String, Secret> secrets) {
        Reading from = new Reading(settings);
        boolean active = from.oneOf("server", "generic", "active-directory").equals("active-directory");
        boolean startTls = from.yes("start.tls", false);
        boolean plain = from.yes("plain", false);
        LdapSettings read = new LdapSettings(
                from.places(startTls, plain),
                startTls,
                plain,
                from.authorities("ca.certificate"),
                from.dn("bind.dn"),
                from.password(secrets.get("bind.password")),
                active,
                from.people(active),
                from.groups(active),
                from.duration("timeout", Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(30)),
                from.within("page.size", 500, 10, 1000),
                from.within("max.entries", 20_000, 1, 200_000),
                new Job(
                        from.interval("sync.interval"),
                        from.within("max.removals", 50, 0, 100_000),
                        from.within("max.removals.percent", 20, 0, 100),
                        from.oneOf("gone", "disable", "remove").equals("remove")));
        return new Checked(read, from.wrong);
    }

    /** How often a directory with this setting sync.interval is brought here by itself; zero: never. */
    public static Duration every(Optional<String> interval) {
        return new Reading(interval.map(text -> Map.of("sync.interval", text)).orElse(Map.of()))
                .interval("sync.interval");
    }

    private record Checked(LdapSettings read, Map<String, String> wrong) {}

    /** Settings by name, and what is wrong about them. */
    private static final class Reading {
        private final Map<String, String> given;
        private final Map<String, String> wrong = new TreeMap<>();

        Reading(Map<String, String> given) {
            this.given = given;
        }

        private Optional<String> text(String name) {
            return Optional.ofNullable(given.get(name)).map(String::strip).filter(value -> !value.isEmpty());
        }

        private String oneOf(String name, String usual, String other) {
            String value = text(name).orElse(usual);
            if (!value.equals(usual) && !value.equals(other)) {
                wrong.put(name, name + " is " + usual + " or " + other + ".");
            }
            return value;
        }

        private boolean yes(String name, boolean usual) {
            String value = text(name).orElse(Boolean.toString(usual));
            if (!value.equals("true") && !value.equals("false")) {
                wrong.put(name, name + " is true or false.");
            }
            return value.equals("true");
        }

        private int within(String name, int usual, int least, int most) {
            try {
                int value = text(name).map(Integer::parseInt).orElse(usual);
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // told below
            }
            wrong.put(name, name + " is a number from " + least + " to " + most + ".");
            return usual;
        }

        private Duration duration(String name, Duration usual, Duration least, Duration most) {
            try {
                Duration value = text(name).map(Duration::parse).orElse(usual);
                if (value.compareTo(least) >= 0 && value.compareTo(most) <= 0) {
                    return value;
                }
            } catch (DateTimeParseException e) {
                // told below
            }
            wrong.put(name, name + " is an ISO 8601 duration from " + least + " to " + most + ".");
            return usual;
        }

        private Duration interval(String name) {
            return text(name).isEmpty()
                    ? Duration.ZERO
                    : duration(name, Duration.ZERO, Duration.ofMinutes(1), Duration.ofDays(7));
        }

        private Secret password(Secret secret) {
            if (secret == null || secret.reveal().isEmpty()) {
                wrong.put("bind.password", "The secret bind.password is missing: nothing is asked without a password.");
                return new Secret("");
            }
            return secret;
        }

        private DN dn(String name) {
            try {
                DN value = new DN(text(name).orElse(""));
                if (!value.isNullDN()) {
                    return value;
                }
            } catch (LDAPException e) {
                // told below
            }
            wrong.put(name, name + " is a distinguished name such as ou=people,dc=example,dc=org.");
            return DN.NULL_DN;
        }

        private Filter filter(String name, String usual) {
            try {
                return Filter.create(text(name).orElse(usual));
            } catch (LDAPException e) {
                wrong.put(name, name + " is an LDAP filter (RFC 4515) such as " + usual + ".");
                return Filter.createPresenceFilter("objectClass");
            }
        }

        private String attribute(String name, String usual) {
            String value = text(name).orElse(usual);
            if (!ATTRIBUTE.matcher(value).matches()) {
                wrong.put(name, name + " is the name of an attribute such as " + usual + ".");
            }
            return value;
        }

        private List<Place> places(boolean startTls, boolean plain) {
            List<Place> places = new ArrayList<>();
            for (String one : text("url").orElse("").split("\\s+")) {
                Optional<Place> place = place(one);
                if (place.isEmpty()) {
                    wrong.put(
                            "url",
                            "url is one to " + MOST_PLACES
                                    + " addresses such as ldaps://ldap.example.org, with spaces between.");
                    return places;
                }
                places.add(place.get());
            }
            if (places.size() > MOST_PLACES) {
                wrong.put("url", "url is at most " + MOST_PLACES + " addresses.");
            }
            if (startTls && plain) {
                wrong.put("plain", "start.tls and plain exclude each other.");
            }
            if (places.stream().anyMatch(each -> each.tls() ? startTls || plain : !startTls && !plain)) {
                wrong.put(
                        "url",
                        "url: an address is ldaps://, or it is ldap:// and start.tls is true. Without TLS (plain=true)"
                                + " only a server on the controller's own machine is asked.");
            }
            return places;
        }

        private static Optional<Place> place(String address) {
            Matcher parts = ADDRESS.matcher(address);
            if (!parts.matches()) {
                return Optional.empty();
            }
            boolean tls = parts.group(1).equals("ldaps");
            int port = parts.group(4) == null ? (tls ? 636 : 389) : Integer.parseInt(parts.group(4));
            String host = parts.group(2) == null ? parts.group(3) : parts.group(2);
            return port >= 1 && port <= 65_535 ? Optional.of(new Place(host, port, tls)) : Optional.empty();
        }

        private List<X509Certificate> authorities(String name) {
            Optional<String> pem = text(name);
            if (pem.isEmpty()) {
                return List.of();
            }
            try {
                List<X509Certificate> read = new ArrayList<>();
                CertificateFactory.getInstance("X.509")
                        .generateCertificates(new ByteArrayInputStream(pem.get().getBytes(StandardCharsets.US_ASCII)))
                        .forEach(each -> read.add((X509Certificate) each));
                if (!read.isEmpty() && read.size() <= 20) {
                    return List.copyOf(read);
                }
            } catch (CertificateException e) {
                // told below
            }
            wrong.put(name, name + " is one or several certificates in PEM, each from -----BEGIN CERTIFICATE----- on.");
            return List.of();
        }

        private People people(boolean active) {
            return new People(
                    dn("users.base"),
                    filter(
                            "users.filter",
                            active ? "(&(objectCategory=person)(objectClass=user))" : "(objectClass=inetOrgPerson)"),
                    attribute("attribute.username", active ? "sAMAccountName" : "uid"),
                    attribute("attribute.email", "mail"),
                    attribute("attribute.name", active ? "displayName" : "cn"),
                    attribute("attribute.given.name", "givenName"),
                    attribute("attribute.family.name", "sn"),
                    attribute("attribute.id", active ? "objectGUID" : "entryUUID"),
                    text("attribute.department").map(given -> attribute("attribute.department", "department")),
                    oneOf("departments", "IGNORE", "MATCH").equals("MATCH"),
                    yes("create.users", false));
        }

        private Optional<Groups> groups(boolean active) {
            if (text("groups.base").isEmpty()) {
                return Optional.empty();
            }
            List<String> members = List.of(
                    text("attribute.members").orElse("member uniqueMember").split("\\s+"));
            if (members.size() > 4 || !members.stream().allMatch(ATTRIBUTE.asMatchPredicate())) {
                wrong.put(
                        "attribute.members",
                        "attribute.members is one to four names of attributes, with spaces between.");
            }
            return Optional.of(new Groups(
                    dn("groups.base"),
                    filter(
                            "groups.filter",
                            active
                                    ? "(objectClass=group)"
                                    : "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))"),
                    attribute("attribute.group.name", "cn"),
                    attribute("attribute.id", active ? "objectGUID" : "entryUUID"),
                    members,
                    text("attribute.member.of").map(given -> attribute("attribute.member.of", "memberOf")),
                    yes("nested", true),
                    yes("create.groups", true)));
        }
    }
}
