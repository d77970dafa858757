package dev.keytrail.kms.key;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.crypto.Vault;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Grant tokens: the grant's name, sealed, so that nobody else can make one. A grant is in force at once, so a token adds
 * nothing but to name the grant (RetireGrant); one that this service did not make is refused wherever it is sent.
 * Thread-safe.
 */
public final class GrantTokens {
    private static final String NAME = "kms grant token";

    private final Vault vault;

    public GrantTokens(Vault vault) {
        this.vault = vault;
    }

    /** What a token names, whether or not it still exists. */
    public record Named(String account, String region, String keyId, String grantId) {}

    /** Another one at each call. */
    public String of(Grant grant) {
        RowWriter out = new RowWriter();
        out.version(1)
                .text(grant.account())
                .text(grant.region())
                .text(grant.keyId())
                .text(grant.id());
        Bytes sealed = vault.seal(Bytes.adopt(out.toByteArray()), NAME);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(sealed.unsafeArray());
    }

    /** @throws dev.keytrail.call.Refused InvalidGrantTokenException */
    public Named read(String token) {
        byte[] sealed;
        try {
            sealed = Base64.getUrlDecoder().decode(token.getBytes(StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException notBase64) {
            throw KmsErrors.invalidGrantToken();
        }
        RowReader in = new RowReader(vault.open(Bytes.adopt(sealed), NAME)
                .orElseThrow(KmsErrors::invalidGrantToken)
                .toArray());
        in.version(1);
        return new Named(in.text(), in.text(), in.text(), in.text());
    }

    /** @throws dev.keytrail.call.Refused InvalidGrantTokenException unless all are genuine */
    public void demandGenuine(Optional<List<String>> tokens) {
        tokens.orElse(List.of()).forEach(this::read);
    }
}
