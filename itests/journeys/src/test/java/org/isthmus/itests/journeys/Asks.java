// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.isthmus.itests.journeys.Ask.ofADepartment;
import static org.isthmus.itests.journeys.Ask.ofADepartmentOrNone;
import static org.isthmus.itests.journeys.Ask.ofAThing;
import static org.isthmus.itests.journeys.Ask.ofAnOrganization;
import static org.isthmus.itests.journeys.Ask.ofTheCloud;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * How each published operation is asked for in {@link AccessTableTest}, by its {@code operationId}, in the order of the paths.
 * An operation that comes into the product gets its line here; a thing that its path names is made in {@link AccessWorld}.
 */
final class Asks {
    static final String PASSWORD = "table-of-all-that-is-allowed";
    /** Nobody here has a second factor: a code of one leads to 409 for those who may send it. */
    private static final String CODE = "123456";

    static final String PUBLIC_KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9mZ5m1Zk3hQ2oX7bq0o1yQ1h8m0d3s6c9w2v5x8z1a somebody";

    private static final Map<String, Ask> ALL = new TreeMap<>();

    private Asks() {}

    static Ask of(Published operation) {
        Ask ask = ALL.get(operation.id());
        if (ask == null) {
            throw new AssertionError(operation + " is not in the access table: say in Asks how it is asked for");
        }
        return ask;
    }

    /** The operations that have a line. */
    static List<String> ids() {
        return List.copyOf(ALL.keySet());
    }

    static {
        theCloud();
        organizations();
        people();
        scim();
        rights();
        networksAndImages();
        servers();
        locations();
    }

    private static void theCloud() {
        put("getHealth", ofTheCloud());
        put("getReadiness", ofTheCloud());
        put("getMetrics", ofTheCloud());
        put("listProblems", ofTheCloud());
        put("getProblem", ofTheCloud());
        put("getOpenApi", ofTheCloud());
        put(
                "streamEvents",
                ofTheCloud()
                        .instead(
                                "it never ends: asked with HEAD, which is judged like GET",
                                (holder, path, about) ->
                                        holder.api().request("HEAD", path).send()));
        put(
                "logIn",
                ofTheCloud()
                        .instead(
                                "it is how each of them came in, once: that answer is judged",
                                (holder, path, about) -> holder.login()));
        put("getSession", ofTheCloud());
        put(
                "logOut",
                ofTheCloud()
                        .instead(
                                "it is done with a token of one's own, which lets in like a session and which it leaves as it is",
                                (holder, path, about) -> holder.api()
                                        .with(holder.things().get(Where.OWN).get("token secret"))
                                        .delete(path)));
        put("stepUp", ofTheCloud().sending("totp", CODE));
        put("listSignOn", ofTheCloud());
        List.of("beginSignOn", "finishSignOn", "logOutByProvider")
                .forEach(id -> put(
                        id,
                        ofTheCloud()
                                .instead(
                                        "it needs a provider and a browser; whether anybody comes so far is asked with the list of the ways in",
                                        (holder, path, about) ->
                                                holder.api().get(path.replaceFirst("/sign-on/.*", "/sign-on")))));
        put("getCheckpoint", ofTheCloud());
        put("getLeaf", ofAnOrganization());
        put("proveConsistency", ofTheCloud().asking(about -> "from=1&to=1"));
        put("proveInclusion", ofTheCloud().asking(about -> "index=0&size=1"));
    }

