// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import static org.isthmus.rest.scim.Attribute.Trait.ALWAYS;
import static org.isthmus.rest.scim.Attribute.Trait.CASE_EXACT;
import static org.isthmus.rest.scim.Attribute.Trait.IMMUTABLE;
import static org.isthmus.rest.scim.Attribute.Trait.MANY;
import static org.isthmus.rest.scim.Attribute.Trait.READ_ONLY;
import static org.isthmus.rest.scim.Attribute.Trait.REQUIRED;
import static org.isthmus.rest.scim.Attribute.Trait.UNIQUE;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What of a kind of resource is kept, to the letter: an attribute that is not here is not stored.
 *
 * @param ignored attributes that RFC 7643 gives this schema and that are not kept: clients send them, to no effect
 */
record Schema(String id, String name, String about, List<Attribute> attributes, Set<String> ignored) {
    static final String CORE = "urn:ietf:params:scim:schemas:core:2.0:";

    /** Of every resource, and of no schema (RFC 7643, 3.1). */
    static final List<Attribute> COMMON = List.of(
            Attribute.reference("schemas", "the schemas of this resource", "uri", MANY, ALWAYS),
            Attribute.text("id", "given by this server", READ_ONLY, CASE_EXACT, ALWAYS, UNIQUE),
            Attribute.text("externalId", "what the directory calls it", CASE_EXACT),
            Attribute.complex(
                    "meta",
                    "about the resource",
                    List.of(
                            Attribute.text("resourceType", "User or Group", READ_ONLY, CASE_EXACT),
                            Attribute.time("created", "when it was made", READ_ONLY),
                            Attribute.time("lastModified", "when it was changed last", READ_ONLY),
                            Attribute.reference("location", "its address", "uri", READ_ONLY),
                            Attribute.text("version", "its ETag", READ_ONLY, CASE_EXACT)),
                    READ_ONLY));

    static final Schema USER = new Schema(
            CORE + "User",
            "User",
            "A person of this directory.",
            List.of(
                    Attribute.text("userName", "what the directory calls the person; unique in it", REQUIRED, UNIQUE),
                    Attribute.complex(
                            "name",
                            "the person's name",
                            List.of(
                                    Attribute.text("formatted", "first and last name", READ_ONLY),
                                    Attribute.text("familyName", "last name"),
                                    Attribute.text("givenName", "first name"))),
                    Attribute.text("displayName", "how the person is shown"),
                    Attribute.complex(
                            "emails",
                            "one address is kept: the primary one, else that of work, else the first; without any the userName, if it is one",
                            List.of(
                                    Attribute.text("value", "the address", REQUIRED),
                                    Attribute.choice("type", "always work", List.of("work", "home", "other")),
                                    Attribute.flag("primary", "always true")),
                            MANY),
                    Attribute.flag("active", "whoever is not has no session and no token from that moment on"),
                    Attribute.complex(
                            "groups",
                            "the groups of this directory the person is in; they change by the group",
                            List.of(
                                    Attribute.text("value", "the group's id", READ_ONLY, CASE_EXACT),
                                    Attribute.reference("$ref", "the group's address", "Group", READ_ONLY),
                                    Attribute.text("display", "the group's name", READ_ONLY),
                                    Attribute.choice("type", "always direct", List.of("direct"), READ_ONLY)),
                            MANY,
                            READ_ONLY)),
            names(
                    "nickName",
                    "profileUrl",
                    "title",
                    "userType",
                    "preferredLanguage",
                    "locale",
                    "timezone",
                    "password",
                    "phoneNumbers",
                    "ims",
                    "photos",
                    "addresses",
                    "entitlements",
                    "roles",
                    "x509Certificates"));

    static final Schema ENTERPRISE = new Schema(
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "EnterpriseUser",
            "What an enterprise knows of a person.",
            List.of(Attribute.text("department", "the name of the department here that the person belongs to")),
            names("employeeNumber", "costCenter", "organization", "division", "manager"));

    static final Schema GROUP = new Schema(
            CORE + "Group",
            "Group",
            "A group of this directory. What its members may is granted here.",
            List.of(
                    Attribute.text("displayName", "its name; unique in the directory", REQUIRED, UNIQUE),
                    Attribute.complex(
                            "members",
                            "people of this directory; groups within groups are not kept",
                            List.of(
                                    Attribute.text("value", "the person's id", REQUIRED, IMMUTABLE, CASE_EXACT),
                                    Attribute.reference("$ref", "the person's address", "User", READ_ONLY),
                                    Attribute.choice("type", "always User", List.of("User"), IMMUTABLE),
                                    Attribute.text("display", "how the person is shown", READ_ONLY)),
                            MANY)),
            Set.of());

    static final List<Schema> ALL = List.of(USER, ENTERPRISE, GROUP);

    Schema {
        attributes = List.copyOf(attributes);
        ignored = Set.copyOf(ignored);
    }

    private static Set<String> names(String... names) {
        Set<String> all = new HashSet<>();
        for (String name : names) {
            all.add(name.toLowerCase(Locale.ROOT));
        }
        return all;
    }

    /** RFC 7643 gives it this attribute, and we don't keep it. */
    boolean ignores(String called) {
        return ignored.contains(called.toLowerCase(Locale.ROOT));
    }
}
