// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import org.isthmus.driver.jclouds.cloud.CloudSettings;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageContent;

/** Endpoints as an operator configures them. */
final class Endpoints {
    private static final EndpointId ID = new EndpointId("ept_01900000-0000-7000-8000-000000000001");

    private Endpoints() {}

    /** Settings, alternating names and values, and the credential. */
    static EndpointConfig of(String credential, String... settings) {
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        return new EndpointConfig(ID, "cloud-1", all, Map.of("credential", new Secret(credential)));
    }

    static ComputeDriver open(EndpointConfig endpoint, DriverContext context) {
        return JcloudsDriver.open(CloudSettings.of(endpoint), context);
    }

    /** An image of the cloud, of which only the size matters here: its content is never sent. */
    record SizeOnly(long virtualSizeBytes) implements ImageContent {
        @Override
        public Sha256 sha256() {
            return Sha256.of(new byte[0]);
        }

        @Override
        public Format format() {
            return Format.RAW;
        }

        @Override
        public long sizeBytes() {
            return 0;
        }

        @Override
        public InputStream open(long offset) {
            throw new IllegalStateException("Nobody sends content to a cloud.");
        }
    }
}
