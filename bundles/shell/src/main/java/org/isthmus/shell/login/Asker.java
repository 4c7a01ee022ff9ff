// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.login;

import java.util.Optional;
import java.util.function.BiFunction;
import org.apache.karaf.shell.api.console.Session;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.shell.Services;

/** One person asking one thing: the caller, made when first needed, and the services. For one thread. */
public final class Asker {
    /** The session variable that names the organization meant where a command does not say. */
    public static final String ORGANIZATION = "ISTHMUS_ORGANIZATION";

    private final Services services;
    private final Session session;
    private Optional<Caller> caller = Optional.empty();

    public Asker(Services services, Session session) {
        this.services = services;
        this.session = session;
    }

    /** Calls a service as this caller. */
    public <S, R> R with(Class<S> service, BiFunction<? super S, Caller, ? extends R> work) {
        Caller who = caller();
        return services.call(service, each -> work.apply(each, who));
    }

    /** The organization meant: as said, else the session's, else the caller's own. */
    public Ref organization(String said) {
        if (said != null) {
            return new Ref(said);
        }
        Object usual = session.get(ORGANIZATION);
        return usual != null && !usual.toString().isBlank()
                ? new Ref(usual.toString())
                : Ref.of(caller().organization());
    }

    private Caller caller() {
        if (caller.isEmpty()) {
            caller = Optional.of(new Callers(services).current());
        }
        return caller.get();
    }
}
