// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.internal;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.servlet.Servlet;
import org.eclipse.jetty.server.Handler;
import org.isthmus.api.status.Part;
import org.isthmus.model.Ids;
import org.isthmus.model.Secret;
import org.isthmus.rest.RestApi;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Turns;
import org.isthmus.rest.web.Connections;
import org.isthmus.rest.web.Listeners;
import org.isthmus.rest.web.RestServlet;
import org.isthmus.rest.web.WebSettings;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.util.tracker.ServiceTracker;

/**
 * REST in Karaf. Depends on no service of ours: what is away is answered with 503, and {@code /readyz} tells, also while the
 * database is down.
 */
@Component(
        service = {},
        immediate = true,
        configurationPid = "org.isthmus.rest")
@Designate(ocd = RestConfig.class)
public final class RestComponent {
    private static final Duration LONGEST_NOTICE = Duration.ofMinutes(5);

    private final List<ServiceTracker<?, ?>> trackers = new ArrayList<>();
    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();
    private final Listeners listeners;
    private final Turns turns;
    private final Path base;
    private final BundleContext context;
    private final RestServlet servlet;
    private volatile Duration notice;

    @Activate
    public RestComponent(BundleContext context, RestConfig config) {
        this.context = context;
        this.notice = notice(config);
        // made here, not asked for: REST answers also while the store, which gives these to the others, is away
        Clock clock = Clock.systemUTC();
        Ids ids = new Ids(clock);
        this.base =
                Path.of(Optional.ofNullable(context.getProperty("karaf.base")).orElse(""));
        Services services = new Services();
        Services.KINDS.keySet().forEach(type -> trackers.add(places(context, services, type)));
        trackers.add(new Parts(context, services));
        trackers.forEach(ServiceTracker::open);

        this.listeners = new Listeners(settings(config), ids, clock);
        this.turns = new Turns(turns(config), System::nanoTime);
        listeners.apply(most(config));
        this.servlet = new RestServlet(new RestApi(services, ids, turns), services, ids, listeners);
        // the handler first: Pax Web makes its Jetty anew when one comes; above 0 it stands before the contexts
        Map<String, Object> first = Map.of("service.ranking", 100);
        registrations.add(context.registerService(Handler.class, listeners, FrameworkUtil.asDictionary(first)));
        registrations.add(context.registerService(Servlet.class, servlet, FrameworkUtil.asDictionary(whiteboard())));
    }

    @Modified
    public void modified(RestConfig config) {
        turns.apply(turns(config));
        listeners.apply(most(config));
        notice = notice(config);
        listeners.apply(settings(config));
    }

    /**
     * Who is here is answered, nobody comes in any more; then the servlet, which closes the ports, and what is behind. When it is
     * the whole controller that stops, this bundle is the first (its start level is the highest), and everybody is told
     * before. When it is this bundle alone, it may be back at once: balancers need not turn away.
     */
    @Deactivate
    public void deactivate() {
        boolean all = context.getBundle(0).getState() == Bundle.STOPPING;
        servlet.leave(all ? notice : Duration.ZERO);
        for (int i = registrations.size() - 1; i >= 0; i--) {
            registrations.get(i).unregister();
        }
        trackers.forEach(ServiceTracker::close);
    }

    private static Duration notice(RestConfig config) {
        try {
            Duration notice = Duration.parse(config.shutdown_notice());
            if (!notice.isNegative() && notice.compareTo(LONGEST_NOTICE) <= 0) {
                return notice;
            }
        } catch (DateTimeParseException e) {
            // said below, as for one out of range
        }
        throw new IllegalArgumentException(
                "etc/org.isthmus.rest.cfg: shutdown.notice is an ISO 8601 duration, PT0S to PT5M.");
    }

    private static Map<String, Object> whiteboard() {
        Map<String, Object> properties = new HashMap<>();
        properties.put("osgi.http.whiteboard.servlet.name", "isthmus-rest");
        properties.put("osgi.http.whiteboard.servlet.pattern", new String[] {"/*"});
        properties.put("osgi.http.whiteboard.servlet.asyncSupported", true);
        properties.put("load-on-startup", 1);
        RestServlet.INIT.forEach((name, value) -> properties.put("servlet.init." + name, value));
        return properties;
    }

    private static <T> ServiceTracker<T, T> places(BundleContext context, Services services, Class<T> type) {
        return new ServiceTracker<>(context, type, null) {
            @Override
            public T addingService(org.osgi.framework.ServiceReference<T> reference) {
                T service = super.addingService(reference);
                if (service != null) { // null: its component could not be made, and whoever tried has logged why
                    Object ranking = reference.getProperty("service.ranking");
                    services.place(type).bind(service, ranking instanceof Integer number ? number : 0);
                }
                return service;
            }

            @Override
            public void removedService(org.osgi.framework.ServiceReference<T> reference, T service) {
                // returns when the calls in flight have ended: only then does its provider go down
                services.place(type).unbind(service);
                super.removedService(reference, service);
            }
        };
    }

    /** The parts that tell how they are. */
    private static final class Parts extends ServiceTracker<Part, Part> {
        private final Services services;

        Parts(BundleContext context, Services services) {
            super(context, Part.class, null);
            this.services = services;
        }

        @Override
        public Part addingService(org.osgi.framework.ServiceReference<Part> reference) {
            Part part = super.addingService(reference);
            if (part != null) {
                services.add(part);
            }
            return part;
        }

        @Override
        public void removedService(org.osgi.framework.ServiceReference<Part> reference, Part part) {
            services.remove(part);
            super.removedService(reference, part);
        }
    }

    private static Turns.Settings turns(RestConfig config) {
        return new Turns.Settings(
                config.requests_at_once(),
                config.requests_waiting(),
                config.requests_per_second(),
                config.strangers_per_second());
    }

    private static Connections.Most most(RestConfig config) {
        return new Connections.Most(config.connections(), config.connections_per_address());
    }

    private WebSettings settings(RestConfig config) {
        return new WebSettings(
                config.https_enabled(),
                config.https_port(),
                config.https_address(),
                config.http_enabled(),
                config.http_port(),
                Optional.of(config.tls_keystore())
                        .filter(text -> !text.isBlank())
                        .map(base::resolve),
                Optional.of(config.tls_password())
                        .filter(text -> !text.isBlank())
                        .map(Secret::new),
                base.resolve(config.tls_folder()));
    }
}
