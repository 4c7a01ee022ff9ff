// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.jclouds;

import com.google.common.collect.ImmutableSet;
import com.google.common.reflect.TypeToken;
import com.google.inject.Module;
import java.net.URI;
import java.util.Properties;
import org.jclouds.apis.internal.BaseApiMetadata;
import org.jclouds.compute.ComputeServiceContext;
import org.jclouds.compute.config.ComputeServiceProperties;
import org.jclouds.rest.ApiContext;

/**
 * What jclouds is told of vSphere. In a container hand an object of it to {@code ContextBuilder.newBuilder}; elsewhere the
 * name {@code vsphere} will do.
 */
public final class VSphereApiMetadata extends BaseApiMetadata {
    public static final String ID = "vsphere";
    /** Property: PEM of the authorities that may sign the vCenter's certificate; the system's when blank. */
    public static final String CA_CERTIFICATE = "jclouds.vsphere.ca-certificate";
    /** Property: SHA-256 of the vCenter's certificate; trusts exactly this one. */
    public static final String THUMBPRINT = "jclouds.vsphere.thumbprint";

    private static final TypeToken<ApiContext<VSphereApi>> CONTEXT = new TypeToken<>() {
        private static final long serialVersionUID = 1L;
    };

    public VSphereApiMetadata() {
        this(new Builder());
    }

    private VSphereApiMetadata(Builder builder) {
        super(builder);
    }

    @Override
    public Builder toBuilder() {
        return new Builder().fromApiMetadata(this);
    }

    private static Properties properties() {
        Properties properties = BaseApiMetadata.defaultProperties();
        // jclouds asks for Ubuntu unless told otherwise; what templates a vCenter has is its owner's choice
        properties.setProperty(ComputeServiceProperties.TEMPLATE, "imageNameMatches=.+");
        properties.setProperty(CA_CERTIFICATE, "");
        properties.setProperty(THUMBPRINT, "");
        return properties;
    }

    /** Makes one that differs. */
    public static final class Builder extends BaseApiMetadata.Builder<Builder> {
        Builder() {
            id(ID);
            name("VMware vSphere");
            identityName("user");
            credentialName("password");
            endpointName("address of the vCenter");
            defaultEndpoint("https://localhost/sdk");
            version("6.5");
            documentation(URI.create("https://developer.broadcom.com/xapis/vsphere-web-services-api/latest/"));
            defaultProperties(properties());
            view(ComputeServiceContext.class);
            context(CONTEXT);
            defaultModules(ImmutableSet.<Class<? extends Module>>of(VSphereModule.class));
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        public VSphereApiMetadata build() {
            return new VSphereApiMetadata(this);
        }
    }
}
