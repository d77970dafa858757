package dev.keytrail.kms.store;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.TokenCiphertext;
import dev.keytrail.crypto.token.Token;
import dev.keytrail.crypto.token.TokenFailure;
import dev.keytrail.kms.key.Backing.TokenKey;
import dev.keytrail.kms.key.CustomKeyStore.ConnectionError;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyStoreErrors;
import dev.keytrail.kms.key.KmsErrors;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The tokens that the operator has configured, and what clients hear when one fails. Thread-safe. */
final class Clusters {
    private final Map<String, ClusterSettings.Cluster> configured;
    private final Map<String, Token> tokens;
    private final Entropy entropy;

    Clusters(ClusterSettings settings, Entropy entropy) {
        this.configured = settings.clusters();
        this.entropy = entropy;
        Map<String, Token> made = new HashMap<>();
        configured.forEach((id, cluster) -> made.put(
                id, new Token(cluster.library(), cluster.tokenLabel(), settings.timeLimit(), settings.threads())));
        this.tokens = Map.copyOf(made);
    }

    /** @throws Refused CloudHsmClusterNotFoundException */
    void demandConfigured(String clusterId) {
        token(clusterId);
    }

    /** @throws Refused CloudHsmClusterNotFoundException or IncorrectTrustAnchorException */
    void demandTrusted(String clusterId, String trustAnchor) {
        demandConfigured(clusterId);
        boolean same;
        try {
            same = CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(trustAnchor.getBytes(StandardCharsets.UTF_8)))
                    .equals(cluster(clusterId).trustAnchor());
        } catch (CertificateException _) {
            same = false;
        }
        if (!same) {
            throw KeyStoreErrors.wrongTrustAnchor();
        }
    }

    /** Empty when the token has let the user in. */
    Optional<ConnectionError> connect(String clusterId, Supplier<Secret> pin) {
        Token token = tokens.get(clusterId);
        if (token == null) {
            return Optional.of(ConnectionError.CLUSTER_NOT_FOUND);
        }
        try {
            token.connect(pin);
            return Optional.empty();
        } catch (TokenFailure failure) {
            return Optional.of(
                    switch (failure.why()) {
                        case NO_TOKEN -> ConnectionError.INSUFFICIENT_CLOUDHSM_HSMS;
                        case WRONG_PIN -> ConnectionError.INVALID_CREDENTIALS;
                        case PIN_LOCKED -> ConnectionError.USER_LOCKED_OUT;
                        case NO_USER -> ConnectionError.USER_NOT_FOUND;
                        case BUSY, TIMED_OUT -> ConnectionError.NETWORK_ERRORS;
                        case NO_LIBRARY, NO_KEY, BROKEN -> ConnectionError.INTERNAL_ERROR;
                    });
        }
    }

    /** A token that does not hear is left as it is: nobody uses it through a store that is not connected. */
    void disconnect(String clusterId) {
        Token token = tokens.get(clusterId);
        if (token != null) {
            try {
                token.disconnect();
            } catch (TokenFailure _) {
                // See above.
            }
        }
    }

    /** @throws Refused CustomKeyStoreInvalidStateException where the token fails */
    void makeKey(TokenKey key, String label, Supplier<Secret> pin) {
        try {
            token(key.clusterId()).makeKey(pin, id(key), label);
        } catch (TokenFailure failure) {
            throw refused(failure, KeyStoreErrors.wrongState(text(failure)));
        }
    }

    Bytes encrypt(Key key, TokenKey in, Secret plaintext, EncryptionContext context, Supplier<Secret> pin) {
        Bytes vector = Bytes.adopt(entropy.bytes(TokenCiphertext.VECTOR_BYTES));
        Bytes bound = TokenCiphertext.additionalData(key.account(), key.id(), in.objectId(), context.pairs());
        try {
            Bytes sealed = token(in.clusterId()).encrypt(pin, id(in), plaintext, vector, bound);
            return new TokenCiphertext(vector, sealed).encoded(key.account(), key.id(), in.objectId());
        } catch (TokenFailure failure) {
            throw refused(failure, KeyStoreErrors.unusable(text(failure)));
        }
    }

    /** @throws Refused InvalidCiphertextException, or KMSInvalidStateException where the token fails */
    Secret decrypt(Key key, TokenKey in, Bytes ciphertext, EncryptionContext context, Supplier<Secret> pin) {
        TokenCiphertext sealed = TokenCiphertext.parse(ciphertext).orElseThrow(KmsErrors::invalidCiphertext);
        Bytes bound = TokenCiphertext.additionalData(key.account(), key.id(), in.objectId(), context.pairs());
        try {
            return token(in.clusterId())
                    .decrypt(pin, id(in), sealed.sealed(), sealed.initializationVector(), bound)
                    .orElseThrow(KmsErrors::invalidCiphertext);
        } catch (TokenFailure failure) {
            throw refused(failure, KeyStoreErrors.unusable(text(failure)));
        }
    }

    Secret random(String clusterId, int bytes, Supplier<Secret> pin) {
        try {
            return token(clusterId).random(pin, bytes);
        } catch (TokenFailure failure) {
            throw refused(failure, KeyStoreErrors.wrongState(text(failure)));
        }
    }

    /** Whether the key is gone from the token, or was not there. */
    boolean destroy(TokenKey key, Supplier<Secret> pin) {
        Token token = tokens.get(key.clusterId());
        if (token == null) {
            return false;
        }
        try {
            token.destroy(pin, id(key));
            return true;
        } catch (TokenFailure _) {
            return false;
        }
    }

    private ClusterSettings.Cluster cluster(String clusterId) {
        return Optional.ofNullable(configured.get(clusterId))
                .orElseThrow(() -> KeyStoreErrors.clusterNotFound(clusterId));
    }

    private Token token(String clusterId) {
        return Optional.ofNullable(tokens.get(clusterId)).orElseThrow(() -> KeyStoreErrors.clusterNotFound(clusterId));
    }

    private static Bytes id(TokenKey key) {
        return Bytes.adopt(HexFormat.of().parseHex(key.objectId()));
    }

    private static Refused refused(TokenFailure failure, Refused otherwise) {
        return failure.why() == TokenFailure.Cause.BUSY ? KmsErrors.throttled() : otherwise;
    }

    private static String text(TokenFailure failure) {
        return switch (failure.why()) {
            case TIMED_OUT -> "The CloudHSM cluster did not respond in time. Retry the request.";
            case NO_KEY -> "The key material is not in the CloudHSM cluster.";
            case WRONG_PIN, PIN_LOCKED, NO_USER -> "The CloudHSM cluster does not accept the key store password.";
            case NO_LIBRARY, NO_TOKEN, BUSY, BROKEN -> "The CloudHSM cluster cannot be used.";
        };
    }
}
