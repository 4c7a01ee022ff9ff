// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.jclouds.ContextBuilder;
import org.jclouds.apis.ApiMetadata;
import org.jclouds.compute.ComputeServiceContext;
import org.jclouds.providers.ProviderMetadata;

/**
 * jclouds' providers that are installed. They are looked for with the class loader of this bundle, which sees its fragments;
 * jclouds itself would ask the context class loader of whatever thread it runs on.
 */
public final class Providers {
    private Providers() {}

    /** Those with servers: of what is installed, some is only what these need. */
    private static Map<String, Supplier<ContextBuilder>> all() {
        Map<String, Supplier<ContextBuilder>> found = new TreeMap<>();
        each(ApiMetadata.class).forEach((id, api) -> {
            if (hasServers(api)) {
                found.put(id, () -> ContextBuilder.newBuilder(api));
            }
        });
        // a provider knows more than its API: addresses, regions
        each(ProviderMetadata.class).forEach((id, one) -> {
            if (hasServers(one.getApiMetadata())) {
                found.put(id, () -> ContextBuilder.newBuilder(one));
            }
        });
        return found;
    }

    private static boolean hasServers(ApiMetadata api) {
        return api.getViews().stream().anyMatch(view -> view.isSubtypeOf(ComputeServiceContext.class));
    }

    private static <T> Map<String, T> each(Class<T> type) {
        Map<String, T> found = new TreeMap<>();
        Iterator<T> offered =
                ServiceLoader.load(type, Providers.class.getClassLoader()).iterator();
        boolean more = true;
        while (more) {
            try {
                more = offered.hasNext();
                if (more) {
                    T one = offered.next();
                    found.put(one instanceof ApiMetadata api ? api.getId() : ((ProviderMetadata) one).getId(), one);
                }
            } catch (ServiceConfigurationError e) {
                // one that lacks something does not take the others away
                more = true;
            }
        }
        return found;
    }

    /** The names that an endpoint may say. */
    public static Set<String> installed() {
        return all().keySet();
    }

    /** @throws DriverException INVALID when it is not installed */
    public static Supplier<ContextBuilder> must(String provider) {
        Supplier<ContextBuilder> found = all().get(provider);
        if (found == null) {
            throw new DriverException(
                    Kind.INVALID,
                    "There is no provider " + provider + "; install its feature, such as isthmus-jclouds-openstack."
                            + " Installed: " + String.join(", ", installed()) + ".");
        }
        return found;
    }

    /**
     * A context to be built with these settings.
     *
     * @param provider often the endpoint's own, or another of the same cloud
     */
    public static ContextBuilder context(String provider, CloudSettings settings, Properties more) {
        return context(must(provider).get(), settings, more);
    }

    /** The same of a provider that was changed. */
    public static ContextBuilder context(ContextBuilder provider, CloudSettings settings, Properties more) {
        Properties properties = new Properties();
        // the host repeats calls; what waits here waits on a thread that somebody else needs
        properties.setProperty("jclouds.max-retries", "1");
        properties.setProperty("jclouds.connection-timeout", "4000");
        properties.setProperty("jclouds.so-timeout", "8000");
        // 0: jclouds would set a property of the whole process
        properties.setProperty("jclouds.max-connections-per-context", "0");
        // jclouds waits until a machine has become what it was told to; we look when we are asked again
        for (String what : List.of("running", "suspended", "terminated")) {
            properties.setProperty("jclouds.compute.timeout.node-" + what, "1");
        }
        properties.putAll(more);
        properties.putAll(settings.properties());
        ContextBuilder builder = provider.credentials(
                        settings.identity(), settings.credential().reveal())
                .modules(List.of(new Silence()))
                .overrides(properties);
        settings.endpoint().ifPresent(builder::endpoint);
        return builder;
    }
}
