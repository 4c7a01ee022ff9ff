// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.login;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Principal;
import java.security.PublicKey;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.security.auth.login.FailedLoginException;
import javax.security.auth.login.LoginException;
import org.apache.karaf.jaas.boot.principal.RolePrincipal;
import org.apache.karaf.jaas.boot.principal.UserPrincipal;
import org.isthmus.api.Caller;
import org.isthmus.api.ProblemException;
import org.isthmus.api.identity.Logins;
import org.isthmus.model.Ids;
import org.isthmus.model.Secret;
import org.isthmus.shell.Services;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides who comes in to the shell, and what a session may do in Karaf. */
final class Doorkeeper {
    private static final Logger LOG = LoggerFactory.getLogger(Doorkeeper.class);

    /** All that Karaf's own commands ask for; {@code ssh} is what etc/org.apache.karaf.shell.cfg demands at the door. */
    private static final Set<String> KARAF_ROLES = Set.of("admin", "manager", "viewer", "systembundles", "ssh");

    /** No password of ours comes near; a longer one is not worth a hash. */
    private static final int LONGEST = 1024;

    private final Services services;
    private final AtomicReference<Optional<LocalKey>> localKey = new AtomicReference<>(Optional.empty());

    Doorkeeper(Services services) {
        this.services = services;
    }

    /** From now on this key opens for root, and no other. */
    void accept(LocalKey key) {
        localKey.set(Optional.of(key));
    }

    /**
     * Checks an operator's password. Identity audits it, right or wrong.
     *
     * @param client the peer as the SSH server writes it
     * @throws LoginException saying why not
     */
    Set<Principal> password(String username, Secret password, String client) throws LoginException {
        if (username.length() > LONGEST || password.reveal().length() > LONGEST) {
            throw new FailedLoginException("The login is not right.");
        }
        String address = host(client);
        Optional<Caller> caller;
        try {
            String requestId = services.call(Ids.class, Ids::uuid).toString();
            caller = services.call(
                    Logins.class,
                    logins -> logins.shellLogin(
                            username, password, new Logins.Origin(Caller.Door.SHELL, address, requestId)));
        } catch (ProblemException refused) {
            if (refused.type().status() >= 429) {
                LOG.warn("Shell login from {} refused: {}", address, refused.getMessage());
            }
            throw refusal(refused.getMessage(), refused);
        }
        return principals(new OperatorPrincipal(caller.orElseThrow(() -> new FailedLoginException(
                "The login is not right, or it is not an operator's: only operators use the shell."))));
    }

    /** Checks a key: only the local one, only for root, only from this machine. */
    Set<Principal> key(String username, PublicKey key, String client) throws LoginException {
        if (!username.equals(LocalRootPrincipal.NAME)
                || localKey.get().filter(local -> local.opensWith(key)).isEmpty()) {
            throw new FailedLoginException("This key opens nothing here; operators log in with their password.");
        }
        if (!loopback(host(client))) {
            LOG.warn(
                    "Somebody at {} holds the local key, which is good on this machine only: who can read it?", client);
            throw new FailedLoginException("The local key is good on the controller's own machine only.");
        }
        return principals(new LocalRootPrincipal());
    }

    private static Set<Principal> principals(Principal who) {
        Set<Principal> all = new LinkedHashSet<>();
        all.add(who);
        all.add(new UserPrincipal(who.getName()));
        KARAF_ROLES.forEach(role -> all.add(new RolePrincipal(role)));
        return all;
    }

    private static LoginException refusal(String message, Throwable cause) {
        LoginException refusal = new LoginException(message);
        refusal.initCause(cause);
        return refusal;
    }

    /** The address in {@code /192.0.2.7:40022}, {@code host/192.0.2.7:40022} or {@code /[2001:db8::7]:40022}. */
    static String host(String client) {
        String address = client.substring(client.indexOf('/') + 1);
        int colon = address.lastIndexOf(':');
        if (colon >= 0 && (address.startsWith("[") || address.indexOf(':') == colon)) {
            address = address.substring(0, colon);
        }
        return address.replace("[", "").replace("]", "");
    }

    /** Only for an address in digits: a name would be looked up, and a name proves nothing. */
    private static boolean loopback(String address) {
        if (!address.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
            return false;
        }
        try {
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
