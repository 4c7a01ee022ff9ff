// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Listing;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.TokenId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Places outside that know the people of an organization and are the record of authority for them: identity providers, LDAP
 * servers, provisioning clients. By name. Filters: {@code name, kind}.
 */
@ProviderType
public interface Directories extends Listing<Directories.DirectoryView> {
    /** How a directory speaks. */
    enum Kind {
        /** OpenID Connect: people log in there. */
        OIDC,
        /** LDAP or Active Directory: passwords are checked there, people and groups are read. */
        LDAP,
        /** SCIM 2.0: it tells who is there. */
        SCIM
    }

    /** The longest value of a setting. */
    int MOST_SETTING = 16_000;

    /**
     * A directory.
     *
     * @param enabled false: nobody of it logs in and nothing is taken from it
     * @param settings as its kind has them, without secrets
     * @param secrets the names of the secrets that are set
     */
    record DirectoryView(
            DirectoryId id,
            Name name,
            OrganizationId organization,
            Kind kind,
            boolean enabled,
            Map<String, String> settings,
            Set<String> secrets,
            Instant createdAt,
            String createdBy,
            long version) {
        public DirectoryView {
            settings = Map.copyOf(settings);
            secrets = Set.copyOf(secrets);
        }
    }

    /** Links a directory. Only for who holds what an organization-admin holds: a directory can let anybody in as anybody in it. */
    record CreateDirectory(
            Ref organization,
            Name name,
            Kind kind,
            boolean enabled,
            Map<String, String> settings,
            Map<String, Secret> secrets)
            implements Command<DirectoryView> {
        public CreateDirectory {
            settings = Map.copyOf(settings);
            secrets = Map.copyOf(secrets);
        }

        @Override
        public Action action() {
            return Action.DIRECTORY_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("directory", Ref.of(name));
        }
    }

    /**
     * What is absent stays as it is. Disabling ends the sessions of its people; API tokens they made go on, as a token is no
     * login: who unlinks it, or disables somebody, ends those too.
     *
     * @param settings all of them
     * @param secrets those to set anew; the others stay
     */
    record ChangeDirectory(
            Ref organization,
            Ref directory,
            long version,
            Optional<Name> name,
            Optional<Boolean> enabled,
            Optional<Map<String, String>> settings,
            Map<String, Secret> secrets)
            implements Command<DirectoryView> {
        public ChangeDirectory {
            settings = settings.map(Map::copyOf);
            secrets = Map.copyOf(secrets);
        }

        @Override
        public Action action() {
            return Action.DIRECTORY_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("directory", directory);
        }
    }

    /**
     * Unlinks a directory: its groups go with what was granted to them, its people stay, kept here from now on, without a
     * password, sessions and tokens. LAST_ADMINISTRATOR for its own people and for who administers by its groups only.
     */
    record DeleteDirectory(Ref organization, Ref directory) implements Command<DirectoryView> {
        @Override
        public Action action() {
            return Action.DIRECTORY_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("directory", directory);
        }
    }

    /** A directory's own bearer token, good for telling who is there and nothing else. */
    record DirectoryTokenView(
            TokenId id, Name name, DirectoryId directory, Instant expiresAt, Instant createdAt, String createdBy) {}

    /** A token that was made, its secret shown this once. */
    record DirectoryTokenCreated(DirectoryTokenView token, Secret secret) {}

    /** The tokens of a directory, by name. Filters: none. */
    Page<DirectoryTokenView> tokens(Caller caller, Ref organization, Ref directory, Query query);

    /** Makes a token for a directory that tells who is there (SCIM). Expires at most 366 days from now. */
    record CreateDirectoryToken(Ref organization, Ref directory, Name name, Instant expiresAt)
            implements Command<DirectoryTokenCreated> {
        @Override
        public Action action() {
            return Action.DIRECTORY_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("directory", directory);
        }
    }

    /** Ends a directory's token, named by id or name, at once. */
    record DeleteDirectoryToken(Ref organization, Ref directory, Ref token) implements Command<DirectoryTokenView> {
        @Override
        public Action action() {
            return Action.DIRECTORY_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("directory", directory);
        }
    }
}
