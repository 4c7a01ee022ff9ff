// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import com.unboundid.ldap.sdk.NameResolver;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where an organization's settings may make the controller connect to. Names are looked up here and nowhere else, so what was
 * checked is what is connected to.
 *
 * @param loopback whether the controller's own machine may be meant
 */
public record Reach(boolean loopback) {
    NameResolver resolver(boolean plain) {
        return new Checked(plain);
    }

    private boolean allowed(InetAddress address, boolean plain) {
        if (address.isAnyLocalAddress() || address.isMulticastAddress() || address.isLinkLocalAddress()) {
            return false; // link-local has the metadata services of clouds
        }
        return address.isLoopbackAddress() ? loopback : !plain;
    }

    private final class Checked extends NameResolver {
        private final boolean plain;

        Checked(boolean plain) {
            this.plain = plain;
        }

        @Override
        public InetAddress getByName(String host) throws UnknownHostException {
            return getAllByName(host)[0];
        }

        @Override
        public InetAddress[] getAllByName(String host) throws UnknownHostException {
            List<InetAddress> allowed = new ArrayList<>();
            for (InetAddress each : InetAddress.getAllByName(host)) {
                if (allowed(each, plain)) {
                    allowed.add(each);
                }
            }
            if (allowed.isEmpty()) {
                throw new UnknownHostException(
                        "the address of " + host + " is not one a directory may have" + (plain ? " without TLS" : ""));
            }
            return allowed.toArray(new InetAddress[0]);
        }

        @Override
        public void toString(StringBuilder text) {
            text.append("Reach(loopback=").append(loopback).append(')');
        }
    }
}
