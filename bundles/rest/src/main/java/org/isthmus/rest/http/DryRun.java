// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.util.List;
import org.isthmus.api.price.Estimate;

/**
 * The answer to {@code ?dryRun=true}.
 *
 * @param approval why a second person would be asked; empty when none would
 */
public record DryRun(boolean allowed, Estimate estimate, List<String> approval) {}
