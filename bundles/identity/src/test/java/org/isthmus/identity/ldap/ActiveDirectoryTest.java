// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.listener.interceptor.InMemoryInterceptedSearchRequest;
import com.unboundid.ldap.listener.interceptor.InMemoryOperationInterceptor;
import com.unboundid.ldap.sdk.Attribute;
import com.unboundid.ldap.sdk.Entry;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.SearchRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Active Directory does otherwise, on a server in memory with its attributes and its rule for groups in groups. */
final class ActiveDirectoryTest {
    private static final String BASE = "dc=corp,dc=example";
    private static final String CHAIN = "1.2.840.113556.1.4.1941";

    private InMemoryDirectoryServer server;
    private final List<String> controls = new ArrayList<>();

    @BeforeEach
    void start() throws LDAPException {
        InMemoryDirectoryServerConfig config = new InMemoryDirectoryServerConfig(BASE);
        config.setSchema(null);
        config.addAdditionalBindCredentials("cn=reader," + BASE, "reader");
        config.setListenerConfigs(InMemoryListenerConfig.createLDAPConfig("plain", 0));
        config.addInMemoryOperationInterceptor(new Chain());
        server = new InMemoryDirectoryServer(config);
        server.startListening();
        server.add(new Entry(BASE, new Attribute("objectClass", "domain"), new Attribute("dc", "corp")));
    }

    @AfterEach
    void stop() {
        server.shutDown(true);
    }

    /** The in-memory server has no such rule: what it asks is worked out here, entry by entry. */
    private final class Chain extends InMemoryOperationInterceptor {
        @Override
        public void processSearchRequest(InMemoryInterceptedSearchRequest search) throws LDAPException {
            search.getRequest().getControlList().forEach(each -> controls.add(each.getOID()));
            SearchRequest request = search.getRequest().duplicate();
            request.setFilter(unchained(request.getFilter()));
            search.setRequest(request);
        }

        private Filter unchained(Filter filter) throws LDAPException {
            if (filter.getFilterType() == Filter.FILTER_TYPE_AND) {
                List<Filter> parts = new ArrayList<>();
                for (Filter each : filter.getComponents()) {
                    parts.add(unchained(each));
                }
                return Filter.createANDFilter(parts);
            }
            if (filter.getFilterType() != Filter.FILTER_TYPE_EXTENSIBLE_MATCH) {
                return filter;
            }
            assertEquals(CHAIN, filter.getMatchingRuleID());
            boolean up = filter.getAttributeName().equals("member");
            Set<String> reached = new java.util.LinkedHashSet<>();
            reach(filter.getAssertionValue(), up, reached);
            List<Filter> any = new ArrayList<>();
            for (String dn : reached) {
                any.add(Filter.createEqualityFilter("distinguishedName", dn));
            }
            return Filter.createORFilter(any);
        }

        private void reach(String from, boolean up, Set<String> reached) throws LDAPException {
            Filter next = Filter.createEqualityFilter(up ? "member" : "memberOf", from);
            for (Entry each : server.search(BASE, com.unboundid.ldap.sdk.SearchScope.SUB, next)
                    .getSearchEntries()) {
                if (reached.add(each.getDN())) {
                    reach(each.getDN(), up, reached);
                }
            }
        }
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        settings.put("url", "ldap://127.0.0.1:" + server.getListenPort("plain"));
        settings.put("plain", "true");
        settings.put("server", "active-directory");
        settings.put("bind.dn", "cn=reader," + BASE);
        settings.put("users.base", BASE);
        settings.put("groups.base", BASE);
        return settings;
    }

    private LdapServer asked(Map<String, String> settings) {
        return new LdapServer(LdapSettings.of(settings, Slapd.secrets()), new Reach(true));
    }

    private String person(String name, String account, byte[] guid, int control, String... memberOf)
            throws LDAPException {
        String dn = "CN=" + name + "," + BASE;
        List<Attribute> attributes = new ArrayList<>(List.of(
                new Attribute("objectClass", "top", "person", "organizationalPerson", "user"),
                new Attribute("objectCategory", "person"),
                new Attribute("distinguishedName", dn),
                new Attribute("cn", name),
                new Attribute("sAMAccountName", account),
                new Attribute("userPrincipalName", account + "@corp.example"),
                new Attribute("objectGUID", guid),
                new Attribute("mail", account + "@corp.example"),
                new Attribute("userAccountControl", Integer.toString(control)),
                new Attribute("userPassword", "secret-" + account)));
        if (memberOf.length > 0) {
            attributes.add(new Attribute("memberOf", memberOf));
        }
        server.add(new Entry(dn, attributes));
        return dn;
    }

