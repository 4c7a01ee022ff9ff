// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.ssh;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import org.isthmus.model.Sha256;

/**
 * A person's public key that a certificate can be made of. Only kinds that are safe for years, and only keys that are what they
 * say: a certificate vouches for them.
 *
 * @param type such as {@code ssh-ed25519}
 * @param blob the key as SSH writes it, in Base64
 */
public record SshKey(String type, String blob) {
    static final String ED25519 = "ssh-ed25519";
    private static final String RSA = "ssh-rsa";
    private static final String ECDSA = "ecdsa-sha2-";
    private static final int ED25519_BYTES = 32;
    private static final int LEAST_RSA_BITS = 3072;
    private static final int MOST_RSA_BITS = 8192;
    private static final int MOST_EXPONENT_BITS = 64;
    private static final byte UNCOMPRESSED = 4;

    /** Points of small order, however they are written, without their sign: whoever likes signs for such a key. */
    private static final Set<String> WEAK_POINTS = Set.of(
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");

    private static final String KINDS = "ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, or ssh-rsa of "
            + LEAST_RSA_BITS + " to " + MOST_RSA_BITS + " bits";

    /** The key without its type, as it stands in a certificate too. */
    byte[] fields() {
        byte[] whole = whole();
        return Arrays.copyOfRange(whole, Integer.BYTES + type.length(), whole.length);
    }

    /** As OpenSSH writes it. */
    public String fingerprint() {
        return fingerprint(whole());
    }

    private byte[] whole() {
        return Base64.getDecoder().decode(blob);
    }

    /**
     * Reads a line as it is in a .pub file.
     *
     * @throws IllegalArgumentException with what is wrong with it, for the person
     */
    public static SshKey of(String line) {
        if (line.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("A public key is one line, as in a .pub file.");
        }
        String[] parts = line.strip().split(" +", 3);
        if (parts.length < 2) {
            throw new IllegalArgumentException("A public key is a line as in a .pub file: ssh-ed25519 AAAA… comment.");
        }
        byte[] blob = decoded(parts[1]);
        Wire.Reader reader = new Wire.Reader(blob);
        if (!reader.text().equals(parts[0])) {
            throw new IllegalArgumentException("The key is not of the kind it says.");
        }
        switch (parts[0]) {
            case ED25519 -> ed25519(reader);
            case ECDSA + "nistp256" -> ecdsa(reader, "nistp256", "secp256r1");
            case ECDSA + "nistp384" -> ecdsa(reader, "nistp384", "secp384r1");
            case RSA -> rsa(reader);
            default -> throw new IllegalArgumentException(
                    "A key of this kind gets no certificate; take " + KINDS + ".");
        }
        reader.end();
        return new SshKey(parts[0], Base64.getEncoder().encodeToString(blob));
    }

    private static byte[] decoded(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("The key is no Base64.", e);
        }
    }

    private static void ed25519(Wire.Reader reader) {
        byte[] point = reader.string();
        if (point.length != ED25519_BYTES) {
            throw new IllegalArgumentException("An Ed25519 key has 32 bytes.");
        }
        // the highest bit is the sign of the other coordinate
        point[ED25519_BYTES - 1] &= 0x7f;
        if (WEAK_POINTS.contains(HexFormat.of().formatHex(point))) {
            throw new IllegalArgumentException("This is no Ed25519 key: anybody could sign with it.");
        }
    }

    private static void rsa(Wire.Reader reader) {
        BigInteger exponent = reader.positive();
        BigInteger modulus = reader.positive();
        if (modulus.bitLength() < LEAST_RSA_BITS || modulus.bitLength() > MOST_RSA_BITS) {
            throw new IllegalArgumentException("The RSA key has " + modulus.bitLength() + " bits; take " + KINDS + ".");
        }
        if (!modulus.testBit(0)
                || !exponent.testBit(0)
                || exponent.equals(BigInteger.ONE)
                || exponent.bitLength() > MOST_EXPONENT_BITS) {
            throw new IllegalArgumentException("This is no RSA key: its numbers cannot be.");
        }
    }

    private static void ecdsa(Wire.Reader reader, String name, String curve) {
        if (!reader.text().equals(name)) {
            throw new IllegalArgumentException("The key's curve is not the one it says.");
        }
        byte[] point = reader.string();
        ECParameterSpec known = parameters(curve);
        int length = (known.getCurve().getField().getFieldSize() + 7) / 8;
        if (point.length != 1 + 2 * length || point[0] != UNCOMPRESSED) {
            throw new IllegalArgumentException("The key's point is not written as SSH writes it.");
        }
        BigInteger x = new BigInteger(1, Arrays.copyOfRange(point, 1, 1 + length));
        BigInteger y = new BigInteger(1, Arrays.copyOfRange(point, 1 + length, point.length));
        BigInteger p = ((ECFieldFp) known.getCurve().getField()).getP();
        BigInteger right = x.pow(3)
                .add(known.getCurve().getA().multiply(x))
                .add(known.getCurve().getB())
                .mod(p);
        if (x.compareTo(p) >= 0 || y.compareTo(p) >= 0 || !y.multiply(y).mod(p).equals(right)) {
            throw new IllegalArgumentException("The key's point is not on its curve.");
        }
    }

    private static ECParameterSpec parameters(String curve) {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec(curve));
            return parameters.getParameterSpec(ECParameterSpec.class);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java does not know the curve " + curve, e);
        }
    }

    static String fingerprint(byte[] blob) {
        return "SHA256:"
                + Base64.getEncoder()
                        .withoutPadding()
                        .encodeToString(Sha256.digest().digest(blob));
    }
}
