// SPDX-License-Identifier: Apache-2.0
/**
 * EC2. Classes of jclouds' aws-ec2 provider are only here, so that they are looked for only where its fragment is installed.
 */
package org.isthmus.driver.jclouds.aws;
