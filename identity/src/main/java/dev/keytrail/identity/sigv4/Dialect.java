package dev.keytrail.identity.sigv4;

import dev.keytrail.call.Service;

/** How a service spells its errors. */
public enum Dialect {
    /** AWS JSON 1.1: KMS, CloudTrail, and Keytrail's own administration. */
    JSON,
    /** AWS query: IAM, STS, SNS. */
    QUERY,
    /** S3's own names. */
    S3;

    public static Dialect of(Service service) {
        return switch (service) {
            case KMS, CLOUDTRAIL, CLOUDTRAIL_DATA, SIGNIN, KEYTRAIL -> JSON;
            case IAM, STS, SNS -> QUERY;
            case S3 -> S3;
        };
    }
}
