// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.login;

import java.io.IOException;
import java.security.Principal;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.security.auth.Subject;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.FailedLoginException;
import javax.security.auth.login.LoginException;
import javax.security.auth.spi.LoginModule;
import org.apache.karaf.jaas.boot.principal.ClientPrincipal;
import org.apache.karaf.jaas.modules.publickey.PublickeyCallback;
import org.isthmus.model.Secret;

/**
 * JAAS's way to the {@link Doorkeeper}: asks for a name and a key, or a password where the client offers no key. Made anew
 * for each attempt, by name, by Karaf's proxy.
 */
public final class ShellLoginModule implements LoginModule {
    /** The option that carries the doorkeeper. */
    static final String DOORKEEPER = "org.isthmus.shell.doorkeeper";

    private Subject subject;
    private CallbackHandler client;
    private Doorkeeper doorkeeper;
    private Set<Principal> granted = Set.of();

    @Override
    public void initialize(
            Subject whose, CallbackHandler callbacks, Map<String, ?> sharedState, Map<String, ?> options) {
        subject = Objects.requireNonNull(whose, "subject");
        client = Objects.requireNonNull(callbacks, "callbacks");
        doorkeeper = (Doorkeeper) Objects.requireNonNull(options.get(DOORKEEPER), DOORKEEPER);
    }

    @Override
    public boolean login() throws LoginException {
        NameCallback name = new NameCallback("Username: ");
        PublickeyCallback key = new PublickeyCallback();
        if (answered(name, key)) {
            if (name.getName() == null || key.getPublicKey() == null) {
                throw new FailedLoginException("A name and a key are needed.");
            }
            granted = doorkeeper.key(name.getName(), key.getPublicKey(), peer());
            return true;
        }
        PasswordCallback password = new PasswordCallback("Password: ", false);
        if (!answered(name, password) || name.getName() == null || password.getPassword() == null) {
            throw new FailedLoginException("A name and a password are needed.");
        }
        Secret secret = new Secret(new String(password.getPassword()));
        password.clearPassword();
        granted = doorkeeper.password(name.getName(), secret, peer());
        return true;
    }

    private boolean answered(Callback... questions) throws LoginException {
        try {
            client.handle(questions);
            return true;
        } catch (UnsupportedCallbackException e) {
            return false;
        } catch (IOException e) {
            LoginException failed = new LoginException("The login was broken off: " + e.getMessage());
            failed.initCause(e);
            throw failed;
        }
    }

    /** The SSH server says where the client is before it asks for a login. */
    private String peer() {
        return subject.getPrincipals(ClientPrincipal.class).stream()
                .findFirst()
                .map(ClientPrincipal::getAddress)
                .orElse("unknown");
    }

    @Override
    public boolean commit() {
        subject.getPrincipals().addAll(granted);
        return !granted.isEmpty();
    }

    @Override
    public boolean abort() {
        return logout();
    }

    @Override
    public boolean logout() {
        subject.getPrincipals().removeAll(granted);
        granted = Set.of();
        return true;
    }
}