    private static void organizations() {
        put("listOrganizations", ofAnOrganization().showing("organization"));
        put("createOrganization", ofTheCloud().sending("name", "one-more"));
        put("getOrganization", ofAnOrganization());
        put("changeOrganization", ofAnOrganization().sending("displayName", "Another name"));
        put("deleteOrganization", ofAnOrganization());
        put("getPolicy", ofAnOrganization());
        put("setPolicy", ofAnOrganization());
        put("listAuditEntries", ofAnOrganization().asking(about -> "limit=1"));
        put("getPriceBook", ofAnOrganization());
        put("listLimits", ofAThing().showing("limit"));
        put("createLimit", ofAThing().sending(Asks::limit));
        put("getLimit", ofAThing());
        put("changeLimit", ofAThing().sending("deploymentsPerDay", 5));
        put("freezeLimit", ofAThing());
        put("unfreezeLimit", ofAThing());
        put("deleteLimit", ofAThing());
        put("listBreakGlass", ofAnOrganization().showing("breakGlass"));
        put(
                "askBreakGlass",
                ofAnOrganization().sending("role", "network-admin", "reason", "the shop is down", "lasts", "PT1H"));
        put("getBreakGlass", ofAnOrganization());
        put("confirmBreakGlass", ofAnOrganization());
        put("endBreakGlass", ofAnOrganization());
        put("reportBreakGlass", ofAnOrganization());
        put("listAccessReviews", ofAnOrganization().showing("review"));
        put("createAccessReview", ofAnOrganization().sending("name", "one-more", "dueAt", AccessWorld.soon()));
        put("getAccessReview", ofAnOrganization());
        put("listReviewLines", ofAnOrganization());
        put("decideReviewLine", ofAThing().sending("decision", "KEEP", "reason", "needed"));
        put("closeAccessReview", ofAnOrganization());
        put("listApprovals", ofAnOrganization().showing("approval"));
        put("getApproval", ofAnOrganization());
        put("approve", ofAnOrganization());
        put("reject", ofAnOrganization());
        put("withdraw", ofAnOrganization());
        put(
                "listUsage",
                ofADepartment()
                        .asking(about -> "subject=" + about.get("server"))
                        .showing("server"));
        put("listOperations", ofAThing().showing("operation"));
        put("getOperation", ofAThing());
        put("cancelOperation", ofAThing());
    }

    private static void people() {
        put("listDepartments", ofADepartment().showing("department"));
        put(
                "createDepartment",
                ofADepartmentOrNone().sending(about -> in(about, "parent", Api.json("name", "one-more"))));
        put("getDepartment", ofADepartment());
        put("changeDepartment", ofADepartment().sending("name", "another-name"));
        put("deleteDepartment", ofADepartment());
        put("listUsers", ofAThing().showing("user"));
        put(
                "createUser",
                ofADepartmentOrNone()
                        .sending(about -> in(
                                about,
                                "department",
                                // a person's password takes time to make
                                Api.json("username", "one-more", "email", "one@more.example", "kind", "service"))));
        put("getUser", ofAThing());
        put("changeUser", ofAThing().sending("email", "another@address.example"));
        put("deleteUser", ofAThing());
        put("changePassword", ofAThing().sending("current", PASSWORD, "password", "another-password-of-some-length"));
        put("resetPassword", ofAThing());
        put("handOverUser", ofAThing().sending(about -> Api.json("directory", about.get("directory"))));
        put("beginTotp", ofAThing());
        put("confirmTotp", ofAThing().sending("totp", CODE));
        put("renewRecoveryCodes", ofAThing().sending("totp", CODE));
        put(
                "removeTotp",
                ofAThing()
                        .sending(about -> about.find("session owner").isEmpty() ? Api.json("totp", CODE) : Api.json()));
        put("listSessions", ofAThing().asking(whose("session owner")).showing("session"));
        put("getOpenSession", ofAThing());
        put("endSession", ofAThing().asking(whose("session owner")));
    }

    private static void scim() {
        for (String id : List.of(
                "scimGetConfig",
                "scimListResourceTypes",
                "scimGetResourceType",
                "scimListSchemas",
                "scimGetSchema",
                "scimListUsers",
                "scimCreateUser",
                "scimSearchUsers",
                "scimGetUser",
                "scimReplaceUser",
                "scimChangeUser",
                "scimDeleteUser",
                "scimListGroups",
                "scimCreateGroup",
                "scimSearchGroups",
                "scimGetGroup",
                "scimReplaceGroup",
                "scimChangeGroup",
                "scimDeleteGroup",
                "scimSearch",
                "scimBulk",
                "scimGetMe",
                "scimCreateMe",
                "scimReplaceMe",
                "scimChangeMe",
                "scimDeleteMe")) {
            put(id, Ask.ofADirectory());
        }
    }

