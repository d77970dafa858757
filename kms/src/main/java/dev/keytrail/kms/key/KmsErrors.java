package dev.keytrail.kms.key;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Call;
import dev.keytrail.call.Refused;
import java.util.Optional;

/** Every refusal of the service: code, status and text in one place (kms.md sections 2, 7, 13, 15 and 22). */
public final class KmsErrors {
    private KmsErrors() {}

    // Names

    public static Refused noSuchKey(String arn) {
        return refused("NotFoundException", "Key '" + arn + "' does not exist");
    }

    public static Refused invalidKeyId(String given) {
        return refused("NotFoundException", "Invalid keyId '" + given + "'");
    }

    /** The key id of an ARN: without quotation marks, as AWS has it there. */
    public static Refused invalidKeyIdInArn(String given) {
        return refused("NotFoundException", "Invalid keyId " + given);
    }

    /** The ARN of an alias where only keys are taken. */
    public static Refused aliasUnsupported() {
        return refused("InvalidArnException", "Key Aliases are not supported for this operation.");
    }

    /** An ARN of the caller's account in another Region. */
    public static Refused otherRegion(String region) {
        return refused("NotFoundException", "Invalid arn " + region);
    }

    public static Refused noSuchAlias(String arn) {
        return refused("NotFoundException", "Alias " + arn + " is not found.");
    }

    public static Refused noSuchPolicy() {
        return refused("NotFoundException", "No such policy exists");
    }

    public static Refused invalidArn(String given) {
        return refused("InvalidArnException", "Invalid ARN: " + given);
    }

    public static Refused invalidMarker() {
        return refused("InvalidMarkerException", "Invalid marker");
    }

    public static Refused invalidGrantToken() {
        return refused("InvalidGrantTokenException", "A grant token in the request is not valid.");
    }

    public static Refused invalidGrantId() {
        return refused("InvalidGrantIdException", "The grant ID is not valid.");
    }

    public static Refused noSuchGrant(String grantId) {
        return refused("NotFoundException", "Grant ID " + grantId + " not found");
    }

    // Permission

    /** Denied on a resource that the caller may know of. {@code because} is the decision's reason clause. */
    public static Refused denied(Call call, String action, Optional<String> resource, Optional<String> because) {
        StringBuilder text = new StringBuilder("User: ")
                .append(call.caller().arn())
                .append(" is not authorized to perform: ")
                .append(action);
        resource.ifPresent(arn -> text.append(" on resource: ").append(arn));
        because.ifPresent(clause -> text.append(' ').append(clause));
        return refused("AccessDeniedException", text.toString());
    }

    /** Another account's resource, absent or forbidden: one text, so that existence is not revealed. */
    public static Refused deniedElsewhere(Call call, String action) {
        return refused(
                "AccessDeniedException",
                "User: " + call.caller().arn() + " is not authorized to perform: " + action
                        + " on this resource because the resource does not exist in this Region, no resource-based"
                        + " policies allow access, or a resource-based policy explicitly denies access");
    }

    /** The key that a ciphertext names is unknown here, or not for this caller. */
    public static Refused deniedCiphertext() {
        return refused(
                "AccessDeniedException",
                "The ciphertext refers to a customer master key that does not exist, does not exist in this region,"
                        + " or you are not allowed to access.");
    }

    // State and usage

    public static Refused disabled(Key key) {
        return refused("DisabledException", key.arn() + " is disabled.");
    }

    /** "is pending deletion.", "is creating.", ... by the key's state. */
    public static Refused wrongState(Key key) {
        return refused(
                "KMSInvalidStateException", key.arn() + " is " + key.state().phrase() + ".");
    }

    public static Refused notPendingDeletion(Key key) {
        return refused("KMSInvalidStateException", key.arn() + " is not pending deletion.");
    }

    public static Refused wrongUsage(Key key, String operation) {
        return refused(
                "InvalidKeyUsageException",
                key.arn() + " key usage is " + key.usage() + " which is not valid for " + operation + ".");
    }

    public static Refused wrongAlgorithm(String algorithm, KeySpec spec) {
        return refused(
                "InvalidKeyUsageException", "Algorithm " + algorithm + " is incompatible with key spec " + spec + ".");
    }

    public static Refused plaintextTooLong(String algorithm, KeySpec spec, int bytesMax) {
        return invalid("Algorithm " + algorithm + " and key spec " + spec + " cannot encrypt data larger than "
                + bytesMax + " bytes.");
    }

    /** Edwards keys have an algorithm for each of two types; of other keys it is the spec that does not go with the type. */
    public static Refused wrongMessageType(String type, String algorithm, KeySpec spec) {
        return invalid("Message type " + type + " is incompatible with "
                + (spec == KeySpec.ECC_NIST_EDWARDS25519 && !type.equals("EXTERNAL_MU")
                        ? "signing algorithm " + algorithm
                        : "key spec " + spec)
                + ".");
    }

