// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;
import static org.isthmus.rest.routes.ServerRoutes.SERVER;
import static org.isthmus.rest.routes.ServerRoutes.server;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.ssh.SshCertificates;
import org.isthmus.api.ssh.SshCertificates.AuthorityView;
import org.isthmus.api.ssh.SshCertificates.CertificateView;
import org.isthmus.api.ssh.SshCertificates.Forwarding;
import org.isthmus.api.ssh.SshCertificates.IssueSshCertificate;
import org.isthmus.api.ssh.SshCertificates.IssuedCertificate;
import org.isthmus.api.ssh.SshCertificates.RotateSshAuthority;
import org.isthmus.model.Cidr;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;

/** Root inside servers: an organization's SSH authority and what it signs. */
public final class SshRoutes {
    private static final String AUTHORITY = ONE + "/ssh-ca";
    private static final String CERTIFICATES = ONE + "/ssh-certificates";

    private SshRoutes() {}

    record CertificateWish(
            @Field(
                            value =
                                    "as in a .pub file: ssh-ed25519, ecdsa-sha2-nistp256 or -nistp384, ssh-rsa of 3072 to 8192 bits",
                            most = SshCertificates.MOST_PUBLIC_KEY)
                    String publicKey,
            @Field("PT5M unless said; at most what the operator has set, PT1H as shipped") Optional<Duration> validFor,
            @Field(value = "what it allows besides a shell; nothing unless said", most = 3)
                    Optional<Set<Forwarding>> forwarding,
            @Field(value = "where it may be used from; anywhere unless said", most = SshCertificates.MOST_SOURCES)
                    Optional<List<Cidr>> sources,
            @Field(
                            value =
                                    "the number of the key that the server trusts by now, when it was given another than it was made with",
                            min = 1,
                            max = Integer.MAX_VALUE)
                    Optional<Integer> authority) {}

    record Rotation(
            @Field(
                            "destroy the private keys of before: servers made with them must be given the new key by other means")
                    Optional<Boolean> abandon) {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Root inside servers");
        on.change(
                        Verb.POST,
                        SERVER + "/ssh-certificates",
                        "issueSshCertificate",
                        Action.SERVER_ROOT,
                        "Signs a certificate for root on this server, in the caller's name, good for minutes.")
                .body(CertificateWish.class)
                .command(
                        IssueSshCertificate.class,
                        (call, body) -> new IssueSshCertificate(
                                call.organization(),
                                server(call),
                                body.publicKey(),
                                body.validFor(),
                                body.forwarding().orElse(Set.of()),
                                body.sources().orElse(List.of()),
                                body.authority()))
                .shown(IssuedCertificate.class);
        on.list(
                CERTIFICATES,
                "listSshCertificates",
                Guard.may(Action.AUDIT_READ),
                "What was issued, oldest first: whose a serial number in a guest's log is.",
                CertificateView.class,
                Filters.by().text("serial").ref("server").text("username").only(),
                call -> services.call(
                        SshCertificates.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.get(
                CERTIFICATES + "/{certificate}",
                "getSshCertificate",
                Guard.may(Action.AUDIT_READ),
                "What was issued.",
                CertificateView.class,
                List.of(),
                call -> services.call(
                        SshCertificates.class,
                        all -> all.get(call.caller(), call.organization(), call.ref("certificate"))));
        on.get(
                AUTHORITY,
                "getSshAuthority",
                Guard.may(Action.SERVER_READ),
                "The public keys of the organization's SSH authority, the one in use first.",
                AuthorityView.class,
                List.of(),
                call -> services.call(SshCertificates.class, all -> all.authority(call.caller(), call.organization())));
        on.change(
                        Verb.POST,
                        AUTHORITY + "/rotate",
                        "rotateSshAuthority",
                        Action.SSH_CA_ROTATE,
                        "Gives the authority a new key, which servers made from now on trust.")
                .body(Rotation.class)
                .command(
                        RotateSshAuthority.class,
                        (call, body) -> new RotateSshAuthority(
                                call.organization(), body.abandon().orElse(false)))
                .shown(AuthorityView.class);
    }
}
