// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.vim;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ServiceContent;
import com.vmware.vim25.VimPortType;
import java.io.IOException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * A vCenter, spoken to by any number of threads in one session. It is begun with the first question, and anew whenever the
 * vCenter has ended it. There are no threads here.
 */
public final class Vim implements AutoCloseable {
    /** So long may one call of the host take in all; the host itself waits 10 s. */
    public static final Duration CALL = Duration.ofMillis(8_500);

    private static final Duration GOODBYE = Duration.ofSeconds(2);
    // vCenter locks an account after five wrong passwords in three minutes, unless told otherwise: one wrong setting
    // must not do that
    private static final long REFUSED_FOR = TimeUnit.SECONDS.toNanos(180);
    private static final Method CONTENT = method("retrieveServiceContent");
    private static final Method LOGIN = method("login");
    private static final Method LOGOUT = method("logout");

    private final VCenter where;
    private final Wire wire;
    private final ReentrantLock entering = new ReentrantLock();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Session session;
    private DriverException refusal;
    private long refusedAt;

    public Vim(VCenter where) {
        this.where = where;
        this.wire = new Wire(where);
    }

    /**
     * A session.
     *
     * @param views container views made in it, by what they contain: they live as long
     */
    record Session(String cookie, ServiceContent content, Map<String, ManagedObjectReference> views) {}

    public VCenter where() {
        return where;
    }

    /** A talk that ends in time for the host's call. */
    public Talk talk() {
        return talk(CALL);
    }

    /** A talk that may take this long in all; a single answer is waited for at most 8 s. */
    public Talk talk(Duration atMost) {
        return new Talk(this, Deadline.in(atMost));
    }

    /** Reads the vocabulary, which takes seconds, where nobody waits for it. */
    public static void warm() {
        Xml.warm();
    }

    Wire wire() {
        return wire;
    }

    /** The session, begun when there is none. */
    Session session(Deadline deadline) {
        Session present = session;
        return present != null ? present : enter("", deadline);
    }

    /** Another session than this one, which the vCenter does not know any more. */
    Session another(Session ended, Deadline deadline) {
        return enter(ended.cookie(), deadline);
    }

    private Session enter(String ended, Deadline deadline) {
        try {
            if (!entering.tryLock(deadline.millis(CALL), TimeUnit.MILLISECONDS)) {
                throw new DriverException(Kind.UNAVAILABLE, "The login at " + where.name() + " takes too long.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException(Kind.UNAVAILABLE, "The login at " + where.name() + " was broken off.", e);
        }
        try {
            if (closed.get()) {
                throw closedNow();
            }
            if (session != null && !session.cookie().equals(ended)) {
                return session;
            }
            if (refusal != null && System.nanoTime() - refusedAt < REFUSED_FOR) {
                throw refusal;
            }
            Session begun = login(deadline);
            session = begun;
            if (closed.get()) {
                // closed meanwhile, by somebody who saw no session to end
                leave();
                throw closedNow();
            }
            return begun;
        } finally {
            entering.unlock();
        }
    }

    private Session login(Deadline deadline) {
        refusal = null;
        try {
            ManagedObjectReference instance = new ManagedObjectReference();
            instance.setType("ServiceInstance");
            instance.setValue("ServiceInstance");
            Wire.Reply first = wire.send(CONTENT, new Object[] {instance}, Optional.empty(), deadline);
            ServiceContent content = (ServiceContent) first.answer();
            Object[] who = {
                content.getSessionManager(), where.user(), where.password().reveal(), null
            };
            Wire.Reply reply = wire.send(LOGIN, who, first.cookie(), deadline);
            String cookie = reply.cookie()
                    .or(first::cookie)
                    .orElseThrow(() -> new DriverException(
                            Kind.BROKEN, where.name() + " let us in, but gave no session: is it a vCenter?"));
            return new Session(cookie, content, new ConcurrentHashMap<>());
        } catch (VimFault fault) {
            if (fault.is("NoPermission")) {
                throw new DriverException(
                        Kind.DENIED,
                        "NoPermission: " + where.name() + " knows the user " + where.user()
                                + ", who may do nothing there. Give it a role on the vCenter, with propagation.",
                        fault);
            }
            DriverException failure = fault.is("InvalidLogin")
                    ? new DriverException(
                            Kind.DENIED,
                            "InvalidLogin: " + where.name() + " refuses the user " + where.user()
                                    + " or the password. Check both in the endpoint's settings.",
                            fault)
                    : fault.toDriver("The login at " + where.name() + " failed");
            if (failure.kind() == Kind.DENIED) {
                refusal = failure;
                refusedAt = System.nanoTime();
            }
            throw failure;
        } catch (IOException e) {
            throw Talk.broken(where, e);
        }
    }

    /** Ends the session. Idempotent; a vCenter that is away ends it by itself. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            leave();
        }
    }

    private static DriverException closedNow() {
        return new DriverException(Kind.UNAVAILABLE, "This endpoint is closed.");
    }

    private void leave() {
        Session present = session;
        session = null;
        if (present != null) {
            try {
                wire.send(
                        LOGOUT,
                        new Object[] {present.content().getSessionManager()},
                        Optional.of(present.cookie()),
                        Deadline.in(GOODBYE));
            } catch (IOException | DriverException | VimFault e) {
                // it ends by itself after its idle time
            }
        }
    }

    private static Method method(String name) {
        for (Method each : VimPortType.class.getMethods()) {
            if (each.getName().equals(name)) {
                return each;
            }
        }
        throw new IllegalStateException("The vocabulary has no " + name);
    }
}