    public static Refused wrongDigestLength(String algorithm) {
        return invalid("Digest is invalid length for algorithm " + algorithm + ".");
    }

    /** Sent without a message, as AWS does. */
    public static Refused invalidSignature() {
        return new Refused(new ApiError("KMSInvalidSignatureException", 400, Optional.empty()));
    }

    /** Sent without a message, as AWS does. */
    public static Refused invalidMac() {
        return new Refused(new ApiError("KMSInvalidMacException", 400, Optional.empty()));
    }

    public static Refused incorrectKey() {
        return refused(
                "IncorrectKeyException",
                "The key ID in the request does not identify a CMK that can perform this operation.");
    }

    /** Sent without a message, as AWS does. */
    public static Refused invalidCiphertext() {
        return new Refused(new ApiError("InvalidCiphertextException", 400, Optional.empty()));
    }

    public static Refused dryRun() {
        return refused("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
    }

    /** No place for slow work came free in time. */
    public static Refused throttled() {
        return refused(
                "ThrottlingException",
                "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.");
    }

    public static Refused wrongOrigin(Key key) {
        return unsupported(key.arn() + " origin is " + key.origin() + " which is not valid for this operation.");
    }

    /** Sent without a message, as AWS does for kinds of key that have nothing to rotate. */
    public static Refused unsupportedKind() {
        return new Refused(new ApiError("UnsupportedOperationException", 400, Optional.empty()));
    }

    public static Refused notPrimary(Key key) {
        return unsupported(key.arn() + " is not a multi-region primary key.");
    }

    public static Refused tooManyRotations(Key key) {
        return limitExceeded("The on-demand rotations limit has been reached for the given keyId. No more on-demand"
                + " rotations can be performed for this key: " + key.arn());
    }

    public static Refused noneToRotateTo(Key key) {
        return refused(
                "KMSInvalidStateException",
                "No available key material pending rotation for the key: " + key.arn() + ".");
    }

    // Import

    public static Refused invalidImportToken() {
        return refused("InvalidImportTokenException", "The import token is not valid for this key.");
    }

    public static Refused expiredImportToken() {
        return refused("ExpiredImportTokenException", "The import token has expired.");
    }

    public static Refused incorrectMaterial(String text) {
        return refused("IncorrectKeyMaterialException", text);
    }

    public static Refused noSuchMaterial(Key key, String materialId) {
        return refused(
                "NotFoundException", "Key material " + materialId + " of the key " + key.arn() + " is not found.");
    }

    public static Refused alreadyPending(Key key, String newId, String pendingId) {
        return refused(
                "KMSInvalidStateException",
                "New key material (id: " + newId + ") cannot be imported into KMS key " + key.arn()
                        + ", because another key material (id: " + pendingId + ") is pending rotation.");
    }

    public static Refused conflict(String text) {
        return refused("ConflictException", text);
    }

    public static Refused unsupported(String text) {
        return refused("UnsupportedOperationException", text);
    }

    /** Something that the service needs took too long. */
    public static Refused timedOut() {
        return new Refused(ApiError.of(
                "DependencyTimeoutException",
                500,
                "The system timed out while trying to fulfill the request. You can retry the request."));
    }

    // Requests

    public static Refused invalid(String text) {
        return refused("ValidationException", text);
    }

    public static Refused limitExceeded(String text) {
        return refused("LimitExceededException", text);
    }

    public static Refused tag(String text) {
        return refused("TagException", text);
    }

    public static Refused malformedPolicy(String text) {
        return refused("MalformedPolicyDocumentException", text);
    }

    public static Refused invalidAliasName(String text) {
        return refused("InvalidAliasNameException", text);
    }

    public static Refused aliasExists(String arn) {
        return refused("AlreadyExistsException", "An alias with the name " + arn + " already exists");
    }

    /** As AWS words it (seen in 2024 for RSA_AES_KEY_WRAP_SHA_256, RSA_3072 and SYMMETRIC_DEFAULT). */
    public static Refused wrongWrapping(String algorithm, String wrappingKeySpec, KeySpec spec) {
        return invalid("Wrapping algorithm " + algorithm + " and wrapping key spec " + wrappingKeySpec
                + " cannot be used to import a " + spec + " key.");
    }

    public static Refused keyExists(String arn) {
        return refused("AlreadyExistsException", "A key " + arn + " already exists");
    }

    public static Refused replicaExists(String arn) {
        return refused("AlreadyExistsException", "A replica key " + arn + " already exists");
    }

    public static Refused invalidAliasPrefix() {
        return invalid("Alias must start with the prefix \"alias/\". Please see"
                + " https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html");
    }

    /** Names under {@code alias/aws/} belong to services. */
    public static Refused reservedAlias() {
        return refused("NotAuthorizedException", "");
    }

    private static Refused refused(String code, String message) {
        return new Refused(ApiError.of(code, message));
    }
}
