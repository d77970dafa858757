package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.custody.CustodyRefused;
import dev.keytrail.crypto.custody.Keeper;
import dev.keytrail.crypto.custody.WrappingKey;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DecryptResponse;
import software.amazon.awssdk.services.kms.model.EncryptResponse;

/**
 * Another KMS, by AWS's SDK, which is loaded with this class and so only where it is used. A client for each use: it is used
 * at a start and at a change of custody.
 */
final class OtherKms {
    /** The one member of the encryption context, so that the other KMS's record says what the key is for. */
    private static final String CONTEXT_KEY = "keytrail:custody";

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(15);

    private final Settings.S3Endpoint place;

    OtherKms(Settings.S3Endpoint place) {
        this.place = place;
    }

    /** @throws CustodyRefused when the other KMS does not do it, with what it said */
    Keeper.Kms wrap(WrappingKey key, String keyId, String context) {
        try (Secret plain = key.copy()) {
            EncryptResponse sealed = ask(kms -> kms.encrypt(request -> request.keyId(keyId)
                    .plaintext(SdkBytes.fromByteArray(plain.reveal()))
                    .encryptionContext(Map.of(CONTEXT_KEY, context))));
            return new Keeper.Kms(
                    sealed.keyId(),
                    context,
                    Bytes.copyOf(sealed.ciphertextBlob().asByteArrayUnsafe()));
        }
    }

    /** @throws CustodyRefused likewise */
    WrappingKey unwrap(Keeper.Kms keeper) {
        DecryptResponse opened = ask(kms -> kms.decrypt(request -> request.keyId(keeper.keyArn())
                .ciphertextBlob(SdkBytes.fromByteArray(keeper.wrapped().toArray()))
                .encryptionContext(Map.of(CONTEXT_KEY, keeper.context()))));
        return WrappingKey.of(Secret.adopt(opened.plaintext().asByteArrayUnsafe()));
    }

    private <T> T ask(Function<KmsClient, T> call) {
        try (KmsClient kms = KmsClient.builder()
                .endpointOverride(URI.create(place.url()))
                .region(Region.of(place.region()))
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(place.accessKeyId(), place.secretAccessKey())))
                .httpClient(UrlConnectionHttpClient.builder()
                        .connectionTimeout(CONNECT_TIMEOUT)
                        .socketTimeout(CALL_TIMEOUT)
                        .build())
                .overrideConfiguration(override -> override.apiCallTimeout(CALL_TIMEOUT))
                .build()) {
            return call.apply(kms);
        } catch (SdkException e) {
            throw new CustodyRefused("the KMS at " + place.url() + " refused: " + e.getMessage());
        }
    }
}
