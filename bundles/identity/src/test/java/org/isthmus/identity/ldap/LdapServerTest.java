// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.identity.ldap.LdapFailure.Kind;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against OpenLDAP as Debian has it. Every test looks at a part of the tree of its own. */
final class LdapServerTest {
    @TempDir
    static Path folder;

    private static Slapd slapd;

    @BeforeAll
    static void start() throws LDAPException {
        slapd = Slapd.start(folder);
        slapd.places();
        slapd.person("anna");
        slapd.person("ben");
    }

    @AfterAll
    static void stop() {
        if (slapd != null) {
            slapd.close();
        }
    }

    private static Answer login(Map<String, String> settings, String username, String password) {
        return slapd.asked(settings).login(username, new Secret(password));
    }

    private static Answer login(String username, String password) {
        return login(slapd.settings(), username, password);
    }

    private static LdapFailure failure(Map<String, String> settings) {
        return assertThrows(LdapFailure.class, () -> login(settings, "anna", "annaanna"));
    }

    /** The settings, with a place of its own for people and groups below it. */
    private static Map<String, String> below(String place) throws LDAPException {
        slapd.add("dn: ou=" + place + ",dc=example,dc=org", "objectClass: organizationalUnit", "ou: " + place);
        Map<String, String> settings = slapd.settings();
        settings.put("users.base", "ou=" + place + ",dc=example,dc=org");
        settings.put("groups.base", "ou=" + place + ",dc=example,dc=org");
        return settings;
    }

    private static String person(String place, String rdn, String uid) throws LDAPException {
        String dn = rdn + ",ou=" + place + ",dc=example,dc=org";
        slapd.add(
                "dn: " + dn,
                "objectClass: inetOrgPerson",
                "uid: " + uid,
                "cn: " + rdn.substring(rdn.indexOf('=') + 1),
                "sn: Example",
                "mail: some@example.org",
                "userPassword: " + uid + uid);
        return dn;
    }

    private static String group(String place, String name, String kind, String attribute, String... members)
            throws LDAPException {
        String dn = "cn=" + name + ",ou=" + place + ",dc=example,dc=org";
        List<String> lines = new java.util.ArrayList<>(List.of("dn: " + dn, "objectClass: " + kind, "cn: " + name));
        for (String member : members) {
            lines.add(attribute + ": " + member);
        }
        slapd.add(lines.toArray(new String[0]));
        return dn;
    }

    private static Set<String> names(List<GroupThere> groups) {
        return groups.stream().map(GroupThere::name).collect(Collectors.toSet());
    }

    @Test
    void theRightPasswordIsSomebodyWithAnIdThatStays() {
        Answer answer = login("anna", "annaanna");

        Person anna = answer.person().orElseThrow();
        assertEquals("anna", anna.username());
        assertEquals("anna@example.org", anna.email());
        assertEquals("ANNA", anna.displayName().orElseThrow());
        assertEquals("Example", anna.familyName().orElseThrow());
        assertTrue(anna.active());
        assertEquals(36, anna.externalId().length());
        assertEquals("uid=anna,ou=people,dc=example,dc=org", anna.dn());
    }

    @Test
    void aWrongPasswordIsNobody() {
        assertTrue(login("anna", "benben").person().isEmpty());
        assertTrue(login("anna", "annaanna ").person().isEmpty());
        assertTrue(login("nobody", "annaanna").person().isEmpty());
    }

    @Test
    void anEmptyPasswordIsNobodysAlthoughTheServerWouldTakeItForAnonymous() {
        assertTrue(login("anna", "").person().isEmpty());
    }

    @Test
    void startTlsIsAsGoodAsLdaps() {
        Map<String, String> settings = slapd.settings();
        settings.put("url", "ldap://localhost:" + slapd.port());
        settings.put("start.tls", "true");

        assertTrue(login(settings, "anna", "annaanna").person().isPresent());
    }

    @Test
    void withoutTlsOnlyTheOwnMachineIsAskedAndOnlyWhereThatIsAllowed() {
        Map<String, String> settings = slapd.settings();
        settings.put("url", "ldap://127.0.0.1:" + slapd.port());
        assertThrows(IllegalArgumentException.class, () -> slapd.asked(settings));

        settings.put("plain", "true");
        assertTrue(login(settings, "anna", "annaanna").person().isPresent());

        LdapServer elsewhere = new LdapServer(LdapSettings.of(settings, Slapd.secrets()), new Reach(false));
        LdapFailure failure = assertThrows(LdapFailure.class, () -> elsewhere.login("anna", new Secret("annaanna")));
        assertEquals(Kind.UNREACHABLE, failure.kind());
        assertTrue(failure.getMessage().contains("not one a directory may have"), failure.getMessage());

        settings.put("url", "ldap://192.0.2.1:389");
        assertTrue(failure(settings).getMessage().contains("without TLS"));
    }

