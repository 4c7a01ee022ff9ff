// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.password;

import java.util.Optional;
import org.isthmus.identity.setting.ConfiguredSettings;
import org.isthmus.identity.setting.Settings;
import org.isthmus.model.Secret;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Hashes and checks passwords, a few at a time. Slow on purpose: never inside a transaction. TOO_MANY when the wait for
 * its turn is too long.
 */
@Component(service = Passwords.class)
public final class Passwords {
    private final Secrets secrets;
    private final Settings.Argon2 cost;
    private final Turnstile turnstile;
    private final Hash nobody;

    @Activate
    public Passwords(@Reference ConfiguredSettings configured, @Reference Secrets secrets) {
        this(configured.settings(), secrets);
    }

    private Passwords(Settings settings, Secrets secrets) {
        this.secrets = secrets;
        cost = settings.argon2();
        turnstile = new Turnstile(settings.parallelLogins(), settings.loginWait());
        nobody = Hash.ofNobody(cost, secrets);
    }

    /** Without a container. */
    public static Passwords of(Settings settings, Secrets secrets) {
        return new Passwords(settings, secrets);
    }

    public String hash(Secret password) {
        return turnstile.through(
                () -> Hash.of(password, cost, secrets.bytes(Hash.SALT_BYTES)).text());
    }

    /** Whether it is the one. For nobody it takes as long, and is never. */
    public boolean matches(Optional<String> stored, Secret password) {
        if (password.reveal().length() > PasswordRules.LONGEST) {
            // nobody has such a password, and its length must not cost us time
            return matches(Optional.empty(), new Secret("too long"));
        }
        return turnstile.through(() -> {
            boolean same = stored.map(Hash::parse).orElse(nobody).matches(password);
            return same && stored.isPresent();
        });
    }

    /** True when it was hashed at another cost than new ones are. */
    public boolean outdated(String stored) {
        return !Hash.parse(stored).cost().equals(cost);
    }
}
