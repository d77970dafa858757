package dev.keytrail.kms;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.wire.shape.kms.CancelKeyDeletionRequest;
import dev.keytrail.wire.shape.kms.CreateAliasRequest;
import dev.keytrail.wire.shape.kms.CreateGrantRequest;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.DeleteAliasRequest;
import dev.keytrail.wire.shape.kms.DescribeKeyRequest;
import dev.keytrail.wire.shape.kms.DisableKeyRequest;
import dev.keytrail.wire.shape.kms.EnableKeyRequest;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyRequest;
import dev.keytrail.wire.shape.kms.GetKeyPolicyRequest;
import dev.keytrail.wire.shape.kms.GrantOperation;
import dev.keytrail.wire.shape.kms.PutKeyPolicyRequest;
import dev.keytrail.wire.shape.kms.RetireGrantRequest;
import dev.keytrail.wire.shape.kms.RevokeGrantRequest;
import dev.keytrail.wire.shape.kms.ScheduleKeyDeletionRequest;
import dev.keytrail.wire.shape.kms.Tag;
import dev.keytrail.wire.shape.kms.TagResourceRequest;
import dev.keytrail.wire.shape.kms.UntagResourceRequest;
import dev.keytrail.wire.shape.kms.UpdateAliasRequest;
import dev.keytrail.wire.shape.kms.UpdateKeyDescriptionRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Short ways to write the requests that many tests need. */
public final class Requests {
    private Requests() {}

    public static Secret plain(String text) {
        return Secret.adopt(text.getBytes(StandardCharsets.UTF_8));
    }

    public static String text(Secret secret) {
        return new String(secret.reveal(), StandardCharsets.UTF_8);
    }

    public static EncryptRequest encrypt(String keyId, String plaintext, Map<String, String> context) {
        return EncryptRequest.builder()
                .keyId(keyId)
                .plaintext(plain(plaintext))
                .encryptionContext(context)
                .build();
    }

    public static EncryptRequest encrypt(String keyId) {
        return EncryptRequest.builder()
                .keyId(keyId)
                .plaintext(plain("attack at dawn"))
                .build();
    }

    public static DecryptRequest decrypt(Bytes blob, Map<String, String> context) {
        return DecryptRequest.builder()
                .ciphertextBlob(blob)
                .encryptionContext(context)
                .build();
    }

    public static DecryptRequest decrypt(Bytes blob) {
        return DecryptRequest.builder().ciphertextBlob(blob).build();
    }

    public static GenerateDataKeyRequest dataKey(String keyId, int bytes) {
        return GenerateDataKeyRequest.builder()
                .keyId(keyId)
                .numberOfBytes(bytes)
                .build();
    }

    public static DescribeKeyRequest describe(String keyId) {
        return DescribeKeyRequest.builder().keyId(keyId).build();
    }

    public static EnableKeyRequest enable(String keyId) {
        return EnableKeyRequest.builder().keyId(keyId).build();
    }

    public static DisableKeyRequest disable(String keyId) {
        return DisableKeyRequest.builder().keyId(keyId).build();
    }

    public static ScheduleKeyDeletionRequest schedule(String keyId, int days) {
        return ScheduleKeyDeletionRequest.builder()
                .keyId(keyId)
                .pendingWindowInDays(days)
                .build();
    }

    public static CancelKeyDeletionRequest cancel(String keyId) {
        return CancelKeyDeletionRequest.builder().keyId(keyId).build();
    }

    public static UpdateKeyDescriptionRequest describeAs(String keyId, String text) {
        return UpdateKeyDescriptionRequest.builder()
                .keyId(keyId)
                .description(text)
                .build();
    }

    public static CreateAliasRequest createAlias(String name, String keyId) {
        return CreateAliasRequest.builder().aliasName(name).targetKeyId(keyId).build();
    }

    public static UpdateAliasRequest updateAlias(String name, String keyId) {
        return UpdateAliasRequest.builder().aliasName(name).targetKeyId(keyId).build();
    }

    public static DeleteAliasRequest deleteAlias(String name) {
        return DeleteAliasRequest.builder().aliasName(name).build();
    }

    public static GetKeyPolicyRequest getPolicy(String keyId) {
        return GetKeyPolicyRequest.builder().keyId(keyId).build();
    }

    public static PutKeyPolicyRequest putPolicy(String keyId, String policy) {
        return PutKeyPolicyRequest.builder().keyId(keyId).policy(policy).build();
    }

    public static TagResourceRequest tag(String keyId, String... keysAndValues) {
        return TagResourceRequest.builder()
                .keyId(keyId)
                .tags(tags(keysAndValues))
                .build();
    }

    public static List<Tag> tags(String... keysAndValues) {
        List<Tag> tags = new java.util.ArrayList<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            tags.add(Tag.builder()
                    .tagKey(keysAndValues[i])
                    .tagValue(keysAndValues[i + 1])
                    .build());
        }
        return tags;
    }

    public static UntagResourceRequest untag(String keyId, String... keys) {
        return UntagResourceRequest.builder()
                .keyId(keyId)
                .tagKeys(List.of(keys))
                .build();
    }

    public static CreateGrantRequest grant(String keyId, String grantee, GrantOperation... operations) {
        return CreateGrantRequest.builder()
                .keyId(keyId)
                .granteePrincipal(grantee)
                .operations(List.of(operations))
                .build();
    }

    public static RevokeGrantRequest revoke(String keyId, String grantId) {
        return RevokeGrantRequest.builder().keyId(keyId).grantId(grantId).build();
    }

    public static RetireGrantRequest retire(String keyId, String grantId) {
        return RetireGrantRequest.builder().keyId(keyId).grantId(grantId).build();
    }
}
