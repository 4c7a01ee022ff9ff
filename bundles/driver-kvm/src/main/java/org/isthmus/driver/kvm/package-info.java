// SPDX-License-Identifier: Apache-2.0
/**
 * The KVM driver: one endpoint is one host, reached through libvirt. {@link org.isthmus.driver.kvm.KvmDriverFactory} is the
 * service, {@link org.isthmus.driver.kvm.KvmDriver} an open endpoint; what they do is in the packages below.
 */
package org.isthmus.driver.kvm;
