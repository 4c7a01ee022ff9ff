// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.Test;

/** Settings are checked as a whole, before anything is asked. */
final class LdapSettingsTest {
    private static Map<String, String> right() {
        return new HashMap<>(Map.of(
                "url", "ldaps://ldap.example.org",
                "bind.dn", "cn=reader,dc=example,dc=org",
                "users.base", "ou=people,dc=example,dc=org"));
    }

    private static LdapSettings read(Map<String, String> settings) {
        return LdapSettings.of(settings, Map.of("bind.password", new Secret("x")));
    }

    private static Set<String> wrong(String name, String value) {
        Map<String, String> settings = right();
        settings.put(name, value);
        return LdapSettings.wrong(settings).keySet();
    }

    @Test
    void theLeastIsAnAddressAnAccountAndABase() {
        LdapSettings read = read(right());

        assertEquals("ldaps://ldap.example.org:636", read.places().get(0).toString());
        assertEquals("uid", read.people().username());
        assertEquals("entryUUID", read.people().id());
        assertTrue(read.groups().isEmpty());
        assertEquals(Duration.ZERO, read.job().every());
    }

    @Test
    void activeDirectoryHasNamesOfItsOwn() {
        Map<String, String> settings = right();
        settings.put("server", "active-directory");
        settings.put("groups.base", "dc=example");

        LdapSettings read = read(settings);

        assertEquals("sAMAccountName", read.people().username());
        assertEquals("objectGUID", read.people().id());
        assertEquals("(objectClass=group)", read.groups().orElseThrow().filter().toString());
    }

    @Test
    void withoutAPasswordNothingIsAsked() {
        assertThrows(IllegalArgumentException.class, () -> LdapSettings.of(right(), Map.of()));
        assertThrows(
                IllegalArgumentException.class,
                () -> LdapSettings.of(right(), Map.of("bind.password", new Secret(""))));
    }

    @Test
    void anAddressWithoutTlsIsRefusedUnlessItIsSaid() {
        assertEquals(Set.of("url"), wrong("url", "ldap://ldap.example.org"));
        assertEquals(Set.of("url"), wrong("start.tls", "true"));
        assertEquals(Set.of("url"), wrong("url", "ldaps://a.example.org ldap://b.example.org"));

        Map<String, String> settings = right();
        settings.put("url", "ldap://ldap.example.org");
        settings.put("start.tls", "true");
        assertFalse(read(settings).places().get(0).tls());
        settings.put("plain", "true");
        assertEquals(Set.of("plain"), LdapSettings.wrong(settings).keySet());
    }

    @Test
    void anAddressIsNothingButAnAddress() {
        for (String url : List.of(
                "",
                "http://ldap.example.org",
                "ldapi:///",
                "ldaps://",
                "ldaps://ldap.example.org/dc=example",
                "ldaps://ldap.example.org??sub",
                "ldap.example.org",
                "ldaps://a ldaps://b ldaps://c ldaps://d ldaps://e")) {
            assertEquals(Set.of("url"), wrong("url", url), url);
        }
    }

    @Test
    void everythingThatIsWrongIsNamedAtOnce() {
        Map<String, String> settings = right();
        settings.put("bind.dn", "nobody");
        settings.put("users.base", "");
        settings.put("users.filter", "(&(objectClass=person)");
        settings.put("attribute.username", "uid)(x=*");
        settings.put("groups.base", "=");
        settings.put("attribute.members", "member *");
        settings.put("nested", "yes");
        settings.put("page.size", "5");
        settings.put("timeout", "PT1H");
        settings.put("sync.interval", "PT1S");
        settings.put("max.removals.percent", "101");
        settings.put("gone", "forget");
        settings.put("ca.certificate", "-----BEGIN CERTIFICATE-----");

        assertEquals(
                Set.of(
                        "bind.dn",
                        "users.base",
                        "users.filter",
                        "attribute.username",
                        "groups.base",
                        "attribute.members",
                        "nested",
                        "page.size",
                        "timeout",
                        "sync.interval",
                        "max.removals.percent",
                        "gone",
                        "ca.certificate"),
                LdapSettings.wrong(settings).keySet());
    }
}