    private static void rights() {
        put("listRoles", ofAnOrganization().showing("role"));
        put("createRole", ofAnOrganization().sending("name", "one-more", "actions", List.of("organization.read")));
        put("getRole", ofAnOrganization());
        put("changeRole", ofAnOrganization().sending("name", "another-name"));
        put("deleteRole", ofAnOrganization());
        put("listDirectories", ofAnOrganization().showing("directory"));
        put("createDirectory", ofAnOrganization().sending("name", "one-more", "kind", "SCIM"));
        put("getDirectory", ofAnOrganization());
        put("changeDirectory", ofAnOrganization().sending("name", "another-name"));
        put("deleteDirectory", ofAnOrganization());
        put("checkDirectory", ofAnOrganization());
        put("getSync", ofAnOrganization());
        put("syncDirectory", ofAnOrganization());
        put("listDirectoryTokens", ofAnOrganization().showing("directoryToken"));
        put(
                "createDirectoryToken",
                ofAnOrganization().sending(about -> Api.json("name", "one-more", "expiresAt", AccessWorld.soon())));
        put("deleteDirectoryToken", ofAnOrganization());
        put("listGroups", ofAnOrganization().showing("group"));
        put(
                "createGroup",
                ofAnOrganization().sending(about -> Api.json("name", "one-more", "directory", about.get("logins"))));
        put("getGroup", ofAnOrganization());
        put("changeGroup", ofAnOrganization().sending("name", "another-name"));
        put("deleteGroup", ofAnOrganization());
        put("listMembers", ofAnOrganization());
        put("listWebhooks", ofAnOrganization().showing("webhook"));
        put(
                "createWebhook",
                ofAnOrganization().sending("name", "one-more", "url", "https://example.org/", "enabled", false));
        put("getWebhook", ofAnOrganization());
        put("changeWebhook", ofAnOrganization().sending("name", "another-name"));
        put("deleteWebhook", ofAnOrganization());
        put("listGrants", ofAThing().showing("grant"));
        put("createGrant", ofAThing().sending(Asks::grant));
        put("getGrant", ofAThing());
        put("deleteGrant", ofAThing());
        put("listHolders", ofAThing().asking(about -> "action=server.read"));
        put("listAccessHistory", ofAThing().asking(about -> "user=" + about.get("user")));
        put("explainAccess", ofAThing().asking(about -> "user=" + about.get("user") + "&action=server.read"));
        put("listTokens", ofAThing().asking(whose("token owner")).showing("token"));
        put("createToken", ofAThing().sending(Asks::token));
        put("getToken", ofAThing());
        put("deleteToken", ofAThing().asking(whose("token owner")));
    }

    private static void networksAndImages() {
        put("listNetworks", ofAThing().showing("network"));
        put(
                "createNetwork",
                ofAThing()
                        .sending(about -> in(
                                about,
                                "department",
                                Api.json("name", "one-more", "location", AccessWorld.PLACE, "cidr", "10.250.0.0/24"))));
        put("getNetwork", ofAThing());
        put("changeNetwork", ofAThing().sending("name", "another-name"));
        put("deleteNetwork", ofAThing());
        put("listImages", ofAThing().showing("image"));
        put("createImage", ofAThing().sending(about -> in(about, "department", Api.json("name", "one-more"))));
        put("getImage", ofAThing());
        put("changeImage", ofAThing().sending("os", "another"));
        put("deleteImage", ofAThing());
        put("transferImage", ofAThing().sending("location", AccessWorld.PLACE));
        put("exportImage", ofAThing().sending("format", "OVA"));
        put(
                "uploadImage",
                ofAThing()
                        .instead(
                                "it takes bytes: those sent are not the ones that come next, and nothing is kept",
                                (holder, path, about) -> holder.api()
                                        .request("PUT", path.replace(about.get("image"), about.get("upload")))
                                        .header("Content-Type", "application/octet-stream")
                                        .header("Content-Range", "bytes 5-8/10")
                                        .bytes(new byte[4])
                                        .send()));
        put("downloadImage", ofAThing().instead("one byte tells as much as all", (holder, path, about) -> holder.api()
                .request("GET", path)
                .header("Range", "bytes=0-0")
                .send()));
    }

