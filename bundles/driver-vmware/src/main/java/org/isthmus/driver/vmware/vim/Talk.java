// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.vim;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ObjectContent;
import com.vmware.vim25.ObjectSpec;
import com.vmware.vim25.PropertyFilterSpec;
import com.vmware.vim25.PropertySpec;
import com.vmware.vim25.RetrieveOptions;
import com.vmware.vim25.RetrieveResult;
import com.vmware.vim25.ServiceContent;
import com.vmware.vim25.TaskInfo;
import com.vmware.vim25.TraversalSpec;
import com.vmware.vim25.VimPortType;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/** A few calls that together end before their deadline, made by one thread for one call of the host. */
public final class Talk {
    private static final int PAGE = 500;

    private final Vim vim;
    private final Deadline deadline;

    Talk(Vim vim, Deadline deadline) {
        this.vim = vim;
        this.deadline = deadline;
    }

    public ServiceContent content() {
        return vim.session(deadline).content();
    }

    /** Whom we speak to, as operators know it. */
    public String vcenter() {
        return vim.where().name();
    }

    /** As whom we come. */
    public String user() {
        return vim.where().user();
    }

    /** The vCenter's own id: references are unique within it only. */
    public String instance() {
        return content().getAbout().getInstanceUuid();
    }

    /** Asks something that changes nothing: once more when a kept connection turned out to be dead. */
    public <T> T read(Question<T> question) {
        return ask(question, true);
    }

    /**
     * Changes something: sent once. When the connection breaks meanwhile nobody knows whether it was carried out:
     * UNAVAILABLE, and the host says it again.
     *
     * @throws VimFault as the vCenter answered
     */
    public <T> T change(Question<T> question) {
        return ask(question, false);
    }

    private <T> T ask(Question<T> question, boolean repeatable) {
        VimPortType port = (VimPortType) Proxy.newProxyInstance(
                VimPortType.class.getClassLoader(), new Class<?>[] {VimPortType.class}, new Sending(repeatable));
        try {
            return question.of(port);
        } catch (DriverException | VimFault e) {
            throw e;
        } catch (Exception e) {
            throw new DriverException(Kind.BROKEN, "A question to vCenter went wrong: " + e, e);
        }
    }

    /** What the generated interface's methods do. */
    private final class Sending implements InvocationHandler {
        private final boolean repeatable;

        Sending(boolean repeatable) {
            this.repeatable = repeatable;
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            if (method.getDeclaringClass() == Object.class) {
                return onItself(proxy, method, arguments);
            }
            Vim.Session session = vim.session(deadline);
            try {
                return send(method, arguments, session);
            } catch (VimFault fault) {
                if (!fault.is("NotAuthenticated")) {
                    throw fault;
                }
            }
            // refused before it was looked at: saying it again is safe
            return send(method, arguments, vim.another(session, deadline));
        }

        private Object send(Method method, Object[] arguments, Vim.Session session) {
            Optional<String> cookie = Optional.of(session.cookie());
            try {
                return vim.wire().send(method, arguments, cookie, deadline).answer();
            } catch (IOException first) {
                if (!repeatable || first instanceof SocketTimeoutException) {
                    throw broken(vim.where(), first);
                }
            }
            try {
                return vim.wire().send(method, arguments, cookie, deadline).answer();
            } catch (IOException second) {
                throw broken(vim.where(), second);
            }
        }

        private Object onItself(Object proxy, Method method, Object[] arguments) throws InvocationTargetException {
            return switch (method.getName()) {
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> vim.where().name();
            };
        }
    }

    static DriverException broken(VCenter where, IOException e) {
        String what = e instanceof SocketTimeoutException ? "does not answer" : "broke the connection";
        return new DriverException(Kind.UNAVAILABLE, where.name() + " " + what + ".", e);
    }

    /** Some properties of one object, or empty when it is not there. */
    public Optional<Seen> see(ManagedObjectReference object, String... paths) {
        return see(List.of(object), paths).stream().findFirst();
    }

