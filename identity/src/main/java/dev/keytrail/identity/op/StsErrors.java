package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Refused;

/** STS's errors beside those that it shares with IAM (identity.md section 2). */
final class StsErrors {
    private StsErrors() {}

    static Refused accessDenied(String message) {
        return new Refused(ApiError.of("AccessDenied", 403, message));
    }

    static Refused packedPolicyTooLarge(int percent) {
        return new Refused(ApiError.of(
                "PackedPolicyTooLarge",
                "Packed policy consumes " + percent + "% of allotted space, please use smaller policy."));
    }

    static Refused invalidParameterValue(String message) {
        return new Refused(ApiError.of("InvalidParameterValue", message));
    }
}
