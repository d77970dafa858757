package dev.keytrail.server;

import dev.keytrail.audit.trail.DataKeys;
import dev.keytrail.call.Arn;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.kms.key.Alias;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.shape.kms.DataKeySpec;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.DecryptResponse;
import dev.keytrail.wire.shape.kms.GenerateDataKeyRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyResponse;
import java.util.Collection;
import java.util.Map;

/** The key service of this house, for its S3 and CloudTrail: GenerateDataKey and Decrypt through the gate. Thread-safe. */
final class KmsDataKeys implements DataKeys {
    private final ServiceCalls calls;
    private final Operation<GenerateDataKeyRequest, GenerateDataKeyResponse> generate;
    private final Operation<DecryptRequest, DecryptResponse> decrypt;
    private final Ledger ledger;

    KmsDataKeys(ServiceCalls calls, Collection<Operation<?, ?>> kmsRows, Ledger ledger) {
        this.calls = calls;
        this.ledger = ledger;
        this.generate = row(kmsRows, GenerateDataKeyRequest.class, GenerateDataKeyResponse.class);
        this.decrypt = row(kmsRows, DecryptRequest.class, DecryptResponse.class);
    }

    @SuppressWarnings("unchecked") // input and output classes are those of the row
    private static <I, O> Operation<I, O> row(Collection<Operation<?, ?>> rows, Class<I> input, Class<O> output) {
        return (Operation<I, O>) rows.stream()
                .filter(row -> row.service() == Service.KMS && row.input() == input && row.output() == output)
                .findFirst()
                .orElseThrow();
    }

    @Override
    public DataKey generate(Caller caller, String region, String key, Map<String, String> context) {
        GenerateDataKeyRequest request = GenerateDataKeyRequest.builder()
                .keyId(key)
                .keySpec(DataKeySpec.AES_256)
                .encryptionContext(context)
                .build();
        try {
            GenerateDataKeyResponse made = calls.call(generate, request, caller, region);
            return new DataKey(
                    made.keyId().orElseThrow(),
                    made.plaintext().orElseThrow(),
                    made.ciphertextBlob().orElseThrow());
        } catch (Refused refused) {
            throw refusal(refused);
        }
    }

    @Override
    public Secret decrypt(Caller caller, String region, Bytes wrapped, Map<String, String> context) {
        DecryptRequest request = DecryptRequest.builder()
                .ciphertextBlob(wrapped)
                .encryptionContext(context)
                .build();
        try {
            return calls.call(decrypt, request, caller, region).plaintext().orElseThrow();
        } catch (Refused refused) {
            throw refusal(refused);
        }
    }

    @Override
    public boolean exists(String arn) {
        return Arn.parse(arn)
                .filter(a -> {
                    String name = a.resource();
                    return name.startsWith("alias/")
                            ? ledger.read()
                                    .get(Alias.TABLE, Alias.rowKey(a.account(), a.region(), name))
                                    .isPresent()
                            : ledger.read()
                                    .get(
                                            Key.TABLE,
                                            Key.rowKey(a.account(), a.region(), name.substring(name.indexOf('/') + 1)))
                                    .isPresent();
                })
                .isPresent();
    }

    private static Refusal refusal(Refused refused) {
        return new Refusal(
                refused.error().code(),
                refused.error().message().orElse(refused.error().code()));
    }
}
