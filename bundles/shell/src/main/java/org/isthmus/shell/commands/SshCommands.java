// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.ssh.SshCertificates;
import org.isthmus.api.ssh.SshCertificates.AuthorityKey;
import org.isthmus.api.ssh.SshCertificates.AuthorityView;
import org.isthmus.api.ssh.SshCertificates.CertificateView;
import org.isthmus.api.ssh.SshCertificates.Forwarding;
import org.isthmus.api.ssh.SshCertificates.IssueSshCertificate;
import org.isthmus.api.ssh.SshCertificates.IssuedCertificate;
import org.isthmus.api.ssh.SshCertificates.RotateSshAuthority;
import org.isthmus.model.Cidr;
import org.isthmus.model.Page;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** Root inside servers. */
public final class SshCommands {
    private SshCommands() {}

    @Service
    @Command(
            scope = "isthmus",
            name = "ssh-certificate-issue",
            description = "Signs your public key for root on a server, for some minutes")
    public static final class Issue extends OrganizationSubmit<IssueSshCertificate, IssuedCertificate> {
        @Argument(index = 0, name = "server", required = true, description = "Its id or name")
        @Completion(Names.Servers.class)
        private String which;

        @Argument(
                index = 1,
                name = "public-key",
                required = true,
                description = "The line of your .pub file, in quotes")
        @Completion(Anything.class)
        private String publicKey;

        @Option(name = "--valid-for", description = "How long it is good, as PT10M; PT5M unless said")
        private String validFor;

        @Option(
                name = "--forwarding",
                description = "What it allows besides a shell, with commas: ports, agent, x11; nothing unless said")
        private String forwarding;

        @Option(name = "--sources", description = "Subnets it may be used from, with commas; anywhere unless said")
        private String sources;

        @Option(
                name = "--authority",
                description = "The number of the key it trusts by now, when you gave it another than it was made with")
        private Integer authority;

        @Override
        protected IssueSshCertificate command() {
            return new IssueSshCertificate(
                    organization(),
                    new Ref(which),
                    publicKey,
                    Optional.ofNullable(validFor).map(Duration::parse),
                    words(forwarding).stream()
                            .map(word -> Words.constant(Forwarding.class, word))
                            .collect(Collectors.toSet()),
                    words(sources).stream().map(Cidr::of).toList(),
                    Optional.ofNullable(authority));
        }

        private static List<String> words(String text) {
            return text == null ? List.of() : Words.list(text);
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "ssh-certificate-list",
            description = "Lists what certificates were issued: whose a serial number in a guest's log is")
    public static final class ListCertificates extends OrganizationList.Of<CertificateView> {
        public ListCertificates() {
            super(SshCertificates.class, "serial username server validAfter validBefore fingerprint address");
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "ssh-authority-keys",
            description = "Lists the public keys that the organization's servers trust")
    public static final class ListKeys extends OrganizationList<AuthorityKey> {
        public ListKeys() {
            super("number state fingerprint createdAt publicKey");
        }

        @Override
        protected Page<AuthorityKey> page(Ref in, Query query) {
            return Page.last(with(SshCertificates.class, (all, caller) -> all.authority(caller, in))
                    .keys());
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "ssh-authority-rotate",
            description = "Gives the SSH authority a new key, which servers made from now on trust")
    public static final class Rotate extends OrganizationSubmit<RotateSshAuthority, AuthorityView> {
        @Option(
                name = "--abandon",
                description =
                        "Destroy the private keys of before; servers made with them must be given the new key by hand")
        private boolean abandon;

        @Override
        protected RotateSshAuthority command() {
            return new RotateSshAuthority(organization(), abandon);
        }
    }
}
