// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.login;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.security.auth.Subject;
import javax.security.auth.login.LoginException;
import org.apache.karaf.jaas.boot.principal.ClientPrincipal;
import org.apache.karaf.jaas.boot.principal.RolePrincipal;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.shell.Services;
import org.isthmus.shell.fake.FakeCloud;
import org.isthmus.shell.fake.Typist;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LoginTest {
    private final FakeCloud cloud = new FakeCloud();
    private final Services services = cloud.services();

    @TempDir
    private Path etc;

    @Test
    void anOperatorsPasswordOpensTheShellAndEachCommandIsARequestOfItsOwn() throws Exception {
        Subject olga =
                LoggedIn.byPassword(services, "olga@platform", FakeCloud.PASSWORD, "/[2001:db8:0:0:0:0:0:7]:40022");

        Callers callers = new Callers(services);
        Caller first = callers.of(Optional.of(olga));
        Caller second = callers.of(Optional.of(olga));

        assertEquals("olga@platform", first.username());
        assertEquals(Caller.Kind.USER, first.kind());
        assertEquals(Caller.Door.SHELL, first.door());
        assertEquals("2001:db8:0:0:0:0:0:7", first.address());
        assertNotEquals(first.requestId(), second.requestId());
        assertEquals("2001:db8:0:0:0:0:0:7", cloud.logins.origins.get(0).address());
        assertEquals(Caller.Door.SHELL, cloud.logins.origins.get(0).door());
        assertEquals(
                Set.of("admin", "manager", "viewer", "systembundles", "ssh"),
                olga.getPrincipals(RolePrincipal.class).stream()
                        .map(RolePrincipal::getName)
                        .collect(Collectors.toSet()));
    }

    @Test
    void aWrongPasswordAndACustomersRightOneAreTheSameRefusal() {
        LoginException wrong = assertThrows(
                LoginException.class, () -> LoggedIn.byPassword(services, "olga@platform", "guess", "/192.0.2.7:1"));
        LoginException customer = assertThrows(
                LoginException.class,
                () -> LoggedIn.byPassword(services, "carl@acme", FakeCloud.PASSWORD, "/192.0.2.7:1"));

        assertEquals(wrong.getMessage(), customer.getMessage());
    }

    @Test
    void aPasswordOfAnAbsurdLengthIsRefusedUnhashed() {
        assertThrows(
                LoginException.class,
                () -> LoggedIn.byPassword(services, "olga@platform", "x".repeat(2000), "/192.0.2.7:1"));

        assertTrue(cloud.logins.origins.isEmpty());
    }

    @Test
    void theLocalKeyOpensForRootOnThisMachineOnly() throws Exception {
        Doorkeeper doorkeeper = new Doorkeeper(services);
        doorkeeper.accept(LocalKey.make(etc));
        PublicKey key = publicHalf();

        Subject root = LoggedIn.byKey(doorkeeper, "root", key, "/127.0.0.1:40022");
        assertEquals(
                Caller.Kind.LOCAL_ROOT,
                new Callers(services).of(Optional.of(root)).kind());
        LoggedIn.byKey(doorkeeper, "root", key, "/[0:0:0:0:0:0:0:1]:40022");

        for (String client : new String[] {
            "/192.0.2.7:1",
            "127.0.0.1.example.org/192.0.2.7:1",
            "/[2001:db8:0:0:0:0:0:7]:1",
            "localhost:1",
            "unknown",
            ""
        }) {
            assertThrows(LoginException.class, () -> LoggedIn.byKey(doorkeeper, "root", key, client), client);
        }
        assertThrows(LoginException.class, () -> LoggedIn.byKey(doorkeeper, "olga@platform", key, "/127.0.0.1:40022"));
    }

    @Test
    void anOlderLocalKeyOpensNothing() throws Exception {
        Doorkeeper doorkeeper = new Doorkeeper(services);
        doorkeeper.accept(LocalKey.make(etc));
        PublicKey old = publicHalf();

        doorkeeper.accept(LocalKey.make(etc));

        assertThrows(LoginException.class, () -> LoggedIn.byKey(doorkeeper, "root", old, "/127.0.0.1:1"));
        LoggedIn.byKey(doorkeeper, "root", publicHalf(), "/127.0.0.1:1");
    }

    @Test
    void theLocalKeyIsReadByItsOwnerAlone() throws Exception {
        LocalKey.make(etc);

        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(etc.resolve("isthmus-local-key"))));
        try (java.util.stream.Stream<Path> files = Files.list(etc)) {
            assertEquals(1, files.count(), "nothing else is left behind");
        }
    }

    @Test
    void whileIdentityIsAwayTheLocalKeyStillOpensAndPasswordsAreRefusedWithTheReason() throws Exception {
        Services without = new Services(Duration.ZERO).with(org.isthmus.model.Ids.class, cloud.ids);
        Doorkeeper doorkeeper = new Doorkeeper(without);
        doorkeeper.accept(LocalKey.make(etc));

        LoggedIn.byKey(doorkeeper, "root", publicHalf(), "/127.0.0.1:1");
        LoginException away = assertThrows(
                LoginException.class,
                () -> LoggedIn.byPassword(without, "olga@platform", FakeCloud.PASSWORD, "/192.0.2.7:1"));

        assertEquals("The login is away just now; try again in a moment.", away.getMessage());
    }

    @Test
    void karafsOwnConsoleIsTheMachinesRootAndNobodyElseIs() {
        Callers callers = new Callers(services);
        Subject karafsUser = new Subject();
        karafsUser.getPrincipals().add(new ClientPrincipal("ssh", "/127.0.0.1:1"));
        karafsUser.getPrincipals().add(new RolePrincipal("admin"));

        assertEquals(
                Caller.Kind.LOCAL_ROOT,
                callers.of(Optional.of(Typist.atTheConsole())).kind());
        assertEquals(
                Problem.NOT_LOGGED_IN,
                assertThrows(ProblemException.class, () -> callers.of(Optional.of(karafsUser)))
                        .type());
        assertEquals(
                Problem.NOT_LOGGED_IN,
                assertThrows(ProblemException.class, () -> callers.of(Optional.empty()))
                        .type());
        assertEquals(
                Problem.NOT_LOGGED_IN,
                assertThrows(ProblemException.class, callers::current).type());
    }

    @Test
    void theFileHasBothHalvesOfOneKey() throws Exception {
        LocalKey.make(etc);
        byte[] message = {1, 2, 3};
        Signature signed = Signature.getInstance("SHA256withECDSA");
        signed.initSign(secretHalf());
        signed.update(message);
        Signature checked = Signature.getInstance("SHA256withECDSA");
        checked.initVerify(publicHalf());
        checked.update(message);

        assertTrue(checked.verify(signed.sign()));
    }

    @Test
    void aNumberOfAKeyFillsItsPlaceHoweverSmallOrLargeItIs() {
        byte[] one = new byte[32];
        one[31] = 1;
        byte[] largest = new byte[32];
        Arrays.fill(largest, (byte) 0xff);

        assertArrayEquals(one, LocalKey.number(BigInteger.ONE));
        assertArrayEquals(largest, LocalKey.number(BigInteger.TWO.pow(256).subtract(BigInteger.ONE)));
    }

    @Test
    void aKeyOfAnotherKindIsNotTheLocalOne() throws Exception {
        LocalKey local = LocalKey.make(etc);

        assertFalse(local.opensWith(java.security.KeyPairGenerator.getInstance("EC")
                .generateKeyPair()
                .getPublic()));
        assertFalse(local.opensWith(java.security.KeyPairGenerator.getInstance("RSA")
                .generateKeyPair()
                .getPublic()));
    }

    /** The public half, as an SSH client finds it at the end of the file. */
    private PublicKey publicHalf() throws Exception {
        byte[] encoded = contents();
        byte[] point = Arrays.copyOfRange(encoded, encoded.length - 65, encoded.length);
        ECPrivateKey secret = secretHalf();
        return KeyFactory.getInstance("EC")
                .generatePublic(new ECPublicKeySpec(
                        new ECPoint(
                                new BigInteger(1, Arrays.copyOfRange(point, 1, 33)),
                                new BigInteger(1, Arrays.copyOfRange(point, 33, 65))),
                        secret.getParams()));
    }

    private ECPrivateKey secretHalf() throws Exception {
        return (ECPrivateKey) KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(contents()));
    }

    private byte[] contents() throws Exception {
        String pem = Files.readString(etc.resolve("isthmus-local-key"));
        return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    }
}
