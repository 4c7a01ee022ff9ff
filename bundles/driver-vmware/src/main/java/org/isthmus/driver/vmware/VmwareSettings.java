// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware;

import java.util.List;
import java.util.Optional;
import org.isthmus.driver.vmware.network.Vlans;
import org.isthmus.driver.vmware.vim.Trust;
import org.isthmus.driver.vmware.vim.VCenter;
import org.isthmus.model.Secret;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;

/**
 * An endpoint's settings, checked.
 *
 * @param datacenter all of them when empty
 * @param folder path of the folder for servers beneath the datacenter's, such as {@code isthmus/production}
 * @param datastore name; when empty, the one with the most free space that the host sees
 * @param dvs name of the distributed switch for networks; may be empty where there is only one
 */
public record VmwareSettings(
        VCenter vcenter,
        Optional<String> datacenter,
        Optional<String> folder,
        Optional<String> datastore,
        Optional<String> dvs,
        Optional<Vlans> vlans) {
    static final List<Setting> SCHEMA = List.of(
            Setting.required(
                    "url",
                    Setting.Type.TEXT,
                    "The vCenter: a name such as vcenter.example, or https://vcenter.example:443/sdk."),
            Setting.required("username", Setting.Type.TEXT, "Who logs in, such as isthmus@vsphere.local."),
            Setting.secret("password", true, "That user's password."),
            Setting.optional(
                    "caCertificate",
                    Setting.Type.TEXT,
                    null,
                    "PEM of the authorities that may sign the vCenter's certificate; the system's when absent."),
            Setting.optional(
                    "thumbprint",
                    Setting.Type.TEXT,
                    null,
                    "SHA-256 of the vCenter's certificate, 64 hexadecimal digits: trusts exactly this one."),
            Setting.optional(
                    "datacenter", Setting.Type.TEXT, null, "Only this datacenter; all of the vCenter when absent."),
            Setting.optional(
                    "folder",
                    Setting.Type.TEXT,
                    null,
                    "Folder for servers beneath the datacenter's, such as isthmus/production; must be there."),
            Setting.optional(
                    "datastore",
                    Setting.Type.TEXT,
                    null,
                    "Where disks are kept; the one with the most free space that the host sees when absent."),
            Setting.optional(
                    "switch",
                    Setting.Type.TEXT,
                    null,
                    "Distributed switch for networks; may be absent where there is only one."),
            Setting.optional(
                    "vlans",
                    Setting.Type.TEXT,
                    null,
                    "VLANs for networks, such as 100-199,250; none, and no networks here, when absent."));

    static VmwareSettings of(EndpointConfig endpoint) {
        Secret password = endpoint.secret("password")
                .orElseThrow(() -> invalid("Endpoint " + endpoint.name() + " lacks the password."));
        Optional<String> authorities = endpoint.text("caCertificate");
        Optional<String> thumbprint = endpoint.text("thumbprint");
        if (authorities.isPresent() && thumbprint.isPresent()) {
            throw invalid("caCertificate and thumbprint are two ways to know the vCenter: give one.");
        }
        VCenter vcenter;
        try {
            vcenter = new VCenter(
                    VCenter.sdkOf(endpoint.must("url").strip()),
                    endpoint.must("username").strip(),
                    password,
                    Trust.ofSystem());
        } catch (IllegalArgumentException e) {
            throw invalid("url is the vCenter's name, or its address with https: " + e.getMessage());
        }
        Trust trust = trust(authorities, thumbprint);
        return new VmwareSettings(
                new VCenter(vcenter.sdk(), vcenter.user(), password, trust),
                endpoint.text("datacenter"),
                endpoint.text("folder"),
                endpoint.text("datastore"),
                endpoint.text("switch"),
                endpoint.text("vlans").map(VmwareSettings::vlans));
    }

    private static Trust trust(Optional<String> authorities, Optional<String> thumbprint) {
        try {
            if (authorities.isPresent()) {
                return Trust.ofAuthorities(authorities.orElseThrow());
            }
        } catch (IllegalArgumentException e) {
            throw invalid("caCertificate " + e.getMessage() + ".");
        }
        try {
            return thumbprint.map(Trust::ofThumbprint).orElseGet(Trust::ofSystem);
        } catch (IllegalArgumentException e) {
            throw invalid("thumbprint " + e.getMessage() + ".");
        }
    }

    private static Vlans vlans(String text) {
        try {
            return Vlans.of(text);
        } catch (IllegalArgumentException e) {
            throw invalid("vlans: " + e.getMessage());
        }
    }

    private static DriverException invalid(String message) {
        return new DriverException(Kind.INVALID, message);
    }
}
