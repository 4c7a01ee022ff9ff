// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.model.Sha256;

/** {@link Memory} of one test. */
final class ListedMemory implements Memory {
    private final Map<Sha256, Underway> logins = new HashMap<>();
    private final Set<String> used = new HashSet<>();

    @Override
    public void begun(Underway login, String address) {
        logins.put(login.state(), login);
    }

    @Override
    public Optional<Underway> seen(Sha256 state) {
        return Optional.ofNullable(logins.get(state));
    }

    @Override
    public Optional<Underway> taken(Sha256 state) {
        return Optional.ofNullable(logins.remove(state));
    }

    @Override
    public boolean firstUse(String provider, String token, Instant until) {
        return used.add(provider + " " + token);
    }
}
