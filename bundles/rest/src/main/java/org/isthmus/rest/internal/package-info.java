// SPDX-License-Identifier: Apache-2.0
/** REST in Karaf: the component that finds the services, and gives the servlet and the listeners to the web server. */
package org.isthmus.rest.internal;
