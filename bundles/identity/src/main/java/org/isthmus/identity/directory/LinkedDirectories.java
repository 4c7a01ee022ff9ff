// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.directory;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.identity.factor.Seals;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The directories that are linked and enabled, with their secrets. Not inside transactions: what opens them may be away. */
@Component(service = LinkedDirectories.class)
public final class LinkedDirectories {
    private final DirectoryStore store;
    private final Seals seals;

    @Activate
    public LinkedDirectories(@Reference DirectoryStore store, @Reference Seals seals) {
        this.store = store;
        this.seals = seals;
    }

    /** One of a kind, by id or name; empty when it is not there, of another kind, or disabled. */
    public Optional<Directory> find(OrganizationId organization, Ref ref, Kind kind) {
        return store.resolve(organization, ref)
                .filter(view -> view.kind() == kind && view.enabled())
                .map(this::opened);
    }

    public Optional<Directory> find(OrganizationId organization, DirectoryId directory, Kind kind) {
        return find(organization, Ref.of(directory), kind);
    }

    /** One of several for a name that none of them has: always the same, and nobody outside can tell which it would be. */
    public DirectoryView anyOf(List<DirectoryView> several, String name) {
        return several.size() == 1
                ? several.get(0)
                : Collections.max(several, Comparator.comparing(view -> drawn(view, name)));
    }

    /** What is sealed is random, and alike at every controller. */
    private String drawn(DirectoryView view, String name) {
        String key = String.join(" ", new TreeMap<>(store.sealed(view.id())).values());
        return Sha256.of((key + "\n" + name).getBytes(StandardCharsets.UTF_8)).hex();
    }

    /** All of a kind that an organization has. */
    public List<DirectoryView> of(OrganizationId organization, Kind kind) {
        return store.all(organization).stream()
                .filter(view -> view.kind() == kind && view.enabled())
                .toList();
    }

    /** The same by the organization's name, which nobody may have. */
    public List<DirectoryView> of(String organizationName, Kind kind) {
        return store.enabled(organizationName, kind);
    }

    /** With its secrets. UNAVAILABLE while what opens them is away. */
    public Directory opened(DirectoryView view) {
        Map<String, Secret> open = new HashMap<>();
        store.sealed(view.id())
                .forEach((name, closed) ->
                        open.put(name, seals.seal().call(seal -> seal.open(closed, place(view.id(), name)))));
        return new Directory(view, open);
    }

    /** Sealed for this directory. */
    public String sealed(DirectoryId directory, String name, Secret secret) {
        return seals.seal().call(seal -> seal.seal(secret, place(directory, name)));
    }

    private static String place(DirectoryId directory, String name) {
        return directory.value() + "/" + name;
    }
}
