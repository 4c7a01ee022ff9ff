// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.login;

import java.security.PublicKey;
import java.util.Map;
import javax.security.auth.Subject;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.LoginException;
import org.apache.karaf.jaas.boot.principal.ClientPrincipal;
import org.apache.karaf.jaas.modules.publickey.PublickeyCallback;
import org.isthmus.shell.Services;

/** Logs in as Karaf's SSH server does it. */
public final class LoggedIn {
    private LoggedIn() {}

    public static Subject byPassword(Services services, String username, String password, String client)
            throws LoginException {
        return by(new Doorkeeper(services), client, callbacks -> {
            for (Callback callback : callbacks) {
                if (callback instanceof NameCallback name) {
                    name.setName(username);
                } else if (callback instanceof PasswordCallback secret) {
                    secret.setPassword(password.toCharArray());
                } else {
                    throw new UnsupportedCallbackException(callback);
                }
            }
        });
    }

    static Subject byKey(Doorkeeper doorkeeper, String username, PublicKey key, String client) throws LoginException {
        return by(doorkeeper, client, callbacks -> {
            for (Callback callback : callbacks) {
                if (callback instanceof NameCallback name) {
                    name.setName(username);
                } else if (callback instanceof PublickeyCallback offered) {
                    offered.setPublicKey(key);
                } else {
                    throw new UnsupportedCallbackException(callback);
                }
            }
        });
    }

    private static Subject by(Doorkeeper doorkeeper, String client, CallbackHandler callbacks) throws LoginException {
        Subject subject = new Subject();
        subject.getPrincipals().add(new ClientPrincipal("ssh", client));
        ShellLoginModule module = new ShellLoginModule();
        module.initialize(subject, callbacks, Map.of(), Map.of(ShellLoginModule.DOORKEEPER, doorkeeper));
        try {
            module.login();
            module.commit();
        } catch (LoginException e) {
            module.abort();
            if (subject.getPrincipals().size() != 1) {
                throw new AssertionError("A refused login leaves principals: " + subject.getPrincipals(), e);
            }
            throw e;
        }
        return subject;
    }
}
