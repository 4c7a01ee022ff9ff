// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.servlet.ServletConfig;
import javax.servlet.ServletException;
import javax.servlet.ServletRequest;
import javax.servlet.ServletResponse;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.apache.cxf.Bus;
import org.apache.cxf.BusFactory;
import org.apache.cxf.bus.CXFBusFactory;
import org.apache.cxf.endpoint.Server;
import org.apache.cxf.jaxrs.JAXRSServerFactoryBean;
import org.apache.cxf.jaxrs.lifecycle.SingletonResourceProvider;
import org.apache.cxf.transport.servlet.CXFNonSpringServlet;
import org.isthmus.model.Ids;
import org.isthmus.rest.RestApi;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Dispatcher;
import org.isthmus.rest.http.Door;
import org.isthmus.rest.http.Drain;
import org.isthmus.rest.http.Fallback;
import org.isthmus.rest.http.Reply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the API: CXF with a bus of its own, and the console's WebSocket beside it. The same servlet runs in Karaf (given to
 * the HTTP whiteboard) and in a plain JVM.
 */
public final class RestServlet extends CXFNonSpringServlet {
    /** What it must be started with: without this CXF shows an HTML list of its own at /services. */
    public static final Map<String, String> INIT = Map.of("hide-service-list-page", "true");

    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(RestServlet.class);
    /** What may be under way for longer, the upload of an image, is taken up again where it was. */
    private static final Duration LONGEST_REQUEST = Duration.ofSeconds(15);

    private final transient RestApi api;
    private final transient Ids ids;
    private final transient ConsoleSockets consoles;
    private final transient Listeners listeners;
    private final transient LateRefusals late = new LateRefusals();
    private transient Server server;

    /**
     * The servlet.
     *
     * @param listeners are told when it can answer, and when no longer
     */
    public RestServlet(RestApi api, Services services, Ids ids, Listeners listeners) {
        this.api = api;
        this.ids = ids;
        this.consoles = new ConsoleSockets(services, ids);
        this.listeners = listeners;
    }

    @Override
    public void init(ServletConfig config) throws ServletException {
        super.init(config);
        consoles.start(config.getServletContext());
        api.drain().open();
        listeners.admit();
    }

    @Override
    protected void loadBus(ServletConfig config) {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        // CXF finds its extensions and providers by the context class loader
        Thread.currentThread().setContextClassLoader(JAXRSServerFactoryBean.class.getClassLoader());
        try {
            Bus bus = new CXFBusFactory().createBus();
            // said once: else it is looked for, not found, and an exception made, with every request
            bus.setExtension(RestServlet.class.getClassLoader(), ClassLoader.class);
            setBus(bus);
            JAXRSServerFactoryBean factory = new JAXRSServerFactoryBean();
            factory.setBus(bus);
            factory.setAddress("/");
            factory.setResourceClasses(Door.class);
            factory.setResourceProvider(Door.class, new SingletonResourceProvider(new Door(api.dispatcher())));
            factory.setProviders(List.of(new Fallback(ids)));
            server = factory.create();
        } finally {
            Thread.currentThread().setContextClassLoader(before);
            BusFactory.setThreadDefaultBus(null);
        }
    }

    @Override
    public void service(ServletRequest request, ServletResponse response) throws ServletException, IOException {
        if (request instanceof HttpServletRequest asked && response instanceof HttpServletResponse answered) {
            Drain drain = api.drain();
            drain.begins();
            try {
                if (drain.leaving()) {
                    answered.setHeader("Connection", "close");
                }
                serve(asked, answered);
            } finally {
                drain.ends();
            }
        }
    }

    private void serve(HttpServletRequest asked, HttpServletResponse answered) throws ServletException, IOException {
        Optional<Reply> refusal = api.dispatcher().early(asked);
        if (refusal.isPresent()) {
            Written.problem(refusal.get(), answered);
            return;
        }
        Optional<Reply> tooMuch = api.dispatcher().enter(asked);
        if (tooMuch.isPresent()) {
            late.answer(tooMuch.get(), asked, answered);
            return;
        }
        try {
            if (consoles.takes(asked)) {
                consoles.open(asked, answered);
            } else {
                // the general form of the method: only that one knows PATCH
                super.service((ServletRequest) new Bodiless(asked), (ServletResponse) answered);
            }
        } finally {
            Dispatcher.leave(asked);
        }
    }

    /**
     * Leaves without a request lost, before it is destroyed: says so for some time, in which balancers turn to others, then
     * lets nobody new in and returns when those under way are answered, or have had time enough.
     */
    public void leave(Duration notice) {
        LOG.info("REST is stopped: /readyz says so for {}, then the requests under way are ended", notice);
        api.drain().leave(notice);
        api.drain().end();
        listeners.shut();
        if (!api.drain().awaitNone(LONGEST_REQUEST)) {
            LOG.warn("Some requests were not answered within {}; they are cut off", LONGEST_REQUEST);
        }
    }

    @Override
    public void destroyBus() {
        if (server != null) {
            server.destroy();
        }
        super.destroyBus();
    }

    @Override
    public void destroy() {
        listeners.dismiss();
        api.drain().end();
        consoles.stop();
        late.stop();
        super.destroy();
    }
}