    private static void servers() {
        put("listServers", ofAThing().showing("server"));
        put("deployServer", ofAThing().sending(Asks::server));
        put("getServer", ofAThing());
        put("changeServer", ofAThing().sending("purpose", "another"));
        put("deleteServer", ofAThing());
        put("startServer", ofAThing());
        put("stopServer", ofAThing());
        put("restartServer", ofAThing());
        put("resizeServer", ofAThing().sending("cpus", 2, "memoryMiB", 256));
        put("recoverServer", ofAThing());
        put("listLeases", ofAThing().showing("lease"));
        put(
                "createLease",
                ofAThing().sending(about -> Api.json("server", about.get("server"), "expiresAt", AccessWorld.soon())));
        put("getLease", ofAThing());
        put("changeLease", ofAThing().sending(about -> Api.json("expiresAt", AccessWorld.soon())));
        put("deleteLease", ofAThing());
        put("listDisks", ofAThing().showing("disk"));
        put("attachDisk", ofAThing().sending("sizeGiB", 1));
        put("detachDisk", ofAThing());
        put("growDisk", ofAThing().sending("sizeGiB", 2));
        put("listNics", ofAThing().showing("nic"));
        put("attachNic", ofAThing().sending(about -> Api.json("network", about.get("network"))));
        put("detachNic", ofAThing());
        put("listSnapshots", ofAThing().showing("snapshot"));
        put("takeSnapshot", ofAThing().sending("name", "one-more"));
        put("revertSnapshot", ofAThing());
        put("deleteSnapshot", ofAThing());
        put(
                "moveServer",
                ofAThing()
                        .sending(about -> Api.json(
                                "location",
                                AccessWorld.PLACE,
                                "name",
                                "one-more-there",
                                "running",
                                "SNAPSHOT",
                                "networks",
                                List.of(about.get("network")))));
        put("listMoveBatches", ofAnOrganization().showing("move"));
        put(
                "moveServers",
                ofAThing()
                        .sending(about -> Api.json(
                                "name",
                                "one-more",
                                "location",
                                AccessWorld.PLACE,
                                "moves",
                                List.of(AccessWorld.move(about, "SNAPSHOT")))));
        put("getMoveBatch", ofAnOrganization());
        put("captureServer", ofAThing().sending("name", "one-more", "running", "SNAPSHOT"));
        put("openConsole", ofAThing());
        put(
                "useConsole",
                ofTheCloud()
                        .instead(
                                "no role is asked for, the ticket is the right: asked without one, it says what it needs",
                                (holder, path, about) -> holder.api().get(path + "?ticket=none")));
        put("getConsoleLog", ofAThing());
        put("issueSshCertificate", ofAThing().sending("publicKey", PUBLIC_KEY));
        put("listSshCertificates", ofAnOrganization().showing("certificate"));
        put("getSshCertificate", ofAnOrganization());
        put("getSshAuthority", ofAnOrganization());
        put("rotateSshAuthority", ofAnOrganization());
    }

    private static void locations() {
        put("listLocations", ofTheCloud());
        put("createLocation", ofTheCloud().sending("name", "one-more", "kind", "cloud"));
        put("getLocation", ofTheCloud());
        put("changeLocation", ofTheCloud().sending("name", "another-name"));
        put("deleteLocation", ofTheCloud());
        put("listEndpoints", ofTheCloud());
        put("createEndpoint", ofTheCloud().sending("name", "one-more", "driver", "fake"));
        put("getEndpoint", ofTheCloud());
        put("changeEndpoint", ofTheCloud().sending("name", "another-name"));
        put("deleteEndpoint", ofTheCloud());
        // there is none of that name: whoever may is told so by 409
        put("listTemplates", ofTheCloud());
        put("adoptImage", ofTheCloud().sending("ref", "none", "organization", "platform", "name", "one-more"));
        put("listHosts", ofTheCloud());
        put("getHost", ofTheCloud());
        put("changeHost", ofTheCloud().sending("maintenance", false));
        put("listDrivers", ofTheCloud());
        put("getDriver", ofTheCloud());
    }

    private static void put(String operation, Ask ask) {
        if (ALL.put(operation, ask) != null) {
            throw new IllegalStateException(operation + " has two lines");
        }
    }

    /** With the department named, where one is; elsewhere what is made lies where its maker does, or in none. */
    private static ObjectNode in(Belongings about, String field, ObjectNode wish) {
        about.find("home").ifPresent(department -> wish.put(field, department));
        return wish;
    }

    /** Of somebody else, where it is not the caller's own. */
    private static Function<Belongings, String> whose(String owner) {
        return about -> about.find(owner).map(user -> "user=" + user).orElse("");
    }

    /** A role that everybody's role contains, to the user there, in the department there. */
    private static ObjectNode grant(Belongings about) {
        return Api.json(
                "role",
                about.get("role name"),
                "subject",
                Map.of("kind", "user", "id", about.get("user")),
                "scope",
                Map.of("kind", "department", "id", about.get("department")));
    }

    private static ObjectNode limit(Belongings about) {
        return Api.json("subject", Map.of("kind", "user", "id", about.get("user")), "deploymentsPerDay", 5);
    }

    private static ObjectNode token(Belongings about) {
        ObjectNode wish = Api.json(
                "name",
                "one-more",
                "expiresAt",
                Instant.now().plus(Duration.ofDays(1)).toString());
        about.find("token owner").ifPresent(service -> wish.put("user", service));
        return wish;
    }

    private static ObjectNode server(Belongings about) {
        ObjectNode wish =
                Tenant.server("one-more").put("network", about.get("network")).put("image", about.get("ready image"));
        return in(about, "department", wish);
    }
}
