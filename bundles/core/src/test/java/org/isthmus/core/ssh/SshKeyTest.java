// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SshKeyTest {
    private static final byte[] RAW = raw(9);
    private static final BigInteger EXPONENT = BigInteger.valueOf(65537);
    private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(3071).setBit(0);

    @TempDir
    private Path directory;

    private static String line(String type, Wire blob) {
        return type + " " + Base64.getEncoder().encodeToString(blob.bytes()) + " ann@example";
    }

    private static byte[] raw(int first) {
        byte[] raw = new byte[32];
        raw[0] = (byte) first;
        return raw;
    }

    private static Wire ed25519() {
        return new Wire().string("ssh-ed25519").string(RAW);
    }

    private static String rsa(BigInteger exponent, BigInteger modulus) {
        return line(
                "ssh-rsa",
                new Wire().string("ssh-rsa").string(exponent.toByteArray()).string(modulus.toByteArray()));
    }

    private static String refused(String line) {
        return assertThrows(IllegalArgumentException.class, () -> SshKey.of(line))
                .getMessage();
    }

    @Test
    void keysOfKindsThatAreSafeAreTakenAndHaveOpenSshsFingerprint() {
        OpenSsh real = new OpenSsh(directory);
        for (List<String> kind : List.of(
                List.of("-t", "ed25519"),
                List.of("-t", "ecdsa", "-b", "256"),
                List.of("-t", "ecdsa", "-b", "384"),
                List.of("-t", "rsa", "-b", "3072"))) {
            String key = real.key("key" + String.join("", kind), kind.toArray(String[]::new));

            assertEquals(real.fingerprint(key), SshKey.of(key).fingerprint(), key);
        }
    }

    @Test
    void aKeyOfAnotherKindIsToldWhichToTake() {
        for (String type : List.of(
                "ssh-dss", "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com", "ssh-ed25519-cert-v01@openssh.com")) {
            String said = refused(line(type, new Wire().string(type).string(RAW)));

            assertTrue(said.contains("take ssh-ed25519"), said);
        }
    }

    @Test
    void aWeakOrImpossibleRsaKeyIsRefused() {
        SshKey.of(rsa(EXPONENT, MODULUS));
        for (int bits : List.of(1024, 2048, 3071, 8193, 16384)) {
            String said =
                    refused(rsa(EXPONENT, BigInteger.ONE.shiftLeft(bits - 1).setBit(0)));
            assertTrue(said.contains(bits + " bits"), said);
        }
        for (BigInteger exponent : List.of(
                BigInteger.ONE, BigInteger.TWO, BigInteger.ONE.shiftLeft(64).setBit(0))) {
            refused(rsa(exponent, MODULUS));
        }
        refused(rsa(EXPONENT, MODULUS.clearBit(0)));
        refused(rsa(EXPONENT, MODULUS.negate()));
        byte[] padded = new byte[MODULUS.toByteArray().length + 1];
        System.arraycopy(MODULUS.toByteArray(), 0, padded, 1, padded.length - 1);
        refused(line(
                "ssh-rsa",
                new Wire().string("ssh-rsa").string(EXPONENT.toByteArray()).string(padded)));
    }

    @Test
    void anEd25519KeyForWhichAnybodyCanSignIsRefused() {
        byte[] highest = new byte[32];
        Arrays.fill(highest, (byte) 0xff);
        highest[0] = (byte) 0xec;
        byte[] negative = raw(1);
        negative[31] = (byte) 0x80;
        for (byte[] weak : List.of(raw(0), raw(1), negative, highest)) {
            String said =
                    refused(line("ssh-ed25519", new Wire().string("ssh-ed25519").string(weak)));

            assertTrue(said.contains("anybody could sign"), said);
        }
    }

    @Test
    void aPointThatIsNotOnItsCurveIsRefused() {
        byte[] point = new byte[65];
        point[0] = 4;
        point[64] = 1;
        String type = "ecdsa-sha2-nistp256";
        Wire elsewhere = new Wire().string(type).string("nistp256").string(point);
        Wire otherCurve = new Wire().string(type).string("nistp384").string(point);
        Wire compressed = new Wire().string(type).string("nistp256").string(Arrays.copyOf(new byte[] {2}, 33));

        assertTrue(refused(line(type, elsewhere)).contains("not on its curve"));
        assertTrue(refused(line(type, otherCurve)).contains("not the one it says"));
        assertTrue(refused(line(type, compressed)).contains("not written as SSH writes it"));
    }

    @Test
    void whatIsNoKeyIsRefused() {
        String good = line("ssh-ed25519", ed25519());
        SshKey.of(good);
        for (String bad : List.of(
                "",
                "ssh-ed25519",
                "ssh-ed25519 ",
                "ssh-ed25519 %%%%",
                "ssh-ed25519 AAAA",
                good + "\n" + good,
                good.replace("ssh-ed25519 ", "ssh-rsa "),
                "command=\"sh\" " + good,
                line("ssh-ed25519", ed25519().string("more")),
                line("ssh-ed25519", new Wire().string("ssh-ed25519").string(new byte[31])),
                line("ssh-ed25519", new Wire().string("ssh-ed25519").uint32(Integer.MAX_VALUE)),
                line("ssh-ed25519", new Wire().string("ssh-ed25519").uint32(-1)))) {
            refused(bad);
        }
    }

    @Test
    void aCommentIsNoPartOfIt() {
        String plain = line("ssh-ed25519", ed25519());

        assertEquals(SshKey.of(plain), SshKey.of(plain.replace("ann@example", "somebody else, here")));
    }
}
