// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.ssh;

import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * A user's certificate as OpenSSH has it (PROTOCOL.certkeys): what it says, to be signed.
 *
 * @param keyId what sshd logs
 * @param principals whom the guest must expect; never empty, for that would open every account
 * @param before not good from then on
 * @param critical what sshd must understand, such as {@code source-address}
 * @param extensions what is allowed, such as {@code permit-pty}
 */
public record Certificate(
        SshKey key,
        long serial,
        String keyId,
        List<String> principals,
        Instant after,
        Instant before,
        SortedMap<String, String> critical,
        List<String> extensions) {
    private static final int USER = 1;
    private static final String SUFFIX = "-cert-v01@openssh.com";

    public Certificate {
        if (principals.isEmpty()) {
            throw new IllegalArgumentException("A certificate names whom it lets in.");
        }
        principals = List.copyOf(principals);
        critical = new TreeMap<>(critical);
        // sshd wants them in order
        extensions = extensions.stream().sorted().toList();
    }

    /** Whole seconds, as certificates have them. */
    private static long seconds(Instant time) {
        return time.getEpochSecond();
    }

    /**
     * The line as it is in a -cert.pub file.
     *
     * @param nonce so that what is signed cannot be foreseen
     * @param authority the public key of the signer, as SSH writes it
     * @param signer signs, and writes the signature as SSH does
     */
    String signed(byte[] nonce, byte[] authority, UnaryOperator<byte[]> signer) {
        Wire names = new Wire();
        principals.forEach(names::string);
        byte[] said = new Wire()
                .string(key.type() + SUFFIX)
                .string(nonce)
                .raw(key.fields())
                .uint64(serial)
                .uint32(USER)
                .string(keyId)
                .string(names.bytes())
                .uint64(seconds(after))
                .uint64(seconds(before))
                .string(options(critical))
                .string(permissions())
                .string("")
                .string(authority)
                .bytes();
        byte[] whole = new Wire().raw(said).string(signer.apply(said)).bytes();
        return key.type() + SUFFIX + " " + Base64.getEncoder().encodeToString(whole) + " " + keyId.replace(' ', '/');
    }

    private static byte[] options(Map<String, String> all) {
        Wire options = new Wire();
        all.forEach((name, value) ->
                options.string(name).string(new Wire().string(value).bytes()));
        return options.bytes();
    }

    private byte[] permissions() {
        Wire permissions = new Wire();
        extensions.forEach(name -> permissions.string(name).string(""));
        return permissions.bytes();
    }
}
