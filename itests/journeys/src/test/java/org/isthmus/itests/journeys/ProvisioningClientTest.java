// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.unboundid.scim2.client.ScimService;
import com.unboundid.scim2.common.exceptions.PreconditionFailedException;
import com.unboundid.scim2.common.exceptions.ResourceConflictException;
import com.unboundid.scim2.common.exceptions.ResourceNotFoundException;
import com.unboundid.scim2.common.exceptions.ScimException;
import com.unboundid.scim2.common.exceptions.UnauthorizedException;
import com.unboundid.scim2.common.filters.Filter;
import com.unboundid.scim2.common.messages.ListResponse;
import com.unboundid.scim2.common.messages.SortOrder;
import com.unboundid.scim2.common.types.Email;
import com.unboundid.scim2.common.types.EnterpriseUserExtension;
import com.unboundid.scim2.common.types.GroupResource;
import com.unboundid.scim2.common.types.Member;
import com.unboundid.scim2.common.types.Name;
import com.unboundid.scim2.common.types.ResourceTypeResource;
import com.unboundid.scim2.common.types.SchemaResource;
import com.unboundid.scim2.common.types.UserResource;
import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.client.ClientRequestFilter;
import java.util.List;
import java.util.stream.Collectors;
import org.glassfish.jersey.client.ClientConfig;
import org.glassfish.jersey.jnh.connector.JavaNetHttpConnectorProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A client that we did not write gets along with our SCIM. */
@ExtendWith(Journey.class)
final class ProvisioningClientTest {
    private static final Client HTTP =
            ClientBuilder.newClient(new ClientConfig().connectorProvider(new JavaNetHttpConnectorProvider()));

    private static ScimService client(Platform platform, String organization) {
        Tenant tenant = platform.tenant(organization);
        return client(
                platform,
                tenant,
                Scim.linked(tenant, "personnel", Api.json()).api().token());
    }

    private static ScimService client(Platform platform, Tenant tenant, String token) {
        ClientRequestFilter bearer = request -> request.getHeaders().putSingle("Authorization", "Bearer " + token);
        return new ScimService(HTTP.target(platform.controller().http("/api/v1" + tenant.path("/scim/v2")))
                .register(bearer));
    }

    @AfterAll
    static void close() {
        HTTP.close();
    }

    private static UserResource hire(ScimService scim, String userName) throws ScimException {
        UserResource person = new UserResource()
                .setUserName(userName)
                .setActive(true)
                .setName(new Name().setGivenName("Ada").setFamilyName("Lovelace"))
                .setEmails(
                        List.of(new Email().setValue(userName).setType("work").setPrimary(true)));
        person.setExtension(new EnterpriseUserExtension().setDepartment("Analysis"));
        return scim.create("Users", person);
    }

    @Test
    void itMakesReadsChangesReplacesAndDeletesUsers(Platform platform) throws ScimException {
        ScimService scim = client(platform, "client-users");
        UserResource made = hire(scim, "ada@example.org");
        assertEquals("ada@example.org", made.getUserName());
        assertEquals("Ada Lovelace", made.getName().getFormatted());
        assertEquals(
                "Analysis", made.getExtension(EnterpriseUserExtension.class).getDepartment());
        assertEquals("User", made.getMeta().getResourceType());
        assertEquals("W/\"1\"", made.getMeta().getVersion());

        UserResource read = scim.retrieve("Users", made.getId(), UserResource.class);
        assertEquals(made, read);
        UserResource patched = scim.modifyRequest("Users", made.getId())
                .replaceValue("active", false)
                .replaceValue("displayName", "Countess")
                .removeValues("name.givenName")
                .invoke(UserResource.class);
        assertFalse(patched.getActive());
        assertEquals("Countess", patched.getDisplayName());
        assertNull(patched.getName().getGivenName());
        assertThrows(
                PreconditionFailedException.class,
                () -> scim.replaceRequest(made).ifMatch().invoke(UserResource.class));
        UserResource replaced =
                scim.replaceRequest(patched.setDisplayName("Ada")).ifMatch().invoke(UserResource.class);
        assertEquals("Ada", replaced.getDisplayName());
        assertThrows(ResourceConflictException.class, () -> hire(scim, "ada@example.org"));
        scim.delete(replaced);
        assertThrows(ResourceNotFoundException.class, () -> scim.retrieve("Users", made.getId(), UserResource.class));
    }

