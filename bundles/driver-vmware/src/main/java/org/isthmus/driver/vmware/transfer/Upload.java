// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import com.vmware.vim25.HttpNfcLeaseDeviceUrl;
import com.vmware.vim25.HttpNfcLeaseInfo;
import com.vmware.vim25.LocalizedMethodFault;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.OptionValue;
import com.vmware.vim25.OvfCreateImportSpecParams;
import com.vmware.vim25.OvfCreateImportSpecResult;
import com.vmware.vim25.OvfFileItem;
import com.vmware.vim25.OvfNetworkMapping;
import com.vmware.vim25.VirtualDeviceConfigSpec;
import com.vmware.vim25.VirtualDeviceConnectInfo;
import com.vmware.vim25.VirtualEthernetCard;
import com.vmware.vim25.VirtualMachineBootOptions;
import com.vmware.vim25.VirtualMachineConfigSpec;
import com.vmware.vim25.VirtualMachineImportSpec;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.Firmware;
import org.isthmus.spi.compute.Shape.ShapeNic;

/**
 * Makes a virtual machine, off, of contents: one wish for all of its disks. It blocks; whoever gives it a {@link Transfer}
 * breaks it off with that. One that fails has given up its lease, upon which the vCenter removes what it had made.
 */
public final class Upload {
    private static final int MAX_DISKS = Ovf.PER_CONTROLLER * Ovf.CONTROLLERS;

    private final Vim vim;
    private final Nfc nfc;

    public Upload(Vim vim) {
        this.vim = vim;
        this.nfc = new Nfc(vim.where());
    }

    /**
     * What to make.
     *
     * @param name unique in the folder, at most 80 characters
     * @param contents streamOptimized VMDK, in the order of the shape's disks, as many
     * @param extra set on the machine in the moment it is made ({@code extraConfig})
     * @param note for people who come across it in the vCenter
     */
    public record Wish(String name, Shape shape, List<ImageContent> contents, Map<String, String> extra, String note) {
        public Wish {
            if (contents.size() != shape.disks().size()) {
                throw new IllegalArgumentException("There is one content for each disk.");
            }
            if (contents.size() > MAX_DISKS) {
                throw new DriverException(
                        Kind.INVALID, "A machine of vSphere has at most " + MAX_DISKS + " disks, this one more.");
            }
            for (ImageContent content : contents) {
                if (content.format() != ImageContent.Format.VMDK) {
                    throw new DriverException(
                            Kind.INVALID,
                            "vSphere takes streamOptimized VMDK only, and this is " + content.format() + ".");
                }
            }
            contents = List.copyOf(contents);
            extra = Map.copyOf(extra);
        }

        private long bytes() {
            return contents.stream().mapToLong(ImageContent::sizeBytes).sum();
        }
    }

    /**
     * Does it.
     *
     * @param report takes 0 to 99 as bytes flow
     * @return the machine
     */
    public ManagedObjectReference run(Wish wish, Place place, Transfer transfer, IntConsumer report)
            throws IOException {
        OvfCreateImportSpecResult plan = plan(wish, place);
        transfer.check();
        ManagedObjectReference ref = vim.talk()
                .change(port -> port.importVApp(
                        place.pool(),
                        plan.getImportSpec(),
                        place.folder(),
                        place.host().orElse(null)));
        Lease lease = new Lease(vim, ref);
        boolean whole = false;
        try {
            HttpNfcLeaseInfo info = lease.ready(transfer);
            send(wish, plan, info, lease, transfer, report);
            lease.say(100);
            lease.complete();
            whole = true;
            return info.getEntity();
        } finally {
            if (!whole) {
                lease.giveUp();
            }
        }
    }

    private OvfCreateImportSpecResult plan(Wish wish, Place place) {
        OvfCreateImportSpecParams params = new OvfCreateImportSpecParams();
        params.setLocale("");
        params.setDeploymentOption("");
        params.setEntityName(wish.name());
        params.setDiskProvisioning("thin");
        place.host().ifPresent(params::setHostSystem);
        List<ShapeNic> nics = wish.shape().nics();
        for (int i = 0; i < nics.size(); i++) {
            OvfNetworkMapping mapping = new OvfNetworkMapping();
            mapping.setName(Ovf.network(i));
            mapping.setNetwork(network(nics.get(i), place));
            params.getNetworkMapping().add(mapping);
        }
        String ovf = Ovf.descriptor(wish.name(), wish.shape(), wish.contents());
        OvfCreateImportSpecResult plan = vim.talk()
                .read(port -> port.createImportSpec(
                        vim.talk().content().getOvfManager(), ovf, place.pool(), place.datastore(), params));
        if (!plan.getError().isEmpty() || !(plan.getImportSpec() instanceof VirtualMachineImportSpec)) {
            String why = plan.getError().stream()
                    .map(LocalizedMethodFault::getLocalizedMessage)
                    .reduce((one, other) -> one + "; " + other)
                    .orElse("it makes no virtual machine of it");
            throw new DriverException(Kind.INVALID, "The vCenter cannot make such a machine: " + why);
        }
        complete(((VirtualMachineImportSpec) plan.getImportSpec()).getConfigSpec(), wish, place);
        return plan;
    }

