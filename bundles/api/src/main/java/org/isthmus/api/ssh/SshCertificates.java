// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.ssh;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Listing;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.server.Servers.ServerCommand;
import org.isthmus.api.ssh.SshCertificates.CertificateView;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Ids.SshCertificateId;
import org.isthmus.model.Page;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Root inside servers. Each organization has an authority, made when its first server is; a server's seed tells the guest to
 * trust it. Who has {@link Action#SERVER_ROOT} on a server gets certificates from it, in their own name, for that server
 * alone. Rights are judged when a certificate is asked for: one that was issued is good until it ends, some minutes later.
 */
@ProviderType
public interface SshCertificates extends Listing<CertificateView> {
    /**
     * The public keys of the organization's authority, the one in use first; none before it was first needed. For whoever sees
     * any of its servers.
     */
    AuthorityView authority(Caller caller, Ref organization);

    /**
     * What was issued, oldest first, without the certificates themselves: whose a serial number in a guest's log is. Filters:
     * {@code serial, server, username}. For whoever reads the audit log.
     */
    @Override
    Page<CertificateView> list(Caller caller, Ref organization, Query query);

    /** What a key of an authority is for. */
    enum KeyState {
        /** New servers trust it. */
        IN_USE,
        /** Signs for the servers that were made with it. */
        FORMER,
        /** Signs nothing any more: its private key is gone. */
        ABANDONED
    }

    /** The keys of an authority. */
    record AuthorityView(List<AuthorityKey> keys) {
        public AuthorityView {
            keys = List.copyOf(keys);
        }
    }

    /**
     * One key of an authority.
     *
     * @param number of the organization's keys, counted from 1
     * @param publicKey a line as sshd's {@code TrustedUserCAKeys} takes it
     * @param fingerprint as OpenSSH writes it: {@code SHA256:…}
     */
    record AuthorityKey(
            int number, KeyState state, String publicKey, String fingerprint, Instant createdAt, String createdBy) {}

    /**
     * What was issued.
     *
     * @param serial a number up to 2<sup>63</sup>, as text: JSON's numbers are too small for it
     * @param keyId whose it is and for what, as the guest's sshd logs it
     * @param fingerprint of the person's key
     * @param authority the number of the key that signed it
     */
    record CertificateView(
            SshCertificateId id,
            String serial,
            String keyId,
            ServerId server,
            String username,
            String fingerprint,
            int authority,
            Instant validAfter,
            Instant validBefore,
            Instant createdAt,
            String address) {}

    /**
     * A certificate, just issued.
     *
     * @param certificate the line to be written beside the private key, as {@code id_ed25519-cert.pub}
     * @param principals what the guest must expect: the server's id
     */
    record IssuedCertificate(
            String certificate,
            String serial,
            String keyId,
            List<String> principals,
            String fingerprint,
            Instant validAfter,
            Instant validBefore) {
        public IssuedCertificate {
            principals = List.copyOf(principals);
        }
    }

    /** What a certificate allows besides a shell; none of it unless asked for. */
    enum Forwarding {
        PORTS,
        AGENT,
        X11
    }

    /** How long a certificate is good when nobody says. */
    Duration USUAL = Duration.ofMinutes(5);

    /** How long a certificate is good at least. */
    Duration SHORTEST = Duration.ofSeconds(10);

    /** How far it begins before it was issued, for guests whose clocks are behind. */
    Duration SKEW = Duration.ofMinutes(1);

    int MOST_PUBLIC_KEY = 4096;
    int MOST_SOURCES = 10;

    /**
     * Signs a certificate for root on that server, in the caller's name.
     *
     * @param publicKey the person's, a line as in a .pub file: Ed25519, ECDSA on P-256 or P-384, RSA of 3072 to 8192 bits
     * @param validFor at most what the operator has set; {@link #USUAL} when empty
     * @param sources where it may be used from; anywhere when empty
     * @param authority the number of the key that the server trusts by now, when it was given another than it was made with; that is
     *     kept, for whoever asks next
     */
    record IssueSshCertificate(
            Ref organization,
            Ref server,
            String publicKey,
            Optional<Duration> validFor,
            Set<Forwarding> forwarding,
            List<Cidr> sources,
            Optional<Integer> authority)
            implements ServerCommand<IssuedCertificate> {
        public IssueSshCertificate {
            if (publicKey.length() > MOST_PUBLIC_KEY) {
                throw new IllegalArgumentException("publicKey has at most " + MOST_PUBLIC_KEY + " characters.");
            }
            validFor.ifPresent(time -> {
                if (time.compareTo(SHORTEST) < 0) {
                    throw new IllegalArgumentException("validFor is at least " + SHORTEST + ".");
                }
            });
            if (sources.size() > MOST_SOURCES) {
                throw new IllegalArgumentException("At most " + MOST_SOURCES + " sources.");
            }
            forwarding = Set.copyOf(forwarding);
            sources = List.copyOf(sources);
        }

        @Override
        public Action action() {
            return Action.SERVER_ROOT;
        }
    }

    /**
     * Gives the organization's authority a new key, which servers made from now on trust. Those made before trust the key
     * they were made with, and go on with certificates of that.
     *
     * @param abandon the private keys of before are destroyed: for when one may be known to others. Nobody gets a certificate
     *     of them any more, so guests made before must be given the new public key by other means
     */
    record RotateSshAuthority(Ref organization, boolean abandon) implements Command<AuthorityView> {
        @Override
        public Action action() {
            return Action.SSH_CA_ROTATE;
        }

        @Override
        public Subject about() {
            return Subject.of("ssh-authority", organization);
        }
    }
}
