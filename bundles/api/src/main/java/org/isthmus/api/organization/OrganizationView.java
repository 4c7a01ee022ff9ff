// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.organization;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;

/** An organization as it is shown. */
public record OrganizationView(
        OrganizationId id,
        Name name,
        String displayName,
        Optional<OrganizationId> parent,
        Policy policy,
        Instant createdAt,
        String createdBy,
        long version) {}
