// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.aws;

import org.jclouds.aws.ec2.options.AWSRunInstancesOptions;

/** Parameters of RunInstances, also those that jclouds' options do not know. */
final class RunOptions extends AWSRunInstancesOptions {
    RunOptions with(String name, String value) {
        formParameters.put(name, value);
        return this;
    }
}
