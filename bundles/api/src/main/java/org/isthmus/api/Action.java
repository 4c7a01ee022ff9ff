// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import java.util.Optional;

/**
 * Everything anybody can be allowed to do. Every command and every query names its action; roles are sets of these.
 * Constant names may change, {@link #key()} never does: it is stored in grants, tokens and the audit log.
 */
public enum Action {
    ORGANIZATION_READ("organization.read", "see the organization and its departments", false),
    ORGANIZATION_CREATE("organization.create", "make an organization", true),
    ORGANIZATION_CHANGE("organization.change", "change an organization's display name", false),
    ORGANIZATION_DELETE("organization.delete", "delete an organization that owns nothing", true),
    POLICY_READ("policy.read", "see the organization's policy", false),
    POLICY_SET("policy.set", "set the organization's policy", false),
    DEPARTMENT_CREATE("department.create", "make a department", false),
    DEPARTMENT_CHANGE("department.change", "change a department", false),
    DEPARTMENT_DELETE("department.delete", "delete a department", false),
    USER_READ("user.read", "see users", false),
    USER_CREATE("user.create", "make a user", false),
    USER_CHANGE("user.change", "change or disable a user, set a new one-time password", false),
    USER_DELETE("user.delete", "delete a user", false),
    ROLE_READ("role.read", "see roles", false),
    ROLE_CREATE("role.create", "make a role", false),
    ROLE_CHANGE("role.change", "change a role of the organization's own", false),
    ROLE_DELETE("role.delete", "delete a role of the organization's own", false),
    GRANT_READ("grant.read", "see grants and why somebody may do something", false),
    GRANT_CREATE("grant.create", "give a role to somebody", false),
    GRANT_DELETE("grant.delete", "take a role from somebody", false),
    REVIEW_READ("review.read", "see reviews of who has access", false),
    REVIEW_MANAGE("review.manage", "begin and close reviews of who has access", false),
    REVIEW_DECIDE("review.decide", "decide in a review what others keep", false),
    BREAK_GLASS_READ("break-glass.read", "see who had an emergency role, and what they did", false),
    BREAK_GLASS_ASK("break-glass.ask", "ask for a role for some hours in an emergency", false),
    BREAK_GLASS_CONFIRM("break-glass.confirm", "confirm that, or end it", false),
    DIRECTORY_READ(
            "directory.read", "see the directories that know the organization's people, and their groups", false),
    DIRECTORY_MANAGE(
            "directory.manage", "link and change such directories: who does can become anybody in them", false),
    /** Asked of directories only: no role has it. */
    DIRECTORY_PROVISION("directory.provision", "tell who is there, as a directory", false),
    LIMIT_READ("limit.read", "see limits and what is left of them", false),
    LIMIT_SET("limit.set", "set limits", false),
    LOCATION_CREATE("location.create", "make a location", true),
    LOCATION_CHANGE("location.change", "change a location", true),
    LOCATION_DELETE("location.delete", "delete a location", true),
    ENDPOINT_READ("endpoint.read", "see endpoints, hosts and drivers", true),
    ENDPOINT_CREATE("endpoint.create", "link an endpoint", true),
    ENDPOINT_CHANGE("endpoint.change", "change an endpoint's settings", true),
    ENDPOINT_DELETE("endpoint.delete", "unlink an endpoint", true),
    TEMPLATE_ADOPT("template.adopt", "give an organization an image of a template of an endpoint", true),
    HOST_CHANGE("host.change", "change a host's tags, overcommit and maintenance", true),
    DRIVER_UPDATE("driver.update", "replace a driver by another version", true),
    PLATFORM_METRICS("platform.metrics", "read the controller's metrics", true),
    NETWORK_READ("network.read", "see networks", false),
    NETWORK_CREATE("network.create", "make a private network", false),
    NETWORK_CHANGE("network.change", "change a network", false),
    NETWORK_DELETE("network.delete", "delete a network", false),
    /** Of whatever makes something reachable from outside, and of nothing else: {@code exposureAllowed} is about this. */
    NETWORK_EXPOSE("network.expose", "make something reachable from outside", false),
    IMAGE_READ("image.read", "see images", false),
    IMAGE_CREATE("image.create", "make an image and upload its content", false),
    IMAGE_CHANGE("image.change", "change an image", false),
    IMAGE_DELETE("image.delete", "delete an image with its copies", false),
    IMAGE_CAPTURE("image.capture", "make an image of a server: whoever may, can read its disks", false),
    IMAGE_TRANSFER("image.transfer", "copy an image to another location, make an OVA of it", false),
    SERVER_READ("server.read", "see servers", false),
    SERVER_DEPLOY("server.deploy", "deploy a server", false),
    SERVER_DELETE("server.delete", "delete or recover a server", false),
    SERVER_CHANGE("server.change", "change a server's name, tags, purpose and protection", false),
    SERVER_MOVE("server.move", "copy a server to another location: whoever may, can read its disks", false),
    SERVER_START("server.start", "start a server", false),
    SERVER_STOP("server.stop", "stop a server", false),
    SERVER_RESTART("server.restart", "restart a server", false),
    SERVER_RESIZE("server.resize", "give a server other CPUs and memory", false),
    SERVER_DISK("server.disk", "attach, detach and grow disks", false),
    SERVER_NIC("server.nic", "attach and detach network interfaces", false),
    SERVER_SNAPSHOT("server.snapshot", "take, go back to and delete snapshots", false),
    SERVER_CONSOLE("server.console", "use a server's console", false),
    SERVER_ROOT("server.root", "get short-lived SSH certificates for root inside a server", false),
    SSH_CA_ROTATE("ssh-ca.rotate", "give the organization's SSH authority a new key", false),
    OPERATION_READ("operation.read", "see operations", false),
    OPERATION_CANCEL("operation.cancel", "cancel an operation", false),
    APPROVAL_READ("approval.read", "see requests that wait for a second person", false),
    APPROVAL_DECIDE("approval.decide", "approve or reject what somebody else asked for", false),
    EVENT_READ("event.read", "see events", false),
    WEBHOOK_READ("webhook.read", "see webhooks and how their deliveries go", false),
    WEBHOOK_MANAGE("webhook.manage", "have events sent to addresses outside", false),
    AUDIT_READ("audit.read", "read the audit log and its proofs", false),
    USAGE_READ("usage.read", "see usage", false),
    PRICE_READ("price.read", "see the price book", false),
    /** Asked of nobody: every user may do this to themself. */
    OWN_ACCOUNT("own.account", "change one's own password, use and end one's own sessions and tokens", false);

    private final String key;
    private final String description;
    private final boolean platform;

    Action(String key, String description, boolean platform) {
        this.key = key;
        this.description = description;
        this.platform = platform;
    }

    /** The stable name, such as {@code server.deploy}. */
    public String key() {
        return key;
    }

    /** What it allows, to be read after "may". */
    public String description() {
        return description;
    }

    /** True for what only exists in the platform's own organization. */
    public boolean platform() {
        return platform;
    }

    public static Optional<Action> byKey(String key) {
        for (Action action : values()) {
            if (action.key.equals(key)) {
                return Optional.of(action);
            }
        }
        return Optional.empty();
    }
}
