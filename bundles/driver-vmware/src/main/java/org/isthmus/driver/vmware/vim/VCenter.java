// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.vim;

import java.net.URI;
import java.util.Objects;
import org.isthmus.model.Secret;

/**
 * Where a vCenter is, and as whom we come.
 *
 * @param sdk its SOAP address, such as {@code https://vcenter.example/sdk}
 */
public record VCenter(URI sdk, String user, Secret password, Trust trust) {
    public VCenter {
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(password, "password");
        Objects.requireNonNull(trust, "trust");
        if (!"https".equals(sdk.getScheme()) || sdk.getHost() == null) {
            throw new IllegalArgumentException("A vCenter is spoken to by https.");
        }
    }

    /** As operators know it. */
    public String name() {
        return sdk.getPort() < 0 ? sdk.getHost() : sdk.getHost() + ":" + sdk.getPort();
    }

    /** From {@code vcenter.example}, {@code vcenter.example:8443} or a whole address. */
    public static URI sdkOf(String text) {
        String address = text.contains("://") ? text : "https://" + text;
        URI uri = URI.create(address);
        boolean bare = uri.getPath() == null
                || uri.getPath().isEmpty()
                || uri.getPath().equals("/");
        return bare ? uri.resolve("/sdk") : uri;
    }
}
