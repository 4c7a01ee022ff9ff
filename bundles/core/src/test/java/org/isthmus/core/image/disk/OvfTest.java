// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.isthmus.api.ProblemException;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.core.image.disk.Ovf.OvfDisk;
import org.isthmus.core.image.disk.Ovf.OvfFile;
import org.isthmus.model.MacAddress;
import org.isthmus.spi.compute.ImageContent.Format;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.Firmware;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.spi.compute.Shape.ShapeNic;
import org.junit.jupiter.api.Test;

final class OvfTest {
    private static final String VMDK = "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized";

    /** As VMware's ovftool writes it: disks and cards are not in the order in which the guest sees them. */
    static final String VMWARE =
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <Envelope vmw:buildId="build-9" xmlns="http://schemas.dmtf.org/ovf/envelope/1"
                xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common"
                xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
                xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
                xmlns:vmw="http://www.vmware.com/schema/ovf"
                xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData">
              <References>
                <File ovf:href="web-1.vmdk" ovf:id="file1" ovf:size="71"/>
                <File ovf:href="web-2.vmdk" ovf:id="file2" ovf:size="72"/>
                <File ovf:href="web-3.nvram" ovf:id="file3" ovf:size="73"/>
              </References>
              <DiskSection>
                <Info>Disks</Info>
                <Disk ovf:capacity="16" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="vmdisk1" ovf:fileRef="file1"
                    ovf:format="FORMAT" ovf:populatedSize="0"/>
                <Disk ovf:capacity="2048" ovf:capacityAllocationUnits="byte * 2^20" ovf:diskId="vmdisk2" ovf:fileRef="file2"
                    ovf:format="FORMAT"/>
              </DiskSection>
              <NetworkSection><Info>Networks</Info><Network ovf:name="VM Network"/><Network ovf:name="Back"/></NetworkSection>
              <VirtualSystem ovf:id="web">
                <Info>A VM</Info>
                <Name>web server</Name>
                <OperatingSystemSection ovf:id="96" vmw:osType="debian10_64Guest"><Info>OS</Info></OperatingSystemSection>
                <VirtualHardwareSection>
                  <Info>Hardware</Info>
                  <Item><rasd:AllocationUnits>hertz * 10^6</rasd:AllocationUnits><rasd:InstanceID>1</rasd:InstanceID>
                    <rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>4</rasd:VirtualQuantity></Item>
                  <Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:InstanceID>2</rasd:InstanceID>
                    <rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>6144</rasd:VirtualQuantity></Item>
                  <Item><rasd:Address>0</rasd:Address><rasd:InstanceID>3</rasd:InstanceID>
                    <rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType><rasd:ResourceType>6</rasd:ResourceType></Item>
                  <Item><rasd:AddressOnParent>1</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource>
                    <rasd:InstanceID>9</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
                  <Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/vmdisk2</rasd:HostResource>
                    <rasd:InstanceID>10</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
                  <Item><rasd:AddressOnParent>8</rasd:AddressOnParent><rasd:Connection>Back</rasd:Connection>
                    <rasd:InstanceID>12</rasd:InstanceID><rasd:ResourceType>10</rasd:ResourceType></Item>
                  <Item><rasd:Address>00:50:56:AB:CD:EF</rasd:Address><rasd:AddressOnParent>7</rasd:AddressOnParent>
                    <rasd:Connection>VM Network</rasd:Connection><rasd:InstanceID>11</rasd:InstanceID>
                    <rasd:ResourceType>10</rasd:ResourceType></Item>
                  <Item ovf:required="false"><rasd:InstanceID>13</rasd:InstanceID><rasd:ResourceType>15</rasd:ResourceType></Item>
                  <vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="efi"/>
                  <vmw:Config ovf:required="false" vmw:key="bootOptions.efiSecureBootEnabled" vmw:value="true"/>
                </VirtualHardwareSection>
              </VirtualSystem>
            </Envelope>
            """
                    .replace("FORMAT", VMDK);

    /** As VirtualBox 7 writes it in version 2.0: items of their own kinds, capacities in bytes. */
    private static final String VIRTUALBOX =
            """
            <?xml version="1.0"?>
            <Envelope ovf:version="2.0" xml:lang="en-US" xmlns="http://schemas.dmtf.org/ovf/envelope/2"
                xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/2"
                xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData.xsd"
                xmlns:epasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_EthernetPortAllocationSettingData.xsd"
                xmlns:sasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_StorageAllocationSettingData.xsd"
                xmlns:vbox="http://www.virtualbox.org/ovf/machine">
              <References><File ovf:id="file1" ovf:href="deb-disk001.vmdk"/></References>
              <DiskSection><Info>d</Info>
                <Disk ovf:capacity="8589934592" ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:format="FORMAT" vbox:uuid="x"/>
              </DiskSection>
              <NetworkSection><Info>n</Info><Network ovf:name="NAT"/></NetworkSection>
              <VirtualSystem ovf:id="deb">
                <Info>A virtual machine</Info>
                <OperatingSystemSection ovf:id="96"><Info>k</Info><Description>Debian_64</Description></OperatingSystemSection>
                <VirtualHardwareSection><Info>h</Info>
                  <Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType>
                    <rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
                  <Item><rasd:AllocationUnits>MegaBytes</rasd:AllocationUnits><rasd:InstanceID>2</rasd:InstanceID>
                    <rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>1024</rasd:VirtualQuantity></Item>
                  <Item><rasd:Address>0</rasd:Address><rasd:InstanceID>3</rasd:InstanceID>
                    <rasd:ResourceSubType>AHCI</rasd:ResourceSubType><rasd:ResourceType>20</rasd:ResourceType></Item>
                  <StorageItem><sasd:AddressOnParent>0</sasd:AddressOnParent>
                    <sasd:HostResource>/disk/vmdisk1</sasd:HostResource><sasd:InstanceID>5</sasd:InstanceID>
                    <sasd:Parent>3</sasd:Parent><sasd:ResourceType>17</sasd:ResourceType></StorageItem>
                  <EthernetPortItem><epasd:Connection>NAT</epasd:Connection><epasd:InstanceID>6</epasd:InstanceID>
                    <epasd:ResourceSubType>E1000</epasd:ResourceSubType><epasd:ResourceType>10</epasd:ResourceType></EthernetPortItem>
                </VirtualHardwareSection>
                <vbox:Machine ovf:required="false"><Hardware><Firmware type="EFI"/></Hardware></vbox:Machine>
              </VirtualSystem>
            </Envelope>
            """
                    .replace("FORMAT", VMDK);

    private static Ovf read(String text) {
        return Ovf.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void refused(String text, String because) {
        ProblemException problem = assertThrows(ProblemException.class, () -> read(text));
        assertEquals(ImageProblem.FORMAT, problem.type());
        assertTrue(problem.getMessage().contains(because), problem.getMessage());
    }

    private static void refusedWith(String part, String instead, String because) {
        assertTrue(VMWARE.contains(part), part);
        refused(VMWARE.replace(part, instead), because);
    }

    @Test
    void whatVmwareWritesIsReadInTheOrderOfTheGuest() {
        Ovf machine = read(VMWARE);

        Shape expected = new Shape(
                4,
                6144,
                Firmware.EFI_SECURE,
                Optional.of("debian10_64Guest"),
                List.of(new ShapeDisk("vmdisk2", 2L << 30), new ShapeDisk("vmdisk1", 16L << 30)),
                List.of(
                        new ShapeNic(Optional.of(new MacAddress("00:50:56:ab:cd:ef")), "VM Network"),
                        new ShapeNic(Optional.empty(), "Back")));
        assertEquals(expected, machine.shape());
        assertEquals("web server", machine.name());
        assertEquals(
                List.of(
                        new OvfDisk(Optional.of("web-2.vmdk"), Format.VMDK),
                        new OvfDisk(Optional.of("web-1.vmdk"), Format.VMDK)),
                machine.disks());
        assertEquals(
                List.of(
                        new OvfFile("web-1.vmdk", OptionalLong.of(71)),
                        new OvfFile("web-2.vmdk", OptionalLong.of(72)),
                        new OvfFile("web-3.nvram", OptionalLong.of(73))),
                machine.files());
    }

    @Test
    void whatVirtualBoxWritesIsRead() {
        Shape expected = new Shape(
                2,
                1024,
                Firmware.EFI,
                Optional.of("Debian_64"),
                List.of(new ShapeDisk("vmdisk1", 8L << 30)),
                List.of(new ShapeNic(Optional.empty(), "NAT")));

        Ovf machine = read(VIRTUALBOX);

        assertEquals(expected, machine.shape());
        assertEquals("deb", machine.name());
        assertEquals(List.of(new OvfFile("deb-disk001.vmdk", OptionalLong.empty())), machine.files());
    }

    @Test
    void everyFactComesBackFromWhatIsWritten() {
        for (Firmware firmware : Firmware.values()) {
            List<ShapeDisk> disks = new ArrayList<>();
            List<OvfFile> files = new ArrayList<>();
            for (int i = 0; i < 17; i++) {
                disks.add(new ShapeDisk("disk" + i, ((i + 1L) << 30) + 512));
                files.add(new OvfFile("a-" + i + ".vmdk", OptionalLong.of(1000 + i)));
            }
            Shape shape = new Shape(
                    3,
                    4097,
                    firmware,
                    Optional.of("Debian <12> & \"more\""),
                    disks,
                    List.of(
                            new ShapeNic(Optional.of(new MacAddress("02:00:00:00:00:09")), "front & back"),
                            new ShapeNic(Optional.empty(), "net-2"),
                            new ShapeNic(Optional.of(new MacAddress("02:00:00:00:00:01")), "front & back")));

            Ovf read = Ovf.read(Ovf.write("web-1", shape, files));

            assertEquals(shape, read.shape());
            assertEquals("web-1", read.name());
            assertEquals(files, read.files());
            assertEquals(
                    files.stream().map(OvfFile::name).toList(),
                    read.disks().stream().map(disk -> disk.file().orElseThrow()).toList());
        }
    }

    @Test
    void whatIsWrittenIsWhatVcenterExpects() {
        List<ShapeDisk> disks = new ArrayList<>();
        List<OvfFile> files = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            disks.add(new ShapeDisk("disk" + i, 1L << 30));
            files.add(new OvfFile("a-" + i + ".vmdk", OptionalLong.of(1)));
        }
        Shape shape = new Shape(1, 64, Firmware.EFI, Optional.empty(), disks, List.of());

        String text = new String(Ovf.write("web", shape, files), StandardCharsets.UTF_8);

        assertTrue(text.contains("<vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType>"), text);
        assertTrue(text.contains("vmw:key=\"firmware\" vmw:value=\"efi\""), text);
        assertTrue(text.contains("<rasd:AddressOnParent>6</rasd:AddressOnParent>"), text);
        assertFalse(text.contains("<rasd:AddressOnParent>7</rasd:AddressOnParent>"), "unit 7 is the controller's own");
        assertTrue(text.contains("<rasd:AddressOnParent>9</rasd:AddressOnParent>"), text);
    }

    @Test
    void whatXmlCannotSayIsWrittenAsAQuestionMark() {
        Shape shape = new Shape(
                1,
                64,
                Firmware.BIOS,
                Optional.of("a\u0000b\ud800c"),
                List.of(new ShapeDisk("disk0", 512)),
                List.of(new ShapeNic(Optional.empty(), "x\u0001")));

        Ovf read = Ovf.read(Ovf.write("web", shape, List.of(new OvfFile("a.vmdk", OptionalLong.of(1)))));

        assertEquals(Optional.of("a?b?c"), read.shape().os());
        assertEquals("x?", read.shape().nics().get(0).network());
    }

    @Test
    void documentTypesAndEntitiesAreRefused() {
        String head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
        refusedWith(head, head + "<!DOCTYPE Envelope [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>", "XML");
        refusedWith(head, head + "<!DOCTYPE Envelope SYSTEM \"http://example.org/x.dtd\">", "XML");
        refused("not xml", "XML");
        refused("<Other/>", "envelope");
        byte[] large = new byte[Ovf.MOST + 1];
        assertThrows(ProblemException.class, () -> Ovf.read(large));
    }

    @Test
    void namesThatLeadElsewhereAreRefused() {
        for (String name : List.of("../web.vmdk", "/etc/passwd", "a\\b", ".hidden", "file:x", "-rf", "http://x/y")) {
            refusedWith("web-1.vmdk", name, "plain name");
        }
        refusedWith("ovf:/disk/vmdisk1", "ovf:/file/file1", "how large");
        refusedWith("ovf:/disk/vmdisk1", "vmfs://disk", "something else");
    }

    @Test
    void disksThatAreNotThereOrThereTwiceAreRefused() {
        refusedWith("ovf:/disk/vmdisk1", "ovf:/disk/vmdisk2", "disk twice");
        refusedWith("ovf:/disk/vmdisk1", "ovf:/disk/other", "not described");
        refusedWith("ovf:fileRef=\"file1\"", "ovf:fileRef=\"file2\"", "one file");
        refusedWith("ovf:fileRef=\"file1\"", "ovf:fileRef=\"file9\"", "does not name");
        refusedWith("ovf:diskId=\"vmdisk1\"", "ovf:diskId=\"vmdisk2\"", "a disk twice");
        refusedWith("web-2.vmdk", "web-1.vmdk", "file twice");
        refusedWith("ovf:fileRef=\"file1\"", "ovf:fileRef=\"file1\" ovf:parentRef=\"vmdisk2\"", "continues");
        refusedWith(">17<", ">99<", "no disk");
    }

    @Test
    void sizesAreNotBelieved() {
        refusedWith("ovf:capacity=\"16\"", "ovf:capacity=\"99999999\"", "64 TiB");
        refusedWith("ovf:capacity=\"16\"", "ovf:capacity=\"0\"", "empty");
        refusedWith("ovf:capacity=\"16\"", "ovf:capacity=\"-1\"", "no number");
        refusedWith("ovf:capacity=\"16\"", "ovf:capacity=\"${size}\"", "no number");
        refusedWith("byte * 2^30", "byte * 99^99", "possible");
        refusedWith("byte * 2^30", "furlongs", "furlongs");
        refusedWith("<rasd:VirtualQuantity>4<", "<rasd:VirtualQuantity>99999<", "cpus");
        refusedWith("<rasd:VirtualQuantity>6144<", "<rasd:VirtualQuantity>0<", "memory");
    }

    @Test
    void whatCannotBeMadeHereIsSaid() {
        refusedWith("ovf:id=\"file1\"", "ovf:id=\"file1\" ovf:compression=\"gzip\"", "compressed");
        refusedWith("ovf:id=\"file1\"", "ovf:id=\"file1\" ovf:chunkSize=\"7\"", "pieces");
        String machine = VMWARE.substring(VMWARE.indexOf("<VirtualSystem "), VMWARE.indexOf("</Envelope>"));
        refused(VMWARE.replace("</Envelope>", machine + "</Envelope>"), "2 machines");
        refused(VMWARE.replace(machine, ""), "0 machines");
    }

    @Test
    void theConfigurationThatIsTakenByDefaultCounts() {
        String text = VMWARE.replace(
                        "<VirtualSystem ",
                        """
                        <DeploymentOptionSection><Info>o</Info><Configuration ovf:id="small"/>
                        <Configuration ovf:id="big" ovf:default="true"/></DeploymentOptionSection>"""
                                + "<VirtualSystem ")
                .replace(
                        "<vmw:Config ovf:required=\"false\" vmw:key=\"firmware\"",
                        """
                        <Item ovf:configuration="small"><rasd:InstanceID>1</rasd:InstanceID>
                        <rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>1</rasd:VirtualQuantity></Item>
                        <Item ovf:configuration="big"><rasd:InstanceID>1</rasd:InstanceID>
                        <rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>8</rasd:VirtualQuantity></Item>
                        <vmw:Config ovf:required="false" vmw:key="firmware\"""");

        assertEquals(8, read(text).shape().cpus());
    }
}
