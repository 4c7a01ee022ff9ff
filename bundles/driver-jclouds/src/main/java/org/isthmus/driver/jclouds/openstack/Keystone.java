// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.openstack;

import static org.jclouds.rest.config.BinderUtils.bindHttpApi;

import com.google.common.cache.LoadingCache;
import com.google.common.collect.ImmutableSet;
import com.google.inject.Module;
import jakarta.inject.Inject;
import java.util.Properties;
import org.isthmus.driver.jclouds.cloud.CloudSettings;
import org.isthmus.driver.jclouds.cloud.Providers;
import org.jclouds.ContextBuilder;
import org.jclouds.apis.ApiMetadata;
import org.jclouds.domain.Credentials;
import org.jclouds.http.HttpCommand;
import org.jclouds.http.HttpResponse;
import org.jclouds.http.HttpRetryHandler;
import org.jclouds.http.annotation.ClientError;
import org.jclouds.openstack.keystone.auth.config.AuthenticationModule;
import org.jclouds.openstack.keystone.auth.domain.AuthInfo;
import org.jclouds.openstack.keystone.v2_0.auth.V2AuthenticationApi;
import org.jclouds.openstack.keystone.v3.auth.V3AuthenticationApi;

/** Logging in to OpenStack. */
final class Keystone {
    private Keystone() {}

    /** A context of this API, version 3 of Keystone unless the address says otherwise. */
    static ContextBuilder context(ApiMetadata api, CloudSettings settings) {
        Properties properties = new Properties();
        boolean old = settings.endpoint().orElse("").contains("/v2.0");
        properties.setProperty("jclouds.keystone.version", old ? "2" : "3");
        ImmutableSet.Builder<Class<? extends Module>> modules = ImmutableSet.builder();
        for (Class<? extends Module> module : api.getDefaultModules()) {
            modules.add(module == AuthenticationModule.class ? RenewingModule.class : module);
        }
        ApiMetadata renewing = api.toBuilder().defaultModules(modules.build()).build();
        return Providers.context(ContextBuilder.newBuilder(renewing), settings, properties);
    }

    /** jclouds' own, but for what happens when a request is not authorized. */
    public static final class RenewingModule extends AuthenticationModule {
        @Override
        protected void configure() {
            bind(HttpRetryHandler.class).annotatedWith(ClientError.class).to(Renewing.class);
            bindHttpApi(binder(), V2AuthenticationApi.class);
            bindHttpApi(binder(), V3AuthenticationApi.class);
        }
    }

    /**
     * Logs in again once when a token has ended. jclouds would repeat a refused login, too, four times with five seconds of
     * sleep that nothing interrupts, and look like a cloud that is away.
     */
    static final class Renewing implements HttpRetryHandler {
        private final LoadingCache<Credentials, AuthInfo> tokens;

        @Inject
        Renewing(LoadingCache<Credentials, AuthInfo> tokens) {
            this.tokens = tokens;
        }

        @Override
        public boolean shouldRetryRequest(HttpCommand command, HttpResponse response) {
            boolean login = command.getCurrentRequest().getEndpoint().getPath().endsWith("/tokens");
            if (response.getStatusCode() != 401 || login || command.incrementFailureCount() > 1) {
                return false;
            }
            tokens.invalidateAll();
            return true;
        }
    }
}