    @Test
    void itSearchesInPagesByFilterAndInOrder(Platform platform) throws ScimException {
        ScimService scim = client(platform, "client-pages");
        for (int i = 0; i < 12; i++) {
            hire(scim, "user" + (char) ('a' + i) + "@example.org");
        }

        ListResponse<UserResource> page = scim.searchRequest("Users")
                .filter(Filter.and(Filter.sw("userName", "user"), Filter.eq("active", true)))
                .sort("userName", SortOrder.DESCENDING)
                .page(3, 5)
                .attributes("userName")
                .invoke(UserResource.class);
        assertEquals(12, page.getTotalResults());
        assertEquals(
                List.of("userj", "useri", "userh", "userg", "userf"),
                page.getResources().stream()
                        .map(person -> person.getUserName().replace("@example.org", ""))
                        .toList());
        assertNull(page.getResources().get(0).getEmails());
        ListResponse<UserResource> posted = scim.searchRequest("Users")
                .filter(Filter.eq("userName", "usera@example.org"))
                .invokePost(UserResource.class);
        assertEquals(1, posted.getTotalResults());
        assertEquals(
                1,
                scim.search("Users", "emails[value eq \"userb@example.org\"]", UserResource.class)
                        .getTotalResults());
    }

    @Test
    void itKeepsGroups(Platform platform) throws ScimException {
        ScimService scim = client(platform, "client-groups");
        UserResource ada = hire(scim, "ada@example.org");
        UserResource eve = hire(scim, "eve@example.org");
        GroupResource made = scim.create(
                "Groups",
                new GroupResource().setDisplayName("Analysts").setMembers(List.of(new Member().setValue(ada.getId()))));

        GroupResource grown = scim.modifyRequest("Groups", made.getId())
                .addValues("members", List.of(new Member().setValue(eve.getId())))
                .attributes("members", "displayName")
                .invoke(GroupResource.class);
        assertEquals(2, grown.getMembers().size());
        assertEquals(
                "Analysts",
                scim.retrieve("Users", eve.getId(), UserResource.class)
                        .getGroups()
                        .get(0)
                        .getDisplay());
        GroupResource left = scim.modifyRequest("Groups", made.getId())
                .removeValues("members[value eq \"" + ada.getId() + "\"]")
                .attributes("members")
                .invoke(GroupResource.class);
        assertEquals(eve.getId(), left.getMembers().get(0).getValue());
        scim.delete("Groups", made.getId());
        assertEquals(
                0, scim.search("Groups", "displayName pr", GroupResource.class).getTotalResults());
    }

    @Test
    void itLearnsWhatThereIs(Platform platform) throws ScimException {
        ScimService scim = client(platform, "client-learns");
        assertTrue(scim.getServiceProviderConfig().getPatch().isSupported());
        assertEquals(1000, scim.getServiceProviderConfig().getBulk().getMaxOperations());
        assertEquals(
                List.of("User", "Group"),
                scim.getResourceTypes().getResources().stream()
                        .map(ResourceTypeResource::getName)
                        .toList());
        assertEquals(
                "EnterpriseUser, Group, User",
                scim.getSchemas().getResources().stream()
                        .map(SchemaResource::getName)
                        .sorted()
                        .collect(Collectors.joining(", ")));
        assertThrows(UnauthorizedException.class, () -> client(platform, platform.tenant("client-wrong"), "isd_wrong")
                .getSchemas());
    }
}
