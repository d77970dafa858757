package dev.keytrail.audit.bucket;

import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.List;
import java.util.Optional;

/**
 * How a bucket has objects encrypted whose request does not say it.
 *
 * @param algorithm {@code AES256} or {@code aws:kms}
 * @param key id, alias or ARN as it was given: whether there is such a key shows when an object is put, as at AWS
 */
record DefaultEncryption(String algorithm, Optional<String> key) {
    static final String DOCUMENT = "ServerSideEncryptionConfiguration";
    private static final int KEY_LENGTH_MAX = 2048;

    /** @throws dev.keytrail.call.Refused MalformedXML, InvalidArgument, NotImplemented */
    static DefaultEncryption of(XmlElement document) {
        List<XmlElement> rules = document.all("Rule");
        if (!document.name().equals(DOCUMENT) || rules.size() != 1) {
            throw S3Error.MALFORMED_XML.refused();
        }
        XmlElement rule = rules.getFirst();
        if (rule.value("BucketKeyEnabled").filter("true"::equalsIgnoreCase).isPresent()) {
            throw S3Error.NOT_IMPLEMENTED.refused("Bucket keys are not implemented: each object has a data key.");
        }
        if (!rule.all("BlockedEncryptionTypes").isEmpty()) {
            throw S3Error.NOT_IMPLEMENTED.refused("Blocking encryption types is not implemented: SSE-C is not there.");
        }
        XmlElement wanted = rule.all("ApplyServerSideEncryptionByDefault").stream()
                .findFirst()
                .orElseThrow(S3Error.MALFORMED_XML::refused);
        Optional<String> key = wanted.value("KMSMasterKeyID").filter(id -> !id.isEmpty());
        if (key.filter(id -> id.length() > KEY_LENGTH_MAX).isPresent()) {
            throw S3Error.MALFORMED_XML.refused();
        }
        return switch (wanted.value("SSEAlgorithm").orElse("")) {
            case Sealing.ALGORITHM -> new DefaultEncryption(Sealing.ALGORITHM, key);
            case Sealing.OWN_ALGORITHM -> {
                if (key.isPresent()) {
                    throw S3Error.INVALID_ARGUMENT.refused(
                            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse");
                }
                yield new DefaultEncryption(Sealing.OWN_ALGORITHM, key);
            }
            case "aws:kms:dsse" ->
                throw S3Error.NOT_IMPLEMENTED.refused("Server-side encryption with aws:kms:dsse is not implemented.");
            default -> throw S3Error.MALFORMED_XML.refused();
        };
    }

    Xml document() {
        Xml xml = Xml.document(DOCUMENT).open("Rule").open("ApplyServerSideEncryptionByDefault");
        return xml.text("SSEAlgorithm", algorithm)
                .text("KMSMasterKeyID", key)
                .close()
                .text("BucketKeyEnabled", "false")
                .close();
    }

    static void write(DefaultEncryption encryption, RowWriter out) {
        out.text(encryption.algorithm).optionalText(encryption.key);
    }

    static DefaultEncryption read(RowReader in) {
        return new DefaultEncryption(in.text(), in.optionalText());
    }
}
