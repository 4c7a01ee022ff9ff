// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.jclouds;

import com.google.common.base.Supplier;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.Closeable;
import java.net.URI;
import org.isthmus.driver.vmware.vim.Trust;
import org.isthmus.driver.vmware.vim.VCenter;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.model.Secret;
import org.jclouds.domain.Credentials;
import org.jclouds.lifecycle.Closer;
import org.jclouds.location.Provider;

/** The vCenter of a jclouds context, in one session that ends with it: {@code context.unwrapApi(VSphereApi.class).vim()}. */
@Singleton
public final class VSphereApi implements Closeable {
    private final Vim vim;

    @Inject
    VSphereApi(
            @Provider Supplier<URI> endpoint,
            @Provider Supplier<Credentials> credentials,
            @Named(VSphereApiMetadata.CA_CERTIFICATE) String caCertificate,
            @Named(VSphereApiMetadata.THUMBPRINT) String thumbprint,
            Closer closer) {
        Credentials who = credentials.get();
        this.vim = new Vim(new VCenter(
                VCenter.sdkOf(endpoint.get().toString()),
                who.identity,
                new Secret(who.credential),
                trust(caCertificate, thumbprint)));
        closer.addToClose(this);
    }

    private static Trust trust(String caCertificate, String thumbprint) {
        if (!thumbprint.isBlank()) {
            return Trust.ofThumbprint(thumbprint);
        }
        return caCertificate.isBlank() ? Trust.ofSystem() : Trust.ofAuthorities(caCertificate);
    }

    /** The connection, for everything that the API of vSphere can do. */
    public Vim vim() {
        return vim;
    }

    @Override
    public void close() {
        vim.close();
    }
}
