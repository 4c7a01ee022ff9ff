// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.jclouds;

import java.util.Properties;
import org.isthmus.driver.vmware.vim.Vim;
import org.jclouds.ContextBuilder;
import org.jclouds.compute.ComputeService;
import org.jclouds.compute.ComputeServiceContext;
import org.jclouds.compute.RunNodesException;
import org.jclouds.compute.domain.NodeMetadata;
import org.jclouds.compute.domain.Template;
import org.jclouds.compute.options.TemplateOptions;

/** The program of docs/drivers/vmware.md. */
final class Example {
    private Example() {}

    static void run(String vcenter, String thumbprint, String user, String password, String portgroup)
            throws RunNodesException {
        Properties properties = new Properties();
        properties.setProperty("jclouds.vsphere.thumbprint", thumbprint);
        try (ComputeServiceContext context = ContextBuilder.newBuilder("vsphere")
                .endpoint("https://" + vcenter + "/sdk")
                .credentials(user, password)
                .overrides(properties)
                .buildView(ComputeServiceContext.class)) {
            ComputeService compute = context.getComputeService();
            Template template = compute.templateBuilder()
                    .imageNameMatches("golden")
                    .hardwareId("automatic:cores=2;ram=2048")
                    .options(TemplateOptions.Builder.networks(portgroup))
                    .build();
            for (NodeMetadata node : compute.createNodesInGroup("web", 2, template)) {
                System.out.println(node.getName() + " is " + node.getStatus());
            }
            compute.destroyNodesMatching(node -> "web".equals(node.getGroup()));
            // what ComputeService cannot say
            Vim vim = context.unwrapApi(VSphereApi.class).vim();
            System.out.println(vim.talk().content().getAbout().getFullName());
        }
    }
}
