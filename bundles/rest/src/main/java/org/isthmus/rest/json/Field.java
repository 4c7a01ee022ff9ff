// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.json;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a field of a request means and may be: checked by {@link Binder}, published by {@link Schemas}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Field {
    /** What it is, for the reader of the OpenAPI document. */
    String value();

    /** Least number. */
    long min() default Long.MIN_VALUE;

    /** Greatest number. */
    long max() default Long.MAX_VALUE;

    /** Most characters of a text, or elements of a list or map. */
    int most() default Integer.MAX_VALUE;

    /** Fewest elements of a list. */
    int least() default 0;

    /** Regular expression a text must match. */
    String pattern() default "";

    /** As it might be sent, as JSON. */
    String example() default "";
}