    @Test
    void nothingOfTheOwnMachineIsReachedByTlsEither() {
        LdapServer server = new LdapServer(LdapSettings.of(slapd.settings(), Slapd.secrets()), new Reach(false));

        LdapFailure failure = assertThrows(LdapFailure.class, () -> server.login("anna", new Secret("annaanna")));
        assertEquals(Kind.UNREACHABLE, failure.kind());
    }

    @Test
    void theAddressOfACloudsMetadataIsNeverAsked() {
        Map<String, String> settings = slapd.settings();
        settings.put("url", "ldaps://169.254.169.254");

        assertTrue(failure(settings).getMessage().contains("not one a directory may have"));
    }

    @Test
    void aCertificateOfAnotherAuthorityIsRefusedByLdapsAndStartTls() {
        Map<String, String> settings = slapd.settings();
        settings.put("ca.certificate", slapd.stranger());
        assertEquals(Kind.UNTRUSTED, failure(settings).kind());

        settings.remove("ca.certificate");
        assertEquals(Kind.UNTRUSTED, failure(settings).kind());

        settings.put("ca.certificate", slapd.stranger());
        settings.put("url", "ldap://localhost:" + slapd.port());
        settings.put("start.tls", "true");
        assertEquals(Kind.UNTRUSTED, failure(settings).kind());
    }

    @Test
    void aCertificateForAnotherNameIsRefusedByLdapsAndStartTls() {
        Map<String, String> settings = slapd.settings();
        settings.put("url", "ldaps://127.0.0.2:" + slapd.tlsPort());
        assertEquals(Kind.UNTRUSTED, failure(settings).kind());

        settings.put("url", "ldap://127.0.0.2:" + slapd.port());
        settings.put("start.tls", "true");
        assertEquals(Kind.UNTRUSTED, failure(settings).kind());
    }

    @Test
    void severalCertificatesOfAuthoritiesAreTakenTogether() {
        Map<String, String> settings = slapd.settings();
        settings.put("ca.certificate", slapd.stranger() + "\n" + slapd.authority());

        assertTrue(login(settings, "anna", "annaanna").person().isPresent());
    }

    @Test
    void theSecondAddressIsAskedWhenTheFirstIsAway() {
        Map<String, String> settings = slapd.settings();
        settings.put("url", "ldaps://localhost:1 ldaps://localhost:" + slapd.tlsPort());

        assertTrue(login(settings, "anna", "annaanna").person().isPresent());
    }

    @Test
    void aWrongServiceAccountIsToldAsSuch() {
        Map<String, String> settings = slapd.settings();
        settings.put("bind.dn", "cn=manager,dc=example,dc=org");

        LdapFailure failure = failure(settings);
        assertEquals(Kind.MISCONFIGURED, failure.kind());
        assertFalse(failure.getMessage().contains("reader"), failure.getMessage());
    }

    @Test
    void aBaseThatIsNotThereIsToldAsSuch() {
        Map<String, String> settings = slapd.settings();
        settings.put("users.base", "ou=nowhere,dc=example,dc=org");

        assertEquals(Kind.MISCONFIGURED, failure(settings).kind());
    }

    @Test
    void whatIsTypedAsANameNeverBecomesPartOfAFilter() {
        for (String name : List.of(
                "*",
                "an*",
                "anna)(uid=*",
                "*)(objectClass=*",
                "anna\\2a",
                "a\u0000nna",
                "(|(uid=anna))",
                "anna)(|(uid=ben)",
                "\\61nna",
                "ANNA",
                " anna",
                "anna ",
                "uid=anna",
                "",
                "аnna")) {
            assertTrue(login(name, "annaanna").person().isEmpty(), name);
        }
    }

    @Test
    void anEntryWhoseNameIsFullOfSignsIsBoundAsItIs() throws LDAPException {
        Map<String, String> settings = below("signs");
        person("signs", "cn=Smith\\, John \\+ \\\"Jo\\\" \\<x\\> \\#1\\\\ (a*)", "john");
        String inGroup = person("signs", "cn=Smith\\, Jane (*)", "jane");
        group("signs", "signs", "groupOfNames", "member", inGroup);

        assertTrue(login(settings, "john", "johnjohn").person().isPresent());
        assertEquals(Set.of("signs"), names(login(settings, "jane", "janejane").groups()));
        Snapshot all = slapd.asked(settings).everything();
        assertEquals(1, all.members().get(all.groups().get(0).externalId()).size());
    }

