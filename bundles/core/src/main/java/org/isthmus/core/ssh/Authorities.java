// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.ssh;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Subject;
import org.isthmus.core.Moment;
import org.isthmus.core.RowStore;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Secret;
import org.isthmus.store.TxException;
import org.isthmus.store.seal.Seal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of organizations' SSH authorities. Private keys are sealed in the database, opened to sign and shown to nobody. Inside
 * a transaction.
 */
public final class Authorities {
    private static final Logger LOG = LoggerFactory.getLogger(Authorities.class);
    private static final String COLUMNS =
            "organization_id, generation, public_key, private_key, created_at, created_by";
    private static final int PUBLIC_BYTES = 32;
    private static final int NONCE_BYTES = 32;

    private final RowStore rows;
    private final Seal seal;
    private final SecureRandom random;

    public Authorities(RowStore rows, Seal seal, SecureRandom random) {
        this.rows = rows;
        this.seal = seal;
        this.random = random;
    }

    /**
     * A key of an organization's authority.
     *
     * @param publicKey a line as sshd takes it
     * @param kept the sealed private key; empty once it is abandoned
     */
    public record Authority(
            OrganizationId organization,
            int generation,
            String publicKey,
            Optional<String> kept,
            Instant createdAt,
            String createdBy) {
        private static Authority of(ResultSet row) throws SQLException {
            return new Authority(
                    new OrganizationId(row.getString(1)),
                    row.getInt(2),
                    row.getString(3),
                    Optional.ofNullable(row.getString(4)),
                    Times.instant(row.getLong(5)),
                    row.getString(6));
        }

        public boolean signs() {
            return kept.isPresent();
        }

        private byte[] blob() {
            return Base64.getDecoder().decode(publicKey.split(" ")[1]);
        }

        public String fingerprint() {
            return SshKey.fingerprint(blob());
        }

        private String place() {
            return organization + "/ssh/" + generation;
        }

        Subject subject() {
            return Subject.of("ssh-authority", organization);
        }
    }

    /** All of an organization, the one in use first. */
    public List<Authority> all(OrganizationId organization) {
        return rows.query(
                "select " + COLUMNS + " from ssh_authority where organization_id = ? order by generation desc",
                Authority::of,
                organization.value());
    }

    public Optional<Authority> find(OrganizationId organization, int generation) {
        return rows.one(
                "select " + COLUMNS + " from ssh_authority where organization_id = ? and generation = ?",
                Authority::of,
                organization.value(),
                generation);
    }

    /**
     * The one in use, made when there is none yet that signs. Of two who make it at once, also on two controllers, one does; the
     * other's transaction fails so that it is tried again, and finds it.
     */
    public Authority inUse(Moment moment, String by) {
        Optional<Authority> newest = newest(moment.organization());
        if (newest.filter(Authority::signs).isPresent()) {
            return newest.get();
        }
        return make(moment, after(newest), by);
    }

    private static int after(Optional<Authority> newest) {
        return newest.map(Authority::generation).orElse(0) + 1;
    }

    /**
     * The one whose certificates a guest trusts that was made with this one; that in use for a guest that was made with none.
     * Empty when that one signs no more: whatever another signs, the guest does not take it.
     */
    public Optional<Authority> signing(Moment moment, Optional<Integer> trusted, String by) {
        return trusted.isEmpty()
                ? Optional.of(inUse(moment, by))
                : find(moment.organization(), trusted.get()).filter(Authority::signs);
    }

    /** The one in use, for a guest that was to trust this one, which signs no more; empty while this one signs. */
    public Optional<Authority> instead(OrganizationId organization, int generation) {
        return find(organization, generation).filter(Authority::signs).isPresent()
                ? Optional.empty()
                : newest(organization).filter(Authority::signs);
    }

