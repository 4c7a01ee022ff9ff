// SPDX-License-Identifier: Apache-2.0
/** What the contract of a compute driver asks for, on top of a cloud: one server for each token, whatever is lost. */
package org.isthmus.driver.jclouds.server;