    private String group(String name, int guid, List<String> members, String... memberOf) throws LDAPException {
        String dn = "CN=" + name + "," + BASE;
        List<Attribute> attributes = new ArrayList<>(List.of(
                new Attribute("objectClass", "top", "group"),
                new Attribute("distinguishedName", dn),
                new Attribute("cn", name),
                new Attribute("objectGUID", guid(guid)),
                new Attribute("member", members)));
        if (memberOf.length > 0) {
            attributes.add(new Attribute("memberOf", memberOf));
        }
        server.add(new Entry(dn, attributes));
        return dn;
    }

    private static byte[] guid(int number) {
        byte[] guid = new byte[16];
        guid[15] = (byte) number;
        return guid;
    }

    @Test
    void theIdIsTheObjectGuidAsItsOwnToolsPrintIt() throws LDAPException {
        person("Anna A.", "Anna", HexFormat.of().parseHex("78563412bc9af0de0123456789abcdef"), 512);

        Person anna = asked(settings())
                .login("anna", new Secret("secret-Anna"))
                .person()
                .orElseThrow();

        assertEquals("12345678-9abc-def0-0123-456789abcdef", anna.externalId());
        assertEquals("anna", anna.username());
    }

    @Test
    void anIdWithItsHighestBitsSetIsRead() throws LDAPException {
        person("High", "high", HexFormat.of().parseHex("ffffffffeeeeddddccccbbbbbbbbbbbb"), 512);

        assertEquals(
                "ffffffff-eeee-dddd-cccc-bbbbbbbbbbbb",
                asked(settings()).everything().people().get(0).externalId());
    }

    @Test
    void aDisabledAccountIsInactiveAndCannotLogInEvenWhereItsPasswordIsTaken() throws LDAPException {
        person("Off", "off", guid(1), 512 + 2);

        Answer answer = asked(settings()).login("off", new Secret("secret-off"));

        assertTrue(answer.person().isEmpty());
        assertEquals("the account is disabled in the directory", answer.why());
        assertFalse(asked(settings()).everything().people().get(0).active());
    }

    @Test
    void theNameBeforeTheAtOfAPrincipalNameServesAsUsername() throws LDAPException {
        person("Bo", "bo", guid(1), 512);
        Map<String, String> settings = settings();
        settings.put("attribute.username", "userPrincipalName");

        assertTrue(asked(settings).login("bo", new Secret("secret-bo")).person().isPresent());
        assertTrue(asked(settings).login("b", new Secret("secret-bo")).person().isEmpty());
        assertEquals("bo", asked(settings).everything().people().get(0).username());
    }

    @Test
    void groupsInGroupsAreFollowedByTheServerAlsoInACircle() throws LDAPException {
        String inner = "CN=inner," + BASE;
        String outer = "CN=outer," + BASE;
        String cy = person("Cy (x), Jr.".replace(",", "\\,"), "cy", guid(1), 512, inner);
        group("inner", 11, List.of(cy, outer), outer);
        group("outer", 12, List.of(inner), inner);
        group("none", 13, List.of("CN=nobody," + BASE));

        assertEquals(
                Set.of("inner", "outer"),
                asked(settings()).login("cy", new Secret("secret-cy")).groups().stream()
                        .map(GroupThere::name)
                        .collect(Collectors.toSet()));
        Snapshot all = asked(settings()).everything();
        assertEquals(
                Map.of("inner", 1, "none", 0, "outer", 1),
                all.groups().stream().collect(Collectors.toMap(GroupThere::name, group -> all.members()
                        .getOrDefault(group.externalId(), Set.of())
                        .size())));
        assertTrue(controls.contains("1.2.840.113556.1.4.1339"), "pointers to other domains are not asked for");
    }

    @Test
    void withoutNestingOnlyDirectMembersCount() throws LDAPException {
        String inner = "CN=inner," + BASE;
        String outer = "CN=outer," + BASE;
        String di = person("Di", "di", guid(1), 512, inner);
        group("inner", 11, List.of(di), outer);
        group("outer", 12, List.of(inner));
        Map<String, String> settings = settings();
        settings.put("nested", "false");

        assertEquals(
                List.of("inner"),
                asked(settings).login("di", new Secret("secret-di")).groups().stream()
                        .map(GroupThere::name)
                        .toList());
        assertEquals(1, asked(settings).everything().members().size());
    }
}
