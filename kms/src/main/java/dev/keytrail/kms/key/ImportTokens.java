package dev.keytrail.kms.key;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.KeyKind;
import dev.keytrail.crypto.Vault;
import dev.keytrail.crypto.WrappedMaterial;
import dev.keytrail.crypto.WrappingScheme;
import java.time.Duration;
import java.time.Instant;

/**
 * Import tokens: the wrapping key pair itself (its private half wrapped) with the key it is for and its last day, sealed.
 * Nothing is kept here, so a token serves as often as its day allows. Thread-safe.
 */
public final class ImportTokens {
    /** Fixed by AWS (kms.md section 10). */
    public static final Duration VALIDITY = Duration.ofHours(24);

    private static final String NAME = "kms import token";

    private final Vault vault;

    public ImportTokens(Vault vault) {
        this.vault = vault;
    }

    /** What a token carries: a key pair to wrap with, in one way alone. */
    public record Wrapping(AsymmetricKey pair, WrappingScheme scheme) {}

    /** The name under which a wrapping pair lies in the vault: not that of any key's material. */
    public static String pairName(Key key) {
        return "import-" + key.id();
    }

    /** At most 3.5 KiB. */
    public Bytes of(Key key, Wrapping wrapping, Instant validTo) {
        RowWriter out = new RowWriter();
        out.version(1)
                .text(key.arn())
                .instant(validTo)
                .text(wrapping.scheme().name())
                .text(wrapping.pair().kind().name())
                .text(wrapping.pair().material().id())
                .bytes(wrapping.pair().material().wrapped())
                .bytes(wrapping.pair().publicKey());
        return vault.seal(Bytes.adopt(out.toByteArray()), NAME);
    }

    /** @throws dev.keytrail.call.Refused InvalidImportTokenException or ExpiredImportTokenException */
    public Wrapping read(Bytes token, Key key, Instant now) {
        Bytes statement = vault.open(token, NAME).orElseThrow(KmsErrors::invalidImportToken);
        RowReader in = new RowReader(statement.toArray());
        in.version(1);
        if (!in.text().equals(key.arn())) {
            throw KmsErrors.invalidImportToken();
        }
        if (!in.instant().isAfter(now)) {
            throw KmsErrors.expiredImportToken();
        }
        WrappingScheme scheme = WrappingScheme.valueOf(in.text());
        KeyKind kind = KeyKind.valueOf(in.text());
        WrappedMaterial material = new WrappedMaterial(in.text(), in.bytes());
        return new Wrapping(new AsymmetricKey(key.account(), pairName(key), kind, material, in.bytes()), scheme);
    }
}