    @Test
    void twoEntriesOfOneNameAreNobodyAndAreNotBroughtHere() throws LDAPException {
        Map<String, String> settings = below("twins");
        person("twins", "cn=one", "twin");
        person("twins", "cn=two", "twin");
        person("twins", "cn=three", "single");

        assertTrue(login(settings, "twin", "twintwin").person().isEmpty());
        assertEquals(
                "several entries of the directory have this name",
                login(settings, "twin", "twintwin").why());
        Snapshot all = slapd.asked(settings).everything();
        assertEquals(
                List.of("single"), all.people().stream().map(Person::username).toList());
        assertEquals(2, all.unusable().size());
    }

    @Test
    void whoHasNoNameOrAddressThatServesHereIsThereButUnusable() throws LDAPException {
        Map<String, String> settings = below("odd");
        person("odd", "cn=one", "Peter Pan");
        slapd.add(
                "dn: uid=noaddress,ou=odd,dc=example,dc=org",
                "objectClass: inetOrgPerson",
                "uid: noaddress",
                "cn: x",
                "sn: x",
                "userPassword: noaddressnoaddress");
        person("odd", "cn=two", "Upper");

        Snapshot all = slapd.asked(settings).everything();
        assertEquals(
                List.of("upper"), all.people().stream().map(Person::username).toList());
        assertEquals(2, all.unusable().size());
        assertTrue(login(settings, "upper", "UpperUpper").person().isPresent());
        assertTrue(login(settings, "noaddress", "noaddressnoaddress").why().contains("no e-mail address"));
    }

    @Test
    void groupsInGroupsAreFollowedUpwardsAndCirclesEnd() throws LDAPException {
        Map<String, String> settings = below("nested");
        String eve = person("nested", "cn=eve", "eve");
        String base = ",ou=nested,dc=example,dc=org";
        group("nested", "a", "groupOfNames", "member", eve, "cn=c" + base);
        group("nested", "b", "groupOfNames", "member", "cn=a" + base);
        group("nested", "c", "groupOfNames", "member", "cn=b" + base, "cn=c" + base);
        group("nested", "d", "groupOfUniqueNames", "uniqueMember", "cn=c" + base);
        group("nested", "other", "groupOfNames", "member", "cn=nobody" + base);

        assertEquals(
                Set.of("a", "b", "c", "d"),
                names(login(settings, "eve", "eveeve").groups()));
        assertEquals(
                Map.of("a", 1, "b", 1, "c", 1, "d", 1, "other", 0),
                sizes(slapd.asked(settings).everything()));

        settings.put("nested", "false");
        assertEquals(Set.of("a"), names(login(settings, "eve", "eveeve").groups()));
        assertEquals(
                Map.of("a", 1, "b", 0, "c", 0, "d", 0, "other", 0),
                sizes(slapd.asked(settings).everything()));
    }

    private static Map<String, Integer> sizes(Snapshot all) {
        return all.groups().stream().collect(Collectors.toMap(GroupThere::name, group -> all.members()
                .getOrDefault(group.externalId(), Set.of())
                .size()));
    }

    @Test
    void whatEntriesSayThemselvesOfTheirGroupsServesToo() throws LDAPException {
        Map<String, String> settings = below("overlay");
        String fay = person("overlay", "cn=fay", "fay");
        String inner = group("overlay", "inner", "groupOfNames", "member", fay);
        group("overlay", "outer", "groupOfNames", "member", inner);
        settings.put("attribute.members", "roleOccupant"); // nothing has one: it must come from memberOf
        settings.put("attribute.member.of", "memberOf");

        assertEquals(
                Set.of("inner", "outer"), names(login(settings, "fay", "fayfay").groups()));
        assertEquals(Map.of("inner", 1, "outer", 1), sizes(slapd.asked(settings).everything()));
    }

