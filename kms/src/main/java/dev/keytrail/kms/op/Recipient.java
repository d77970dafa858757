package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.Attested;
import dev.keytrail.crypto.Attested.Platform;
import dev.keytrail.kms.key.Crypto;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.op.KeyUse.Intent;
import dev.keytrail.wire.shape.kms.RecipientInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An attested platform that alone is to read an answer (kms.md section 21): what it measured are condition keys, and its
 * public key encrypts what would have been in plain. A document that cannot be verified is refused, never ignored.
 *
 * @param attested what its document says, verified
 */
record Recipient(Attested attested) {
    private static final String CONDITION = "kms:RecipientAttestation:";
    /** The registers that an event shows (cloudtrail.md section C). */
    private static final List<Integer> ENCLAVE_SHOWN = List.of(1, 2, 3, 4, 8);

    private static final List<Integer> NITRO_TPM_SHOWN = List.of(4, 7, 8, 9, 16, 23);

    /**
     * Empty when none was sent. What a genuine document says is noted for the event at once.
     *
     * @throws dev.keytrail.call.Refused ValidationException for a document that is not genuine, or when nothing here could
     *     tell
     */
    static Optional<Recipient> of(Attempt attempt, Optional<RecipientInfo> sent, Crypto crypto) {
        if (sent.isEmpty()) {
            return Optional.empty();
        }
        if (!crypto.attestations().available()) {
            throw KmsErrors.invalid(
                    "Recipient is not supported: this service has no root to verify attestation documents against.");
        }
        Bytes document = sent.get()
                .attestationDocument()
                .orElseThrow(() -> KmsErrors.invalid("Recipient needs an attestation document."));
        if (sent.get().keyEncryptionAlgorithm().isEmpty()) {
            throw KmsErrors.invalid("Recipient needs a key encryption algorithm.");
        }
        Attested attested = crypto.attestations()
                .verify(document, attempt.call().receivedAt())
                .orElseThrow(() -> KmsErrors.invalid("The attestation document is not valid."));
        Recipient recipient = new Recipient(attested);
        attempt.notes().additional(Facts.facts().put("recipient", recipient.shown()));
        return Optional.of(recipient);
    }

    /** The same intent with what was measured. */
    static Intent describe(Optional<Recipient> recipient, Intent intent) {
        Intent described = intent;
        for (Map.Entry<String, String> each :
                recipient.map(Recipient::conditions).orElse(Map.of()).entrySet()) {
            described = described.describing(each.getKey(), each.getValue());
        }
        return described;
    }

    /** Condition keys and their values. */
    Map<String, String> conditions() {
        Map<String, String> conditions = new LinkedHashMap<>();
        attested.registers().forEach((index, value) -> {
            if (attested.platform() == Platform.NITRO_TPM) {
                conditions.put(CONDITION + "NitroTPMPCR" + index, value);
            } else {
                conditions.put(CONDITION + "PCR" + index, value);
                if (index == 0) {
                    conditions.put(CONDITION + "ImageSha384", value);
                }
            }
        });
        return conditions;
    }

    /** What goes into CiphertextForRecipient; the secret is taken and closed. */
    Bytes seal(Secret secret, Crypto crypto) {
        try (secret) {
            return crypto.envelope().seal(attested, secret);
        }
    }

    private Facts shown() {
        Facts facts = Facts.facts().put("attestationDocumentModuleId", attested.moduleId());
        if (attested.platform() == Platform.NITRO_TPM) {
            NITRO_TPM_SHOWN.forEach(index -> facts.put("attestationDocumentNitroTPMPCR" + index, register(index)));
        } else {
            facts.put("attestationDocumentEnclaveImageDigest", register(0));
            ENCLAVE_SHOWN.forEach(index -> facts.put("attestationDocumentEnclavePCR" + index, register(index)));
        }
        return facts;
    }

    private Optional<String> register(int index) {
        return Optional.ofNullable(attested.registers().get(index));
    }
}
