package dev.keytrail.call;

/** A service that Keytrail answers for. */
public enum Service {
    KMS("kms", "kms.amazonaws.com"),
    CLOUDTRAIL("cloudtrail", "cloudtrail.amazonaws.com"),
    /** PutAuditEvents, an API of its own. */
    CLOUDTRAIL_DATA("cloudtrail-data", "cloudtrail-data.amazonaws.com"),
    IAM("iam", "iam.amazonaws.com"),
    STS("sts", "sts.amazonaws.com"),
    SNS("sns", "sns.amazonaws.com"),
    S3("s3", "s3.amazonaws.com"),
    /** Sign-in by password, federation and OAuth; it has a page, not a model, at AWS. */
    SIGNIN("signin", "signin.amazonaws.com"),
    /** Keytrail's own administration calls (accounts, backup, ...), which AWS has no API for. */
    KEYTRAIL("keytrail", "keytrail.amazonaws.com");

    private final String signingName;
    private final String eventSource;

    Service(String signingName, String eventSource) {
        this.signingName = signingName;
        this.eventSource = eventSource;
    }

    /** The service part of a SigV4 credential scope, and the prefix of its IAM actions. */
    public String signingName() {
        return signingName;
    }

    /** CloudTrail's {@code eventSource}; also the service principal's name. */
    public String eventSource() {
        return eventSource;
    }
}
