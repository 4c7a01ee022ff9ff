// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.aws;

import java.util.Optional;
import org.isthmus.spi.DriverException.Kind;
import org.jclouds.aws.AWSResponseException;

/** EC2's own words for failures; its HTTP statuses say little. */
public final class Ec2Failures {
    private Ec2Failures() {}

    /** The kind, or empty for what is no answer of EC2. */
    public static Optional<Kind> kind(Throwable thrown) {
        if (!(thrown instanceof AWSResponseException answer) || answer.getError() == null) {
            return Optional.empty();
        }
        String code = String.valueOf(answer.getError().getCode());
        return Optional.ofNullable(
                switch (code) {
                    case "RequestLimitExceeded", "Throttling", "RequestThrottled", "ThrottlingException" -> Kind
                            .THROTTLED;
                    case "InsufficientInstanceCapacity",
                            "InsufficientHostCapacity",
                            "InsufficientFreeAddressesInSubnet",
                            "InstanceLimitExceeded",
                            "VcpuLimitExceeded",
                            "VolumeLimitExceeded" -> Kind.NO_CAPACITY;
                    case "AuthFailure",
                            "UnauthorizedOperation",
                            "SignatureDoesNotMatch",
                            "InvalidClientTokenId",
                            "OptInRequired",
                            "Blocked" -> Kind.DENIED;
                    case "IdempotentParameterMismatch", "IncorrectState", "IncorrectInstanceState" -> Kind.CONFLICT;
                    case "InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable" -> Kind.UNAVAILABLE;
                    default -> code.endsWith(".NotFound") ? Kind.NOT_FOUND : null;
                });
    }
}
