package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.KeyKind;
import dev.keytrail.crypto.WrappingScheme;
import dev.keytrail.kms.key.Crypto;
import dev.keytrail.kms.key.ImportTokens;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.shape.kms.GetParametersForImportRequest;
import dev.keytrail.wire.shape.kms.GetParametersForImportResponse;
import java.time.Instant;
import java.util.Optional;

/** GetParametersForImport: a fresh wrapping key pair, good for a day and for this key. */
final class GetParametersForImport {
    private final KeyCare care;
    private final Crypto crypto;
    private final ImportTokens tokens;

    GetParametersForImport(KeyCare care, Crypto crypto) {
        this.care = care;
        this.crypto = crypto;
        this.tokens = new ImportTokens(crypto.vault());
    }

    Operation<GetParametersForImportRequest, GetParametersForImportResponse> row() {
        return Rows.reading(
                "GetParametersForImport",
                GetParametersForImportRequest.class,
                GetParametersForImportResponse.class,
                this::run,
                GetParametersForImport::shown);
    }

    private Effect<GetParametersForImportResponse> run(Attempt attempt, GetParametersForImportRequest in) {
        String algorithm = in.wrappingAlgorithm().value();
        KeyKind kind = KeyKind.valueOf(in.wrappingKeySpec().value());
        Key key = care.ready(
                attempt,
                in.keyId(),
                StateRule.ANY,
                to -> to.put("kms:WrappingAlgorithm", algorithm).put("kms:WrappingKeySpec", kind.name()));
        ImportRules.demand(key, StateRule.PREPARING_IMPORT);
        WrappingScheme scheme = scheme(attempt, key, algorithm, kind);
        AsymmetricKey pair = crypto.pairs().make(key.account(), ImportTokens.pairName(key), kind);
        Instant validTo = Times.of(attempt.call()).plus(ImportTokens.VALIDITY);
        return Effect.of(GetParametersForImportResponse.builder()
                .keyId(key.arn())
                .importToken(tokens.of(key, new ImportTokens.Wrapping(pair, scheme), validTo))
                .publicKey(Secret.copyOf(pair.publicKey().unsafeArray()))
                .parametersValidTo(validTo)
                .build());
    }

    private static WrappingScheme scheme(Attempt attempt, Key key, String algorithm, KeyKind wrapping) {
        WrappingScheme scheme = WrappingScheme.of(algorithm)
                .orElseThrow(
                        () -> KmsErrors.unsupported("Wrapping algorithm " + algorithm + " is no longer supported."));
        if (wrapping == KeyKind.SM2) {
            KeySpec.SM2.demandOfferedIn(attempt.call().region());
        }
        if (!scheme.fits(wrapping) || !wraps(scheme, wrapping, key)) {
            throw KmsErrors.wrongWrapping(algorithm, wrapping.name(), key.spec());
        }
        return scheme;
    }

    /**
     * What AWS says goes with what ({@code WrappingAlgorithm} of the API reference, and the guide's page on encrypting the
     * material): OAEP alone for all but RSA private keys, which do not fit a block, as that of P-521 does not fit one of
     * 2048 bits; with an AES key between for RSA and elliptic curves, and not in China; SM2 for all.
     */
    private static boolean wraps(WrappingScheme scheme, KeyKind wrapping, Key key) {
        boolean rsa = key.spec().name().startsWith("RSA_");
        return switch (scheme) {
            case RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256 ->
                !rsa && !(key.spec() == KeySpec.ECC_NIST_P521 && wrapping == KeyKind.RSA_2048);
            case RSA_AES_KEY_WRAP_SHA_1, RSA_AES_KEY_WRAP_SHA_256 ->
                (rsa || key.spec().name().startsWith("ECC_")) && !KeySpec.isChina(key.region());
            case SM2PKE -> true;
        };
    }

    private static Optional<Facts> shown(GetParametersForImportRequest in) {
        return Optional.of(Facts.facts()
                .put("keyId", in.keyId())
                .put("wrappingAlgorithm", in.wrappingAlgorithm().value())
                .put("wrappingKeySpec", in.wrappingKeySpec().value()));
    }
}
