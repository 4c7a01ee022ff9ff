// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * TLS to servers whose certificate is of a trusted authority and for the very name that was asked for: Java checks both within
 * the handshake, for ldaps and StartTLS alike. The LDAP library's own check took a certificate of localhost for 127.0.0.2, and
 * waited for ever for a server that is mute.
 */
final class Trusting extends SSLSocketFactory {
    private final SSLSocketFactory java;
    private final int timeout;

    private Trusting(SSLSocketFactory java, int timeout) {
        this.java = java;
        this.timeout = timeout;
    }

    static SSLSocketFactory factory(LdapSettings settings) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, settings.authorities().isEmpty() ? null : trusted(settings.authorities()), null);
            return new Trusting(
                    context.getSocketFactory(), (int) settings.timeout().toMillis());
        } catch (GeneralSecurityException | IOException e) {
            throw new LdapFailure(LdapFailure.Kind.MISCONFIGURED, "ca.certificate cannot be used: " + e.getMessage());
        }
    }

    private static TrustManager[] trusted(List<X509Certificate> authorities)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (int i = 0; i < authorities.size(); i++) {
            store.setCertificateEntry("authority-" + i, authorities.get(i));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        return trust.getTrustManagers();
    }

    private Socket checking(Socket socket) throws IOException {
        SSLSocket tls = (SSLSocket) socket;
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("LDAPS"); // RFC 4513, 3.1.3
        tls.setSSLParameters(parameters);
        tls.setSoTimeout(timeout);
        return tls;
    }

    @Override
    public Socket createSocket() throws IOException {
        return checking(java.createSocket());
    }

    @Override
    public Socket createSocket(Socket plain, String host, int port, boolean autoClose) throws IOException {
        return checking(java.createSocket(plain, host, port, autoClose));
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw connectedAlready();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress from, int fromPort) {
        throw connectedAlready();
    }

    @Override
    public Socket createSocket(InetAddress address, int port) {
        throw connectedAlready();
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress from, int fromPort) {
        throw connectedAlready();
    }

    private static UnsupportedOperationException connectedAlready() {
        return new UnsupportedOperationException("Connecting is done elsewhere, with a limit of time.");
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return java.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return java.getSupportedCipherSuites();
    }
}
