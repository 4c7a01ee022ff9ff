// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.jclouds;

import com.google.inject.TypeLiteral;
import org.jclouds.compute.config.JCloudsNativeComputeServiceAdapterContextModule;
import org.jclouds.compute.domain.internal.ArbitraryCpuRamTemplateBuilderImpl;
import org.jclouds.compute.domain.internal.TemplateBuilderImpl;
import org.jclouds.location.suppliers.ImplicitLocationSupplier;
import org.jclouds.location.suppliers.LocationsSupplier;
import org.jclouds.location.suppliers.implicit.OnlyLocationOrFirstZone;
import org.jclouds.rest.ApiContext;
import org.jclouds.rest.internal.ApiContextImpl;

/** Puts the provider together. */
public final class VSphereModule extends JCloudsNativeComputeServiceAdapterContextModule {
    public VSphereModule() {
        super(VSphereAdapter.class);
    }

    @Override
    protected void configure() {
        super.configure();
        bind(new TypeLiteral<ApiContext<VSphereApi>>() {}).to(new TypeLiteral<ApiContextImpl<VSphereApi>>() {});
        // without it the only location would be the provider itself
        bind(LocationsSupplier.class).to(VSphereLocations.class);
        bind(ImplicitLocationSupplier.class).to(OnlyLocationOrFirstZone.class);
        // a vCenter has no list of sizes: any is made
        bind(TemplateBuilderImpl.class).to(ArbitraryCpuRamTemplateBuilderImpl.class);
    }
}
