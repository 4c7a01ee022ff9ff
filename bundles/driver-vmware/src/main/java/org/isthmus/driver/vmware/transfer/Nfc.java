// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.isthmus.driver.vmware.vim.VCenter;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * Disks over HTTPS. The vCenter itself is believed as for its API. A host that a lease names is believed by the thumbprint
 * that the lease names with it, since that came from a vCenter we believe; without one, as the vCenter.
 */
final class Nfc {
    private static final int BUFFER = 256 << 10;
    private static final int WHY = 300;

    private final VCenter vcenter;

    Nfc(VCenter vcenter) {
        this.vcenter = vcenter;
    }

    /** Hears of bytes, after every few; and of none, every second in which none flow. */
    @FunctionalInterface
    interface Bytes {
        void passed(long more);
    }

    /** Where a disk goes to or comes from, as a lease says. */
    record Target(String url, String thumbprint) {}

    /** Sends a disk of known length. */
    void send(Target target, boolean create, InputStream content, long length, Transfer transfer, Bytes heard)
            throws IOException {
        URI uri = address(target);
        try (Line line = Line.open(uri, target.thumbprint(), vcenter, transfer, () -> heard.passed(0))) {
            OutputStream out = line.out();
            out.write(head(
                    create ? "PUT" : "POST",
                    uri,
                    "Content-Type: application/x-vnd.vmware-streamVmdk\r\nContent-Length: " + length + "\r\n"));
            long sent = copy(content, out, transfer, heard);
            if (sent != length) {
                throw new IOException("the store gave " + sent + " of " + length + " bytes");
            }
            out.flush();
            accepted(uri, line.response());
        }
    }

    /** Takes a disk; its length is known only at its end. */
    void receive(Target target, OutputStream to, Transfer transfer, Bytes heard) throws IOException {
        URI uri = address(target);
        try (Line line = Line.open(uri, target.thumbprint(), vcenter, transfer, () -> heard.passed(0))) {
            line.out().write(head("GET", uri, ""));
            line.out().flush();
            Line.Response response = line.response();
            accepted(uri, response);
            copy(response.body(), to, transfer, heard);
        }
    }

    private static long copy(InputStream in, OutputStream out, Transfer transfer, Bytes heard) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long copied = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            transfer.check();
            out.write(buffer, 0, read);
            copied += read;
            heard.passed(read);
        }
        return copied;
    }

    private URI address(Target target) {
        URI sdk = vcenter.sdk();
        // a host that speaks for itself does not know by which name we know it
        String authority = sdk.getPort() < 0 ? sdk.getHost() : sdk.getHost() + ":" + sdk.getPort();
        URI uri = URI.create(target.url().replace("://*", "://" + authority).replace(" ", "%20"));
        if (!"https".equals(uri.getScheme()) || uri.getHost() == null) {
            throw new DriverException(Kind.BROKEN, "A lease names the address " + target.url() + ".");
        }
        return uri;
    }

    private static byte[] head(String method, URI uri, String more) {
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        String text = method + " " + uri.getRawPath() + query + " HTTP/1.1\r\nHost: " + uri.getAuthority()
                + "\r\nConnection: close\r\n" + more + "\r\n";
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void accepted(URI uri, Line.Response response) throws IOException {
        int status = response.status();
        if (status / 100 == 2) {
            return;
        }
        String why = new String(response.body().readNBytes(WHY), StandardCharsets.UTF_8).strip();
        // a lease that has ended is unknown; anything else will not be better next time
        Kind kind = status == 404 || status == 410 || status > 500 ? Kind.UNAVAILABLE : Kind.BROKEN;
        throw new DriverException(kind, uri.getAuthority() + " refuses a disk: HTTP " + status + " " + why);
    }
}