    /** Some properties of several objects of one type, in one question; those that are not there are left out. */
    public List<Seen> see(Collection<ManagedObjectReference> objects, String... paths) {
        if (objects.isEmpty()) {
            return List.of();
        }
        PropertyFilterSpec filter = new PropertyFilterSpec();
        filter.getPropSet().add(properties(objects.iterator().next().getType(), paths));
        for (ManagedObjectReference each : objects) {
            ObjectSpec spec = new ObjectSpec();
            spec.setObj(each);
            filter.getObjectSet().add(spec);
        }
        try {
            return retrieve(filter);
        } catch (VimFault fault) {
            if (!fault.is("ManagedObjectNotFound")) {
                throw fault;
            }
        }
        return seeHalves(List.copyOf(objects), paths);
    }

    /** One that is not there fails the question for all: it is found by asking for halves. */
    private List<Seen> seeHalves(List<ManagedObjectReference> objects, String... paths) {
        List<Seen> found = new ArrayList<>();
        if (objects.size() > 1) {
            int half = objects.size() / 2;
            found.addAll(see(objects.subList(0, half), paths));
            found.addAll(see(objects.subList(half, objects.size()), paths));
        }
        return found;
    }

    /**
     * Some properties of every object of a type beneath a root, in one question and one more for each 500 of them. The
     * first time in a session makes the view that is asked.
     */
    public List<Seen> all(ManagedObjectReference root, String type, String... paths) {
        try {
            return through(view(root, type), type, paths);
        } catch (VimFault fault) {
            if (!fault.is("ManagedObjectNotFound")) {
                throw fault;
            }
        }
        // the session of the view is gone, and the view with it
        vim.session(deadline).views().remove(key(root, type));
        return through(view(root, type), type, paths);
    }

    private List<Seen> through(ManagedObjectReference view, String type, String... paths) {
        TraversalSpec through = new TraversalSpec();
        through.setName("view");
        through.setType("ContainerView");
        through.setPath("view");
        through.setSkip(false);
        ObjectSpec object = new ObjectSpec();
        object.setObj(view);
        object.setSkip(true);
        object.getSelectSet().add(through);
        PropertyFilterSpec filter = new PropertyFilterSpec();
        filter.getPropSet().add(properties(type, paths));
        filter.getObjectSet().add(object);
        return retrieve(filter);
    }

    private ManagedObjectReference view(ManagedObjectReference root, String type) {
        ServiceContent content = content();
        Vim.Session session = vim.session(deadline);
        String key = key(root, type);
        ManagedObjectReference known = session.views().get(key);
        if (known != null) {
            return known;
        }
        ManagedObjectReference made =
                change(port -> port.createContainerView(content.getViewManager(), root, List.of(type), true));
        // two threads at once make two: both end with the session
        session.views().put(key, made);
        return made;
    }

    private static String key(ManagedObjectReference root, String type) {
        return type + "@" + root.getValue();
    }

    private static PropertySpec properties(String type, String... paths) {
        PropertySpec spec = new PropertySpec();
        spec.setType(type);
        spec.setAll(false);
        spec.getPathSet().addAll(List.of(paths));
        return spec;
    }

    private List<Seen> retrieve(PropertyFilterSpec filter) {
        Vim.Session asked = vim.session(deadline);
        try {
            return pages(filter);
        } catch (VimFault fault) {
            if (!fault.is("NotAuthenticated")) {
                throw fault;
            }
        }
        // anybody may ask for properties: that the session has ended is said of each of them only
        vim.another(asked, deadline);
        return pages(filter);
    }

    private List<Seen> pages(PropertyFilterSpec filter) {
        ManagedObjectReference collector = content().getPropertyCollector();
        RetrieveOptions options = new RetrieveOptions();
        options.setMaxObjects(PAGE);
        List<Seen> found = new ArrayList<>();
        RetrieveResult part = read(port -> port.retrievePropertiesEx(collector, List.of(filter), options));
        while (part != null) {
            for (ObjectContent each : part.getObjects()) {
                found.add(Seen.of(each));
            }
            String token = part.getToken();
            if (token == null || token.isEmpty()) {
                break;
            }
            part = read(port -> port.continueRetrievePropertiesEx(collector, token));
        }
        return found;
    }

    /** How a task is, or empty when the vCenter has forgotten it. */
    public Optional<TaskInfo> task(ManagedObjectReference task) {
        return see(task, "info").map(seen -> seen.must("info", TaskInfo.class));
    }
}
