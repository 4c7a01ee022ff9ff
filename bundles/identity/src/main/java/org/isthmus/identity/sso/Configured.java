// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import static org.isthmus.identity.directory.DirectorySettings.CLAIM_EMAIL;
import static org.isthmus.identity.directory.DirectorySettings.CLAIM_GROUPS;
import static org.isthmus.identity.directory.DirectorySettings.CLAIM_NAME;
import static org.isthmus.identity.directory.DirectorySettings.CLAIM_SUBJECT;
import static org.isthmus.identity.directory.DirectorySettings.CLAIM_USERNAME;
import static org.isthmus.identity.directory.DirectorySettings.CLIENT_ID;
import static org.isthmus.identity.directory.DirectorySettings.CLIENT_SECRET;
import static org.isthmus.identity.directory.DirectorySettings.ISSUER;
import static org.isthmus.identity.directory.DirectorySettings.MAX_AGE;
import static org.isthmus.identity.directory.DirectorySettings.REDIRECT_BASE;
import static org.isthmus.identity.directory.DirectorySettings.SCOPES;
import static org.isthmus.identity.directory.DirectorySettings.STRONG_CLASSES;
import static org.isthmus.identity.directory.DirectorySettings.STRONG_METHODS;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.isthmus.identity.directory.Directory;
import org.isthmus.model.Name;

/** A directory of kind OIDC as the protocol sees it. */
final class Configured {
    private Configured() {}

    static Provider provider(Directory directory, Name organization) {
        return new Provider(
                directory.id().value(),
                needed(directory, ISSUER),
                needed(directory, CLIENT_ID),
                directory.secret(CLIENT_SECRET),
                URI.create(needed(directory, REDIRECT_BASE) + "/api/v1/organizations/" + organization + "/sign-on/"
                        + directory.view().name() + "/callback"),
                words(directory, SCOPES),
                directory.setting(MAX_AGE).map(Duration::parse),
                Set.copyOf(words(directory, STRONG_METHODS)),
                Set.copyOf(words(directory, STRONG_CLASSES)),
                new Provider.ClaimNames(
                        needed(directory, CLAIM_SUBJECT),
                        needed(directory, CLAIM_USERNAME),
                        needed(directory, CLAIM_EMAIL),
                        needed(directory, CLAIM_NAME),
                        needed(directory, CLAIM_GROUPS)));
    }

    private static String needed(Directory directory, String name) {
        return directory
                .setting(name)
                .orElseThrow(() -> new IllegalStateException("A directory of kind OIDC has " + name));
    }

    private static List<String> words(Directory directory, String name) {
        return directory.setting(name).stream()
                .flatMap(text -> List.of(text.split(" ")).stream())
                .distinct()
                .toList();
    }
}