    private static ManagedObjectReference network(ShapeNic nic, Place place) {
        return Optional.ofNullable(place.networks().get(nic.network()))
                .or(place::standIn)
                .orElseThrow(() -> new DriverException(
                        Kind.INVALID,
                        "There is no network here that an interface could be plugged into; make one, then try again."));
    }

    /** What a descriptor says differently for each version of vSphere is said here in the words of its API. */
    private static void complete(VirtualMachineConfigSpec spec, Wish wish, Place place) {
        Shape shape = wish.shape();
        spec.setFirmware(shape.firmware() == Firmware.BIOS ? "bios" : "efi");
        if (shape.firmware() != Firmware.BIOS) {
            VirtualMachineBootOptions boot = new VirtualMachineBootOptions();
            boot.setEfiSecureBootEnabled(shape.firmware() == Firmware.EFI_SECURE);
            spec.setBootOptions(boot);
        }
        spec.setAnnotation(wish.note());
        wish.extra().forEach((key, value) -> {
            OptionValue option = new OptionValue();
            option.setKey(key);
            option.setValue(value);
            spec.getExtraConfig().add(option);
        });
        List<VirtualEthernetCard> cards = spec.getDeviceChange().stream()
                .map(VirtualDeviceConfigSpec::getDevice)
                .filter(VirtualEthernetCard.class::isInstance)
                .map(VirtualEthernetCard.class::cast)
                .toList();
        if (cards.size() != shape.nics().size()) {
            throw new DriverException(
                    Kind.BROKEN, "Of " + shape.nics().size() + " interfaces the vCenter makes " + cards.size() + ".");
        }
        for (int i = 0; i < cards.size(); i++) {
            VirtualEthernetCard card = cards.get(i);
            ShapeNic nic = shape.nics().get(i);
            nic.mac().ifPresent(mac -> {
                card.setAddressType("manual");
                card.setMacAddress(mac.value());
            });
            if (!place.networks().containsKey(nic.network())) {
                card.setConnectable(notConnected());
            }
        }
    }

    private static VirtualDeviceConnectInfo notConnected() {
        VirtualDeviceConnectInfo info = new VirtualDeviceConnectInfo();
        info.setStartConnected(false);
        info.setConnected(false);
        info.setAllowGuestControl(true);
        return info;
    }

    private void send(
            Wish wish,
            OvfCreateImportSpecResult plan,
            HttpNfcLeaseInfo info,
            Lease lease,
            Transfer transfer,
            IntConsumer report)
            throws IOException {
        Map<String, OvfFileItem> items = new HashMap<>();
        plan.getFileItem().forEach(item -> items.put(item.getPath(), item));
        Map<String, HttpNfcLeaseDeviceUrl> urls = new HashMap<>();
        info.getDeviceUrl().forEach(url -> urls.put(url.getImportKey(), url));
        long all = Math.max(1, wish.bytes());
        long[] sent = {0};
        for (int i = 0; i < wish.contents().size(); i++) {
            OvfFileItem item = items.get(Ovf.file(i));
            HttpNfcLeaseDeviceUrl url = item == null ? null : urls.get(item.getDeviceId());
            if (url == null) {
                throw new DriverException(Kind.BROKEN, "The vCenter says no place for disk " + i + ".");
            }
            ImageContent content = wish.contents().get(i);
            MessageDigest digest = sha256();
            try (InputStream in = new DigestInputStream(content.open(0), digest)) {
                nfc.send(
                        new Nfc.Target(url.getUrl(), url.getSslThumbprint()),
                        item.isCreate(),
                        in,
                        content.sizeBytes(),
                        transfer,
                        more -> {
                            sent[0] += more;
                            int percent = (int) Math.min(99, sent[0] * 100 / all);
                            report.accept(percent);
                            lease.alive(percent);
                        });
            }
            String was = HexFormat.of().formatHex(digest.digest());
            if (!was.equals(content.sha256().hex())) {
                throw new DriverException(
                        Kind.BROKEN,
                        "The store's content of disk " + i + " is not what its checksum "
                                + content.sha256().hex() + " says: it is " + was + ". Repair the image store.");
            }
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This JVM has no SHA-256", e);
        }
    }
}
