// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.outward;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A network of either family, written as {@code 10.1.0.0/16} or {@code fd00::/8}. */
public record Block(InetAddress network, int prefix) {
    public static Block of(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        // letters that are no hexadecimal digits would be looked up as a name
        if (!address.matches("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
                || (slash >= 0 && !text.substring(slash + 1).matches("\\d{1,3}"))) {
            throw new IllegalArgumentException(text + " is no network such as 10.1.0.0/16 or fd00::/8.");
        }
        try {
            InetAddress network = InetAddress.getByName(address);
            int bits = network.getAddress().length * Byte.SIZE;
            int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
            if (prefix > bits) {
                throw new IllegalArgumentException(text + " has a prefix of more than " + bits + " bits.");
            }
            return new Block(network, prefix);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text + " is no network such as 10.1.0.0/16 or fd00::/8.", e);
        }
    }

    /**
     * Those of a setting, one comma between them.
     *
     * @param wrong takes what is wrong of them
     */
    public static List<Block> listed(String setting, String text, List<String> wrong) {
        List<Block> networks = new ArrayList<>();
        Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .forEach(each -> {
                    try {
                        networks.add(Block.of(each));
                    } catch (IllegalArgumentException e) {
                        wrong.add(setting + ": " + e.getMessage());
                    }
                });
        return networks;
    }

    public boolean contains(InetAddress address) {
        byte[] own = network.getAddress();
        byte[] other = address.getAddress();
        if (own.length != other.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit++) {
            int mask = 0x80 >> (bit % Byte.SIZE);
            if ((own[bit / Byte.SIZE] & mask) != (other[bit / Byte.SIZE] & mask)) {
                return false;
            }
        }
        return true;
    }
}
