// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Caller.Door;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Provisioning.PersonData;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.directory.LinkedDirectories;
import org.isthmus.identity.ldap.LdapFailure;
import org.isthmus.identity.ldap.LdapSettings;
import org.isthmus.identity.ldap.Person;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.model.Ids.OrganizationId;

/** What is the same for all that asks a directory. */
final class Names {
    private Names() {}

    static DirectoryView any(DirectoryStore directories, OrganizationId organization, Ref directory) {
        return directories
                .resolve(organization, directory)
                .orElseThrow(
                        () -> Problem.NOT_FOUND.because("There is no directory %s in this organization.", directory));
    }

    /** An LDAP directory, enabled or not. CONFLICT for another. */
    static DirectoryView need(DirectoryStore directories, OrganizationId organization, Ref directory) {
        DirectoryView view = any(directories, organization, directory);
        if (view.kind() != Kind.LDAP) {
            throw Problem.CONFLICT.because(
                    "The directory %s is of kind %s, which tells by itself: only LDAP directories are asked.",
                    view.name(), view.kind());
        }
        return view;
    }

    /** With its secrets; a failure as of the directory when they do not serve. */
    static LdapSettings settings(LinkedDirectories linked, DirectoryView view) {
        Directory open = linked.opened(view);
        try {
            return LdapSettings.of(view.settings(), open.secrets());
        } catch (IllegalArgumentException e) {
            throw IdentityProblem.DIRECTORY_FAILED.because("%s", e.getMessage());
        }
    }

    static ProblemException told(LdapFailure failure) {
        return IdentityProblem.DIRECTORY_FAILED.because("%s", failure.getMessage());
    }

    static PersonData data(Person person, LdapSettings settings) {
        return new PersonData(
                Optional.of(person.externalId()),
                person.username(),
                person.email(),
                person.displayName(),
                person.givenName(),
                person.familyName(),
                person.active(),
                settings.people().department().flatMap(any -> person.department()));
    }

    /** The directory, telling who is there. */
    static Caller caller(DirectoryView view, OrganizationView organization, Door door, String address, String request) {
        return Directory.caller(view, organization.name(), door, address, request);
    }
}
