package dev.keytrail.audit.bucket;

import dev.keytrail.audit.JsonFacts;
import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.trail.DataKeys;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Arn;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.crypto.Vault;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Data keys of encrypted objects. For {@code aws:kms} they come from the key service, asked in the client's own name with S3
 * in between (kms:GenerateDataKey and kms:Decrypt, invoked by S3), so that a client needs the key's leave as at AWS, and each
 * use is on the key's record. For {@code AES256} they are made here and kept under the root key. Thread-safe.
 */
final class KeyRing {
    /** The AWS managed key that S3 takes when the request names none. */
    private static final String DEFAULT_KEY = "alias/aws/s3";

    private static final int DATA_KEY_BYTES = 32;

    private final DataKeys keys;
    private final Vault vault;
    private final Entropy entropy;

    KeyRing(DataKeys keys, Vault vault, Entropy entropy) {
        this.keys = keys;
        this.vault = vault;
        this.entropy = entropy;
    }

    /** A new data key, if the request asks for one, or else the bucket does. @throws Refused the key service said no, or the headers are wrong */
    Optional<ContentKey> fresh(Caller caller, BucketRow bucket, String objectArn, S3Request request) {
        Optional<String> asked = request.headers().get(Sealing.HEADER);
        Optional<DefaultEncryption> usual = asked.isPresent() ? Optional.empty() : bucket.encryption();
        Optional<String> algorithm = asked.or(() -> usual.map(DefaultEncryption::algorithm));
        if (algorithm.isEmpty()) {
            return Optional.empty();
        }
        if (algorithm.get().equals(Sealing.OWN_ALGORITHM)) {
            Secret dataKey = Secret.adopt(entropy.bytes(DATA_KEY_BYTES));
            return Optional.of(new ContentKey(Sealing.own(vault, dataKey, objectArn), dataKey));
        }
        if (!algorithm.get().equals(Sealing.ALGORITHM)) {
            return Optional.empty(); // refused with the object's other terms
        }
        Map<String, String> context = new TreeMap<>(context(request));
        // As AWS adds it, unless the client's own context has another.
        context.putIfAbsent("aws:s3:arn", objectArn);
        String key = request.headers()
                .get(Sealing.KEY_HEADER)
                .or(() -> usual.flatMap(DefaultEncryption::key))
                .orElse(DEFAULT_KEY);
        return Optional.of(fresh(forward(caller), bucket.region(), key, context));
    }

    /** @throws Refused the key service said no */
    ContentKey fresh(Caller caller, String region, String key, Map<String, String> context) {
        try {
            DataKeys.DataKey made =
                    keys.generate(caller, Arn.parse(key).map(Arn::region).orElse(region), key, context);
            return new ContentKey(new Sealing(made.keyArn(), made.wrapped(), context), made.plaintext());
        } catch (DataKeys.Refusal refusal) {
            throw refused(refusal);
        }
    }

    /** @throws Refused the key service said no */
    ContentKey open(Caller caller, Sealing sealing) {
        if (sealing.isOwn()) {
            return new ContentKey(sealing, sealing.open(vault));
        }
        String region = Arn.parse(sealing.keyArn()).map(Arn::region).orElse("us-east-1");
        try {
            return new ContentKey(sealing, keys.decrypt(forward(caller), region, sealing.wrapped(), sealing.context()));
        } catch (DataKeys.Refusal refusal) {
            throw S3Error.ACCESS_DENIED.refused(
                    Optional.ofNullable(refusal.getMessage()).orElse("The KMS key refuses."));
        }
    }

    private static Refused refused(DataKeys.Refusal refusal) {
        String code = refusal.s3Code();
        return new Refused(ApiError.of(
                code,
                code.equals(S3Error.ACCESS_DENIED.code()) ? 403 : 400,
                Optional.ofNullable(refusal.getMessage()).orElse(code)));
    }

    /** The client, as S3 passes it on; a service of the house asks by itself. */
    private static Caller forward(Caller caller) {
        return caller.invokedBy().isPresent()
                ? caller
                : new Caller(
                        caller.principal(),
                        caller.accessKeyId(),
                        caller.session(),
                        Optional.of(Service.S3.eventSource()),
                        caller.source());
    }

    /** The header holds base64 of a JSON object of texts. */
    private static Map<String, String> context(S3Request request) {
        Optional<String> header = request.headers().get(Sealing.CONTEXT_HEADER);
        if (header.isEmpty()) {
            return Map.of();
        }
        Map<String, String> context = new TreeMap<>();
        try {
            String json = Bytes.adopt(Base64.getDecoder().decode(header.get().getBytes(StandardCharsets.US_ASCII)))
                    .utf8();
            Facts facts = JsonFacts.parse(json).orElseThrow(KeyRing::badContext);
            facts.forEach((name, value) -> {
                if (!(value instanceof String text)) {
                    throw badContext();
                }
                context.put(name, text);
            });
        } catch (IllegalArgumentException e) {
            throw badContext();
        }
        return context;
    }

    private static Refused badContext() {
        return S3Error.INVALID_ARGUMENT.refused("The header '" + Sealing.CONTEXT_HEADER
                + "' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map");
    }
}
