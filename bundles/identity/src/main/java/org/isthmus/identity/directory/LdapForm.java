// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.directory;

import java.util.List;

/** What an LDAP directory is set up with. What the values mean together is checked by who reads them. */
final class LdapForm {
    private static final String DN = "[^\\p{Cntrl}]{3,500}";
    private static final String FILTER = "\\([^\\p{Cntrl}]{1,2000}\\)";
    private static final String ATTRIBUTE = "[A-Za-z][A-Za-z0-9-]{0,63}";
    private static final String YES = "true|false";
    private static final String NUMBER = "[0-9]{1,6}";

    static final String PASSWORD = "bind.password";
    /** What says to whom the password is sent. */
    static final List<String> SERVER = List.of("url", "start.tls", "plain", "ca.certificate", "bind.dn");

    static final List<Setting> ALL = List.of(
            Setting.required(
                    "url",
                    "[^\\p{Cntrl}]{8,1000}",
                    "The server, such as ldaps://ldap.example.org; up to four with spaces between, asked in this order."),
            Setting.optional(
                    "start.tls",
                    YES,
                    "false",
                    "true for addresses with ldap://: TLS is begun before anything is said."),
            Setting.optional(
                    "plain",
                    YES,
                    "false",
                    "true: no TLS. Only for a server at a loopback address, where the controller allows those."),
            Setting.optional(
                    "ca.certificate",
                    "[A-Za-z0-9+/=\\s:.,_-]{1,15900}",
                    "",
                    "The authorities whose certificates are trusted, in PEM; without it those that Java trusts."),
            Setting.optional(
                    "server",
                    "generic|active-directory",
                    "generic",
                    "generic or active-directory: which names and rules hold."),
            Setting.required("bind.dn", DN, "The account that searches: a distinguished name."),
            Setting.secret(PASSWORD, true, "Its password."),
            Setting.required("users.base", DN, "Where people are: a distinguished name."),
            Setting.optional(
                    "users.filter",
                    FILTER,
                    "",
                    "Which entries there are people (RFC 4515). Usually (objectClass=inetOrgPerson), or"
                            + " (&(objectCategory=person)(objectClass=user)) for Active Directory."),
            Setting.optional(
                    "attribute.username",
                    ATTRIBUTE,
                    "",
                    "Which attribute is the username: uid, or sAMAccountName for Active Directory."),
            Setting.optional("attribute.email", ATTRIBUTE, "mail", "Which attribute is the e-mail address."),
            Setting.optional(
                    "attribute.name", ATTRIBUTE, "", "Which attribute is the name to show: cn, or displayName."),
            Setting.optional("attribute.given.name", ATTRIBUTE, "givenName", "Which attribute is the given name."),
            Setting.optional("attribute.family.name", ATTRIBUTE, "sn", "Which attribute is the family name."),
            Setting.optional(
                    "attribute.id",
                    ATTRIBUTE,
                    "",
                    "Which attribute never changes: entryUUID, or objectGUID for Active Directory."),
            Setting.optional(
                    "attribute.department",
                    ATTRIBUTE,
                    "",
                    "Which attribute names the department; what comes of it is said by the setting departments."),
            DirectorySettings.DEPARTMENT_RULE,
            Setting.optional(
                    "create.users",
                    YES,
                    "false",
                    "true: who is not known here yet is made at their first login. A sync makes everybody."),
            Setting.optional(
                    "groups.base", DN, "", "Where groups are: a distinguished name. Without it there are none."),
            Setting.optional("groups.filter", FILTER, "", "Which entries there are groups (RFC 4515)."),
            Setting.optional("attribute.group.name", ATTRIBUTE, "cn", "Which attribute is a group's name."),
            Setting.optional(
                    "attribute.members",
                    ATTRIBUTE + "( " + ATTRIBUTE + "){0,3}",
                    "member uniqueMember",
                    "Which attributes of a group name its members: distinguished names, or usernames in memberUid."),
            Setting.optional(
                    "attribute.member.of",
                    ATTRIBUTE,
                    "",
                    "Which attribute of a person or group names the groups it is in, such as memberOf."),
            Setting.optional("nested", YES, "true", "Whether who is in a group is in the groups which that is in."),
            Setting.optional("create.groups", YES, "true", "false: only groups that were declared here are followed."),
            Setting.optional("timeout", "PT[0-9.]{1,6}[SM]", "PT5S", "How long an answer may take: PT1S to PT30S."),
            Setting.optional("page.size", NUMBER, "500", "How many entries are asked for at a time: 10 to 1000."),
            Setting.optional(
                    "max.entries", NUMBER, "20000", "More people or groups than these are not taken: 1 to 200000."),
            Setting.optional(
                    "sync.interval",
                    "P[0-9DTHMS.]{1,20}",
                    "",
                    "How often everybody is brought here by itself: PT1M to P7D. Without it, when somebody asks."),
            Setting.optional(
                    "max.removals",
                    NUMBER,
                    "50",
                    "A sync that would end more accounts or memberships than these does nothing until it is confirmed."),
            Setting.optional(
                    "max.removals.percent",
                    "[0-9]{1,3}",
                    "20",
                    "The same in percent of those that there are here: 0 to 100."),
            Setting.optional(
                    "gone",
                    "disable|remove",
                    "disable",
                    "What becomes of people and groups that are gone there: disable or remove."));

    private LdapForm() {}
}
