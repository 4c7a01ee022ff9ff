// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The story has a controller of its own, fresh, and gone with it. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Own {}
