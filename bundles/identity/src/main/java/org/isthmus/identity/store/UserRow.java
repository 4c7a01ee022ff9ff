// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.EnumType;
import javax.persistence.Enumerated;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Version;
import org.isthmus.api.identity.UserView;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;

@Entity
@Table(name = "idn_user")
class UserRow {
    @Id
    @Column(name = "id", length = 40)
    private String id;

    @Column(name = "organization", length = 40)
    private String organization;

    @Column(name = "username", length = 64)
    private String username;

    @Column(name = "email", length = 254)
    private String email;

    @Column(name = "department", length = 40)
    private String department;

    @Enumerated(EnumType.STRING)
    @Column(name = "kind", length = 20)
    private UserView.Kind kind;

    @Enumerated(EnumType.STRING)
    @Column(name = "state", length = 20)
    private UserView.State state;

    @Column(name = "password", length = 300)
    private String password;

    @Column(name = "must_change_password")
    private boolean mustChangePassword;

    /** When it was confirmed; the rest of the second factor is {@link FactorStore}'s, which alone writes it. */
    @Column(name = "totp_since", insertable = false, updatable = false)
    private Long totpSince;

    /** Of a service account. No foreign key: it tells who it was when that person is gone. */
    @Column(name = "responsible", length = 40)
    private String responsible;

    @Column(name = "directory", length = 40)
    private String directory;

    @Column(name = "directory_name", length = 200)
    private String directoryName;

    /** The same in small letters. */
    @Column(name = "directory_name_key", length = 200)
    private String directoryNameKey;

    @Column(name = "external_id", length = 200)
    private String externalId;

    @Column(name = "display_name", length = 200)
    private String displayName;

    @Column(name = "given_name", length = 200)
    private String givenName;

    @Column(name = "family_name", length = 200)
    private String familyName;

    @Column(name = "directory_department", length = 200)
    private String directoryDepartment;

    /** Null for who is kept here. */
    @Column(name = "directory_active")
    private Boolean directoryActive;

    @Column(name = "blocked")
    private Boolean blocked;

    @Column(name = "created_at")
    private long createdAt;

    @Column(name = "created_by", length = 200)
    private String createdBy;

    /** Null: not since this is kept. */
    @Column(name = "changed_at")
    private Long changedAt;

    @Version
    @Column(name = "version")
    private long version;

    static UserRow of(Account account) {
        UserView view = account.user();
        UserRow row = new UserRow();
        row.id = view.id().value();
        row.organization = view.organization().value();
        row.username = view.username();
        row.kind = view.kind();
        row.createdAt = Micros.of(view.createdAt());
        row.createdBy = view.createdBy();
        row.changed(view.changedAt());
        row.password(account.password().orElse(null), view.mustChangePassword());
        row.change(view.email(), view.department(), view.state());
        row.displayName = view.displayName().orElse(null);
        row.kept(view.kept());
        row.responsible(view.responsible());
        return row;
    }

    UserView toView() {
        return new UserView(
                new UserId(id),
                username,
                username,
                new OrganizationId(organization),
                email,
                Optional.ofNullable(department).map(DepartmentId::new),
                kind,
                state,
                mustChangePassword,
                totpSince != null,
                Optional.ofNullable(responsible).map(UserId::new),
                Optional.ofNullable(displayName),
                kept(),
                Micros.toInstant(createdAt),
                createdBy,
                Micros.toInstant(Optional.ofNullable(changedAt).orElse(createdAt)),
                version);
    }

    Account toAccount() {
        return new Account(toView(), Optional.ofNullable(password));
    }

    final void change(String newEmail, Optional<DepartmentId> newDepartment, UserView.State newState) {
        email = newEmail;
        department = newDepartment.map(DepartmentId::value).orElse(null);
        state = newState;
    }

    private Optional<UserView.Kept> kept() {
        return Optional.ofNullable(directory)
                .map(id -> new UserView.Kept(
                        new DirectoryId(id),
                        directoryName,
                        Optional.ofNullable(externalId),
                        Optional.ofNullable(givenName),
                        Optional.ofNullable(familyName),
                        Optional.ofNullable(directoryDepartment),
                        Boolean.TRUE.equals(directoryActive),
                        Boolean.TRUE.equals(blocked)));
    }

    final void told(String newUsername, Optional<String> newDisplayName) {
        username = newUsername;
        displayName = newDisplayName.orElse(null);
    }

    final void kept(Optional<UserView.Kept> by) {
        directory = by.map(kept -> kept.directory().value()).orElse(null);
        directoryName = by.map(UserView.Kept::nameThere).orElse(null);
        directoryNameKey = by.map(kept -> key(kept.nameThere())).orElse(null);
        externalId = by.flatMap(UserView.Kept::externalId).orElse(null);
        givenName = by.flatMap(UserView.Kept::givenName).orElse(null);
        familyName = by.flatMap(UserView.Kept::familyName).orElse(null);
        directoryDepartment = by.flatMap(UserView.Kept::department).orElse(null);
        directoryActive = by.map(UserView.Kept::active).orElse(null);
        blocked = by.map(UserView.Kept::blocked).orElse(null);
    }

    /** By which a directory's name for somebody is found. */
    static String key(String nameThere) {
        return nameThere.toLowerCase(Locale.ROOT);
    }

    final void blocked(boolean here) {
        if (directory != null) {
            blocked = here;
        }
    }

    final void changed(Instant at) {
        changedAt = Micros.of(at);
    }

    final void responsible(Optional<UserId> person) {
        responsible = person.map(UserId::value).orElse(null);
    }

    final void password(String hash, boolean mustChange) {
        password = hash;
        mustChangePassword = mustChange;
    }

    String organization() {
        return organization;
    }

    String password() {
        return password;
    }

    boolean mustChangePassword() {
        return mustChangePassword;
    }

    long version() {
        return version;
    }
}
