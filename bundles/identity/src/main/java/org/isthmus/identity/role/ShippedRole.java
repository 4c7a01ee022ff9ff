// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.role;

import static org.isthmus.api.Action.*;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;

/**
 * The roles that ship. {@link Action#OWN_ACCOUNT} is in none of them: everybody may that.
 *
 * <p>Keys are stored in grants and never change.
 */
public enum ShippedRole {
    /** The only role with platform actions, and only granted in the platform's own organization. */
    OPERATOR("operator", true, operating()),
    ORGANIZATION_ADMIN("organization-admin", false, organizational()),
    NETWORK_ADMIN(
            "network-admin",
            false,
            EnumSet.of(
                    ORGANIZATION_READ,
                    LIMIT_READ,
                    PRICE_READ,
                    OPERATION_READ,
                    OPERATION_CANCEL,
                    EVENT_READ,
                    NETWORK_READ,
                    NETWORK_CREATE,
                    NETWORK_CHANGE,
                    NETWORK_DELETE,
                    NETWORK_EXPOSE,
                    BREAK_GLASS_ASK)),
    SERVER_DEPLOYER(
            "server-deployer",
            false,
            EnumSet.of(
                    ORGANIZATION_READ,
                    LIMIT_READ,
                    PRICE_READ,
                    OPERATION_READ,
                    OPERATION_CANCEL,
                    EVENT_READ,
                    NETWORK_READ,
                    IMAGE_READ,
                    SERVER_READ,
                    SERVER_DEPLOY,
                    SERVER_DELETE,
                    SERVER_CHANGE,
                    SERVER_DISK,
                    SERVER_NIC,
                    BREAK_GLASS_ASK)),
    SERVER_MANAGER(
            "server-manager",
            false,
            EnumSet.of(
                    ORGANIZATION_READ,
                    LIMIT_READ,
                    PRICE_READ,
                    OPERATION_READ,
                    OPERATION_CANCEL,
                    EVENT_READ,
                    NETWORK_READ,
                    IMAGE_READ,
                    SERVER_READ,
                    SERVER_CHANGE,
                    SERVER_START,
                    SERVER_STOP,
                    SERVER_RESTART,
                    SERVER_RESIZE,
                    SERVER_DISK,
                    SERVER_SNAPSHOT,
                    SERVER_CONSOLE,
                    BREAK_GLASS_ASK)),
    SERVER_ROOT("server-root", false, EnumSet.of(ORGANIZATION_READ, SERVER_READ, Action.SERVER_ROOT)),
    IMAGE_CREATOR(
            "image-creator",
            false,
            EnumSet.of(
                    ORGANIZATION_READ,
                    OPERATION_READ,
                    OPERATION_CANCEL,
                    EVENT_READ,
                    IMAGE_READ,
                    IMAGE_CREATE,
                    IMAGE_CHANGE,
                    IMAGE_DELETE,
                    IMAGE_CAPTURE,
                    IMAGE_TRANSFER)),
    USER_ADMIN(
            "user-admin",
            false,
            EnumSet.of(
                    ORGANIZATION_READ,
                    DEPARTMENT_CREATE,
                    DEPARTMENT_CHANGE,
                    DEPARTMENT_DELETE,
                    USER_READ,
                    USER_CREATE,
                    USER_CHANGE,
                    USER_DELETE,
                    ROLE_READ,
                    DIRECTORY_READ,
                    GRANT_READ,
                    GRANT_CREATE,
                    GRANT_DELETE,
                    REVIEW_READ,
                    REVIEW_DECIDE,
                    BREAK_GLASS_ASK)),
    FINANCE(
            "finance",
            false,
            EnumSet.of(
                    ORGANIZATION_READ,
                    USER_READ,
                    LIMIT_READ,
                    LIMIT_SET,
                    USAGE_READ,
                    PRICE_READ,
                    APPROVAL_READ,
                    APPROVAL_DECIDE)),
    AUDITOR("auditor", false, reading(AUDIT_READ)),
    VPN_USER("vpn-user", false, EnumSet.of(ORGANIZATION_READ, NETWORK_READ)),
    READ_ONLY("read-only", false, reading());

    private final String key;
    private final boolean platformOnly;

    @SuppressWarnings("ImmutableEnumChecker") // its set is an unmodifiable copy: Java has no type that says so
    private final Role role;

    ShippedRole(String key, boolean platformOnly, Set<Action> actions) {
        this.key = key;
        this.platformOnly = platformOnly;
        this.role = new Role(key, key, actions, true);
    }

    /** The name under which it is granted. */
    public String key() {
        return key;
    }

    /** True when it exists only in the platform's own organization. */
    public boolean platformOnly() {
        return platformOnly;
    }

    public Set<Action> actions() {
        return role.actions();
    }

    /** As it is held. */
    public Role role() {
        return role;
    }

    public static Optional<ShippedRole> byKey(String key) {
        return Arrays.stream(values()).filter(role -> role.key.equals(key)).findFirst();
    }

    /** Platform actions, and what is needed to follow the platform's own operations; nothing of customers. */
    private static Set<Action> operating() {
        Set<Action> actions =
                EnumSet.of(ORGANIZATION_READ, OPERATION_READ, OPERATION_CANCEL, EVENT_READ, USAGE_READ, PRICE_READ);
        for (Action action : Action.values()) {
            if (action.platform()) {
                actions.add(action);
            }
        }
        return actions;
    }

    private static Set<Action> organizational() {
        Set<Action> actions = EnumSet.noneOf(Action.class);
        for (Action action : Action.values()) {
            if (!action.platform() && action != OWN_ACCOUNT && action != DIRECTORY_PROVISION) {
                actions.add(action);
            }
        }
        return actions;
    }

    /** Every way of reading within an organization but the audit log, and what else is named. */
    private static Set<Action> reading(Action... besides) {
        Set<Action> actions = EnumSet.noneOf(Action.class);
        for (Action action : organizational()) {
            if (action.key().endsWith(".read") && action != AUDIT_READ) {
                actions.add(action);
            }
        }
        actions.addAll(Arrays.asList(besides));
        return actions;
    }
}
