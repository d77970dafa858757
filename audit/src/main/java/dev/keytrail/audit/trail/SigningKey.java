package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.KeyKind;
import dev.keytrail.crypto.WrappedMaterial;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;

/**
 * A Region's key for digests, RSA with 2048 bits (cloudtrail.md H2). The private half is sealed under the root key.
 *
 * @param number counts the Region's keys from 1
 * @param from it signs only digests that end in [from, to)
 */
public record SigningKey(long number, Instant from, Instant to, AsymmetricKey pair) {
    static final RowCodec<SigningKey> CODEC = RowCodec.of(SigningKey::write, SigningKey::read);

    /** All that comes before the RSAPublicKey in the SubjectPublicKeyInfo of any 2048-bit key with exponent 65537. */
    private static final String SPKI_HEAD = "30820122300d06092a864886f70d01010105000382010f00";

    private static final int HEAD_BYTES = SPKI_HEAD.length() / 2;

    /** DER of the PKCS#1 RSAPublicKey: the one form that the stock validator reads. */
    public Bytes publicKey() {
        Bytes spki = pair.publicKey();
        if (spki.size() <= HEAD_BYTES || !spki.slice(0, HEAD_BYTES).hex().equals(SPKI_HEAD)) {
            throw new IllegalStateException("digest key " + number + " is no 2048-bit RSA key");
        }
        return spki.slice(HEAD_BYTES, spki.size());
    }

    /** MD5 by CloudTrail's definition: a name for the key, not a protection. Lower-case hex. */
    public String fingerprint() {
        try {
            MessageDigest md5 = MessageDigest.getInstance("MD5");
            return Bytes.adopt(md5.digest(publicKey().unsafeArray())).hex();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }

    boolean covers(Instant end) {
        return !end.isBefore(from) && end.isBefore(to);
    }

    private static void write(SigningKey key, RowWriter out) {
        out.version(1).number(key.number).instant(key.from).instant(key.to);
        AsymmetricKey pair = key.pair;
        out.text(pair.account()).text(pair.keyId()).text(pair.kind().name());
        out.text(pair.material().id()).bytes(pair.material().wrapped()).bytes(pair.publicKey());
    }

    private static SigningKey read(RowReader in) {
        in.version(1);
        return new SigningKey(
                in.number(),
                in.instant(),
                in.instant(),
                new AsymmetricKey(
                        in.text(),
                        in.text(),
                        KeyKind.valueOf(in.text()),
                        new WrappedMaterial(in.text(), in.bytes()),
                        in.bytes()));
    }
}
