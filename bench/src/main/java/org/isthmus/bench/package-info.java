// SPDX-License-Identifier: Apache-2.0
/**
 * Measures the controller. What goes over HTTP is asked of the assembly as it ships, in a process and a folder of its own;
 * what is measured at a service runs in this process, with the assembly's JVM flags. {@link org.isthmus.bench.Figure} names
 * everything that is measured, {@link org.isthmus.bench.Bench} is the program.
 */
package org.isthmus.bench;