    @Test
    void groupsOfUsernamesServeToo() throws LDAPException {
        Map<String, String> settings = below("posix");
        person("posix", "cn=gus", "gus");
        slapd.add(
                "dn: cn=staff,ou=posix,dc=example,dc=org",
                "objectClass: posixGroup",
                "cn: staff",
                "gidNumber: 10",
                "memberUid: gus");
        settings.put("attribute.members", "memberUid");
        settings.put("groups.filter", "(objectClass=posixGroup)");

        assertEquals(Set.of("staff"), names(login(settings, "gus", "gusgus").groups()));
        assertEquals(Map.of("staff", 1), sizes(slapd.asked(settings).everything()));
    }

    @Test
    void aGroupOfSixThousandIsReadInPages() throws LDAPException {
        Map<String, String> settings = below("many");
        String[] members = new String[6_000];
        try (LDAPConnection manager = slapd.manager()) {
            for (int i = 0; i < members.length; i++) {
                members[i] = "uid=many" + i + ",ou=many,dc=example,dc=org";
                manager.add(
                        "dn: " + members[i],
                        "objectClass: inetOrgPerson",
                        "uid: many" + i,
                        "cn: Many",
                        "sn: Many",
                        "mail: many@example.org");
            }
        } catch (com.unboundid.ldif.LDIFException e) {
            throw new IllegalStateException(e);
        }
        group("many", "everybody", "groupOfNames", "member", members);

        Snapshot all = slapd.asked(settings).everything();

        assertEquals(6_000, all.people().size());
        assertEquals(Map.of("everybody", 6_000), sizes(all));
        settings.put("max.entries", "5999");
        LdapFailure tooMany =
                assertThrows(LdapFailure.class, () -> slapd.asked(settings).everything());
        assertEquals(Kind.PARTIAL, tooMany.kind());
        assertTrue(tooMany.getMessage().contains("5999"), tooMany.getMessage());
    }

    @Test
    void anAnswerCutByTheServersLimitIsNoAnswer() throws LDAPException {
        Map<String, String> settings = below("cut");
        for (int i = 0; i < 12; i++) {
            person("cut", "cn=cut" + i, "cut" + i);
        }
        settings.put("bind.dn", "cn=limited,dc=example,dc=org");
        LdapServer server = new LdapServer(
                LdapSettings.of(settings, Map.of("bind.password", new Secret("limited"))), new Reach(true));

        assertEquals(
                Kind.PARTIAL,
                assertThrows(LdapFailure.class, server::everything).kind());
    }

    @Test
    void aPointerToAnotherServerIsNotFollowedAndMakesTheAnswerPartial() throws LDAPException {
        Map<String, String> settings = below("split");
        person("split", "cn=hal", "hal");
        slapd.add(
                "dn: ou=away,ou=split,dc=example,dc=org",
                "objectClass: referral",
                "objectClass: extensibleObject",
                "ou: away",
                "ref: ldap://127.0.0.1:1/ou=away,dc=example,dc=org");

        LdapFailure failure =
                assertThrows(LdapFailure.class, () -> slapd.asked(settings).everything());
        assertEquals(Kind.PARTIAL, failure.kind());
        assertTrue(failure.getMessage().contains("ldap://127.0.0.1:1/"), failure.getMessage());
        assertThrows(LdapFailure.class, () -> login(settings, "hal", "halhal"));

        settings.put("users.base", "ou=away,ou=split,dc=example,dc=org");
        assertEquals(
                Kind.PARTIAL,
                assertThrows(LdapFailure.class, () -> slapd.asked(settings).everything())
                        .kind());
    }

    @Test
    void anAliasIsNotFollowed() throws LDAPException {
        Map<String, String> settings = below("alias");
        slapd.add(
                "dn: cn=alias,ou=alias,dc=example,dc=org",
                "objectClass: alias",
                "objectClass: extensibleObject",
                "cn: alias",
                "aliasedObjectName: uid=anna,ou=people,dc=example,dc=org");

        assertTrue(login(settings, "anna", "annaanna").person().isEmpty());
        assertEquals(List.of(), slapd.asked(settings).everything().people());
    }

    @Test
    void aFirstLookSaysWhatIsThere() throws LDAPException {
        Map<String, String> settings = below("look");
        person("look", "cn=kim", "kim");
        settings.put("server", "active-directory");
        settings.put("users.filter", "(objectClass=inetOrgPerson)");
        settings.put("attribute.username", "uid");
        settings.put("attribute.id", "entryUUID");

        LdapServer.Look look = slapd.asked(settings).look();

        assertEquals(1, look.people());
        assertEquals(List.of("kim is cn=kim,ou=look,dc=example,dc=org"), look.examples());
        assertTrue(look.hints().get(0).contains("server=generic"), look.hints().toString());
    }
}
