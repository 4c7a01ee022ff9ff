// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.util.Optional;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Version;
import org.isthmus.api.image.Images.Format;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.model.Sha256;

/** The offset and the total are written past the entity, by {@link ImageStore}. */
@Entity
@Table(name = "img_image")
class ImageRow {
    private static final int MOST_REASON = 2000;

    @Id
    @Column(name = "id")
    private String id;

    @Column(name = "organization_id")
    private String organization;

    @Column(name = "department_id")
    private String department;

    @Column(name = "name")
    private String name;

    @Column(name = "os")
    private String os;

    @Column(name = "state")
    private String state;

    @Column(name = "reason")
    private String reason;

    @Column(name = "format")
    private String format;

    @Column(name = "wanted_sha256")
    private String wantedSha256;

    @Column(name = "sha256")
    private String sha256;

    @Column(name = "upload_offset")
    private long uploadOffset;

    @Column(name = "total_bytes")
    private Long totalBytes;

    @Column(name = "virtual_bytes")
    private Long virtualBytes;

    @Column(name = "created_at")
    private long createdAt;

    @Column(name = "created_by")
    private String createdBy;

    @Version
    @Column(name = "version")
    private long version;

    protected ImageRow() {}

    ImageRow(Image image) {
        this.id = image.id().value();
        this.organization = image.organization().value();
        this.department = image.department().map(DepartmentId::value).orElse(null);
        this.wantedSha256 = image.wanted().map(Sha256::hex).orElse(null);
        this.createdAt = Times.micros(image.createdAt());
        this.createdBy = image.createdBy();
        this.state = image.state().name();
        this.virtualBytes = image.virtualBytes().orElse(null);
        change(image.name(), image.os());
    }

    String id() {
        return id;
    }

    long version() {
        return version;
    }

    final void change(Name named, Optional<String> runs) {
        this.name = named.value();
        this.os = runs.orElse(null);
    }

    void state(ImageState to, Optional<String> why) {
        this.state = to.name();
        this.reason = why.map(text -> text.length() > MOST_REASON ? text.substring(0, MOST_REASON) : text)
                .orElse(null);
    }

    void found(Format is, Sha256 checksum, long virtualSize) {
        this.format = is.name();
        this.sha256 = checksum.hex();
        this.virtualBytes = virtualSize;
    }

    Image image() {
        return new Image(
                new ImageId(id),
                new OrganizationId(organization),
                Optional.ofNullable(department).map(DepartmentId::new),
                new Name(name),
                Optional.ofNullable(os),
                ImageState.valueOf(state),
                Optional.ofNullable(reason),
                Optional.ofNullable(format).map(Format::valueOf),
                Optional.ofNullable(wantedSha256).map(Sha256::new),
                Optional.ofNullable(sha256).map(Sha256::new),
                uploadOffset,
                Optional.ofNullable(totalBytes),
                Optional.ofNullable(virtualBytes),
                Times.instant(createdAt),
                createdBy,
                version);
    }
}
