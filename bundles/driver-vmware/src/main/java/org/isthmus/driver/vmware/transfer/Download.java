// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import com.vmware.vim25.HttpNfcLeaseDeviceUrl;
import com.vmware.vim25.HttpNfcLeaseInfo;
import com.vmware.vim25.HttpNfcLeaseManifestEntry;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.VirtualController;
import com.vmware.vim25.VirtualDisk;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageExport.ImageSink;

/** Reads all disks of a machine that is off into a sink, each from its start: a lease cannot begin in the middle. */
final class Download {
    private final Vim vim;
    private final Nfc nfc;

    Download(Vim vim) {
        this.vim = vim;
        this.nfc = new Nfc(vim.where());
    }

    /**
     * Does it.
     *
     * @param machine with its devices
     * @param report takes 0 to 99 as bytes flow
     */
    void run(Seen machine, ImageSink sink, Transfer transfer, IntConsumer report) throws IOException {
        ManagedObjectReference ref = vim.talk().change(port -> port.exportVm(machine.object()));
        Lease lease = new Lease(vim, ref);
        boolean whole = false;
        try {
            HttpNfcLeaseInfo info = lease.ready(transfer);
            List<HttpNfcLeaseDeviceUrl> urls = inOrder(machine, info);
            List<Taken> taken = new ArrayList<>();
            long all = expected(urls, info);
            long[] received = {0};
            for (int i = 0; i < urls.size(); i++) {
                Taken one = new Taken(opened(sink, i));
                try (one) {
                    nfc.receive(
                            new Nfc.Target(urls.get(i).getUrl(), urls.get(i).getSslThumbprint()),
                            one,
                            transfer,
                            more -> {
                                received[0] += more;
                                int percent = (int) Math.min(99, received[0] * 100 / all);
                                report.accept(percent);
                                lease.alive(percent);
                            });
                }
                taken.add(one);
            }
            compare(urls, taken, lease.manifest());
            for (int i = 0; i < taken.size(); i++) {
                sink.whole(i, taken.get(i).length);
            }
            lease.complete();
            whole = true;
        } finally {
            if (!whole) {
                lease.giveUp();
            }
        }
    }

    private static OutputStream opened(ImageSink sink, int disk) {
        try {
            return sink.open(disk, ImageContent.Format.VMDK, 0);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /** Who does not want it any more does not say it again; for others it may have passed. */
    private static DriverException refused(IOException e) {
        return new DriverException(Kind.UNAVAILABLE, "The disk was not taken: " + e.getMessage(), e);
    }

    /** As announced; where nothing is announced, as if disks were full. */
    private static long expected(List<HttpNfcLeaseDeviceUrl> urls, HttpNfcLeaseInfo info) {
        long announced = urls.stream()
                .mapToLong(url -> url.getFileSize() == null ? 0 : url.getFileSize())
                .sum();
        return Math.max(1, announced > 0 ? announced : info.getTotalDiskCapacityInKB() * 1024);
    }

    /** A lease names disks by where they are plugged in; we by their order. */
    private static List<HttpNfcLeaseDeviceUrl> inOrder(Seen machine, HttpNfcLeaseInfo info) {
        Map<String, HttpNfcLeaseDeviceUrl> byPlace = new HashMap<>();
        for (HttpNfcLeaseDeviceUrl url : info.getDeviceUrl()) {
            if (Boolean.TRUE.equals(url.isDisk())) {
                byPlace.put(url.getKey().substring(url.getKey().lastIndexOf('/') + 1), url);
            }
        }
        Map<Integer, VirtualController> controllers = Shapes.controllers(machine);
        List<HttpNfcLeaseDeviceUrl> urls = new ArrayList<>();
        for (VirtualDisk disk : Shapes.disks(machine)) {
            VirtualController controller = controllers.get(disk.getControllerKey());
            String place = controller == null
                    ? "none"
                    : controller.getClass().getSimpleName() + controller.getBusNumber() + ":" + disk.getUnitNumber();
            HttpNfcLeaseDeviceUrl url = byPlace.get(place);
            if (url == null) {
                throw new DriverException(
                        Kind.INVALID,
                        "The vCenter does not read out the disk at " + place
                                + ": it is independent, or no file. Detach it, then try again.");
            }
            urls.add(url);
        }
        return urls;
    }

    /** Every byte that was sent came, in place: where the far end counts them. */
    private static void compare(
            List<HttpNfcLeaseDeviceUrl> urls, List<Taken> taken, List<HttpNfcLeaseManifestEntry> manifest) {
        for (HttpNfcLeaseManifestEntry entry : manifest) {
            for (int i = 0; i < urls.size(); i++) {
                if (!urls.get(i).getKey().equals(entry.getKey())) {
                    continue;
                }
                Taken one = taken.get(i);
                boolean same = entry.getSize() == one.length
                        && (entry.getSha1() == null
                                || entry.getSha1().isEmpty()
                                || entry.getSha1().equalsIgnoreCase(one.sha1()));
                if (!same) {
                    throw new DriverException(
                            Kind.UNAVAILABLE,
                            "Disk " + i + " came otherwise than it was sent: " + one.length + " bytes of "
                                    + entry.getSize() + ".");
                }
            }
        }
    }

    /** Counts and sums what goes to the sink. */
    private static final class Taken extends FilterOutputStream {
        private final MessageDigest digest = digest();
        private long length;

        Taken(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            try {
                out.write(bytes, offset, count);
            } catch (IOException e) {
                throw refused(e);
            }
            digest.update(bytes, offset, count);
            length += count;
        }

        String sha1() {
            return HexFormat.of().formatHex(digest.digest());
        }

        // SHA-1 is what leases count with
        private static MessageDigest digest() {
            try {
                return MessageDigest.getInstance("SHA-1");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("This JVM has no SHA-1", e);
            }
        }
    }
}