    /** Makes the next one, which is in use from now on. */
    public Authority next(Moment moment, boolean abandon, String by) {
        int generation = after(newest(moment.organization()));
        Authority made = make(moment, generation, by);
        if (abandon) {
            rows.change(
                    "update ssh_authority set private_key = null where organization_id = ? and generation < ?",
                    moment.organization().value(),
                    generation);
            LOG.info("The former private keys of the SSH authority of {} were destroyed", moment.organization());
        }
        return made;
    }

    /**
     * Forgets those that nobody trusts any more, but for the one in use and the one before: a deployment that is not committed
     * yet may just have been given it.
     */
    public void forgetBut(OrganizationId organization, Collection<Integer> trusted) {
        all(organization).stream()
                .skip(2)
                .map(Authority::generation)
                .filter(generation -> !trusted.contains(generation))
                .forEach(generation -> rows.change(
                        "delete from ssh_authority where organization_id = ? and generation = ?",
                        organization.value(),
                        generation));
    }

    private Optional<Authority> newest(OrganizationId organization) {
        return rows.one(
                "select " + COLUMNS + " from ssh_authority where organization_id = ? order by generation desc"
                        + " fetch first 1 rows only",
                Authority::of,
                organization.value());
    }

    private Authority make(Moment moment, int generation, String by) {
        KeyPair pair = pair();
        Authority made = new Authority(
                moment.organization(),
                generation,
                line(pair, moment.organization() + "/" + generation),
                Optional.empty(),
                Times.kept(moment.now()),
                by);
        Secret secret =
                new Secret(Base64.getEncoder().encodeToString(pair.getPrivate().getEncoded()));
        String kept = seal.seal(secret, made.place());
        insert(made, kept);
        moment.event(
                "ssh-authority.key-made",
                made.subject(),
                Map.of("number", String.valueOf(generation), "fingerprint", made.fingerprint()));
        LOG.info("Key {} of the SSH authority of {} was made", generation, moment.organization());
        return new Authority(
                made.organization(), generation, made.publicKey(), Optional.of(kept), made.createdAt(), by);
    }

    /** Of two who make the same one at once, one does; the other is told to try again. */
    private void insert(Authority made, String kept) {
        try {
            rows.tx()
                    .execute(() -> rows.change(
                            "insert into ssh_authority (" + COLUMNS + ") values (?, ?, ?, ?, ?, ?)",
                            made.organization().value(),
                            made.generation(),
                            made.publicKey(),
                            kept,
                            Times.micros(made.createdAt()),
                            made.createdBy()));
        } catch (TxException e) {
            if (e.kind() == TxException.Kind.DUPLICATE) {
                throw new TxException(TxException.Kind.SERIALIZATION, "another made the SSH authority's key", e);
            }
            throw e;
        }
    }

    private KeyPair pair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(255, random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java makes no Ed25519 keys", e);
        }
    }

    /** As in a .pub file. Java puts a header of a fixed length before the 32 bytes of the key (RFC 8410). */
    private static String line(KeyPair pair, String comment) {
        byte[] encoded = pair.getPublic().getEncoded();
        byte[] raw = Arrays.copyOfRange(encoded, encoded.length - PUBLIC_BYTES, encoded.length);
        byte[] blob = new Wire().string(SshKey.ED25519).string(raw).bytes();
        return SshKey.ED25519 + " " + Base64.getEncoder().encodeToString(blob) + " " + comment;
    }

    /** The certificate, signed, as a line. */
    public String sign(Authority authority, Certificate certificate) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        PrivateKey key = opened(authority);
        return certificate.signed(nonce, authority.blob(), said -> new Wire()
                .string(SshKey.ED25519)
                .string(signature(key, said))
                .bytes());
    }

    private PrivateKey opened(Authority authority) {
        String kept = authority
                .kept()
                .orElseThrow(() -> new IllegalStateException("Its private key was destroyed: " + authority.place()));
        byte[] encoded =
                Base64.getDecoder().decode(seal.open(kept, authority.place()).reveal());
        try {
            return KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The key of " + authority.place() + " is broken", e);
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    private static byte[] signature(PrivateKey key, byte[] said) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(key);
            signature.update(said);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The authority cannot sign", e);
        }
    }
}
