// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.osgi.annotation.versioning.ConsumerType;

/** Facet: servers somebody else made are taken over in place, and let go again, without touching them otherwise. */
@ConsumerType
public interface Adoptable {
    /**
     * Writes our server id and token onto an unmanaged server of {@link ComputeDriver#list}. Already ours under this
     * token is done; ours under another is CONFLICT.
     */
    Progress<ComputeDriver.Created> adopt(Call call, String ref, ServerId server);

    /** Takes our marks off again; the server itself goes on unchanged. Not ours is done. */
    Progress<Void> release(Call call, String ref);
}
