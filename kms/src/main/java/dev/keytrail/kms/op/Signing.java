package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.MessageForm;
import dev.keytrail.crypto.SignatureScheme;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.op.KeyUse.Intent;
import dev.keytrail.wire.shape.kms.MessageType;
import dev.keytrail.wire.shape.kms.SigningAlgorithmSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What Sign and Verify share: what is signed, and how. */
final class Signing {
    private Signing() {}

    /** What a signature is over. */
    record Subject(Secret message, MessageForm form, SignatureScheme scheme) {
        static Subject of(Secret message, Optional<MessageType> type, SigningAlgorithmSpec algorithm) {
            MessageForm form = MessageForm.valueOf(typeOrDefault(type));
            SignatureScheme scheme = SignatureScheme.of(algorithm.value())
                    .orElseThrow(() -> new IllegalStateException("no scheme for " + algorithm));
            return new Subject(message, form, scheme);
        }

        Intent intent(Attempt attempt, Optional<List<String>> grantTokens) {
            return new Intent(
                    attempt,
                    KeyUsage.SIGN_VERIFY,
                    scheme.name(),
                    Map.of("kms:SigningAlgorithm", scheme.name(), "kms:MessageType", form.name()),
                    grantTokens);
        }

        /**
         * What is asked last: the form is one that the algorithm takes, and a digest as long as its hash (kms.md section 3).
         *
         * @throws dev.keytrail.call.Refused ValidationException
         */
        void demandMessage(Key key) {
            if (!scheme.takes(form)) {
                throw KmsErrors.wrongMessageType(form.name(), scheme.name(), key.spec());
            }
            if (scheme.exactBytes(form).orElse(message.sizeBytes()) != message.sizeBytes()) {
                throw KmsErrors.wrongDigestLength(scheme.name());
            }
        }
    }

    /** Never the message nor the signature (cloudtrail.md C1). */
    static Optional<Facts> shown(
            String keyId, Optional<MessageType> type, SigningAlgorithmSpec algorithm, Optional<Boolean> dryRun) {
        Facts facts = Facts.facts()
                .put("messageType", type.map(MessageType::value))
                .put("keyId", keyId)
                .put("signingAlgorithm", algorithm.value());
        KeyUse.showDryRun(facts, dryRun);
        return Optional.of(facts);
    }

    private static String typeOrDefault(Optional<MessageType> type) {
        return type.map(MessageType::value).orElse(MessageForm.RAW.name());
    }
}
