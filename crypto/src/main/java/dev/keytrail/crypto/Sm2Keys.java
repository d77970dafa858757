package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.io.IOException;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.agreement.ECDHBasicAgreement;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.SM2Signer;
import org.bouncycastle.util.BigIntegers;

/**
 * SM2 of GB/T 32918: SM2DSA under the default distinguishing id 1234567812345678 with SM3 and DER signatures; SM2PKE; and
 * plain ECDH on its curve.
 */
final class Sm2Keys {
    private static final int FIELD_BYTES = 32;
    private static final int HASH_BYTES = 32;

    private final ParsedKeys keys;
    private final SecureRandom random;

    Sm2Keys(ParsedKeys keys, SecureRandom random) {
        this.keys = keys;
        this.random = random;
    }

    Bytes sign(AsymmetricKey key, MessageForm form, byte[] message) {
        try {
            SM2Signer signer = signer(form, message);
            signer.init(true, new ParametersWithRandom(keys.forBouncyCastle(key), random));
            signer.update(message, 0, message.length);
            return Bytes.adopt(signer.generateSignature());
        } catch (CryptoException e) {
            throw new IllegalStateException("SM2 refuses to sign", e);
        }
    }

    boolean verify(Bytes publicKey, MessageForm form, byte[] message, Bytes signature) {
        SM2Signer signer = signer(form, message);
        signer.init(false, ParsedKeys.publicForBouncyCastle(publicKey));
        signer.update(message, 0, message.length);
        return signer.verifySignature(signature.unsafeArray());
    }

    Bytes encrypt(Bytes publicKey, Secret plaintext) {
        try {
            SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
            engine.init(true, new ParametersWithRandom(ParsedKeys.publicForBouncyCastle(publicKey), random));
            byte[] raw = engine.processBlock(plaintext.reveal(), 0, plaintext.sizeBytes());
            // 04, x, y, hash, ciphertext: spelt as a DER sequence of the four.
            int hashAt = 1 + 2 * FIELD_BYTES;
            byte[] der = new DERSequence(new ASN1Encodable[] {
                        new ASN1Integer(new BigInteger(1, Arrays.copyOfRange(raw, 1, 1 + FIELD_BYTES))),
                        new ASN1Integer(new BigInteger(1, Arrays.copyOfRange(raw, 1 + FIELD_BYTES, hashAt))),
                        new DEROctetString(Arrays.copyOfRange(raw, hashAt, hashAt + HASH_BYTES)),
                        new DEROctetString(Arrays.copyOfRange(raw, hashAt + HASH_BYTES, raw.length))
                    })
                    .getEncoded("DER");
            return Bytes.adopt(der);
        } catch (InvalidCipherTextException | IOException e) {
            throw new IllegalStateException("SM2 refuses to encrypt", e);
        }
    }

    Optional<Secret> decrypt(AsymmetricKey key, Bytes ciphertext) {
        byte[] raw;
        try {
            raw = raw(ASN1Sequence.getInstance(ciphertext.unsafeArray()));
        } catch (RuntimeException _) {
            return Optional.empty(); // Not the sequence it should be; the parser has many ways to say so.
        }
        SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
        engine.init(false, keys.forBouncyCastle(key));
        try {
            return Optional.of(Secret.adopt(engine.processBlock(raw, 0, raw.length)));
        } catch (InvalidCipherTextException | IllegalArgumentException _) {
            return Optional.empty(); // Wrong hash, or a point off the curve.
        }
    }

    /** Empty when the peer's key is not a point of this curve. */
    Optional<Secret> agree(AsymmetricKey key, Bytes peer) {
        return KeyForms.readPublic(key.kind(), peer.unsafeArray()).map(point -> {
            ECDHBasicAgreement agreement = new ECDHBasicAgreement();
            agreement.init(keys.forBouncyCastle(key));
            return Secret.adopt(BigIntegers.asUnsignedByteArray(FIELD_BYTES, agreement.calculateAgreement(point)));
        });
    }

    private static byte[] raw(ASN1Sequence sequence) {
        if (sequence.size() != 4) {
            throw new IllegalArgumentException("SM2 ciphertext of " + sequence.size() + " parts");
        }
        byte[] x = coordinate(sequence, 0);
        byte[] y = coordinate(sequence, 1);
        byte[] hash = ASN1OctetString.getInstance(sequence.getObjectAt(2)).getOctets();
        byte[] body = ASN1OctetString.getInstance(sequence.getObjectAt(3)).getOctets();
        if (hash.length != HASH_BYTES || body.length == 0) {
            throw new IllegalArgumentException("SM2 ciphertext with a hash of " + hash.length + " bytes");
        }
        byte[] raw = new byte[1 + 2 * FIELD_BYTES + HASH_BYTES + body.length];
        raw[0] = 4;
        System.arraycopy(x, 0, raw, 1, FIELD_BYTES);
        System.arraycopy(y, 0, raw, 1 + FIELD_BYTES, FIELD_BYTES);
        System.arraycopy(hash, 0, raw, 1 + 2 * FIELD_BYTES, HASH_BYTES);
        System.arraycopy(body, 0, raw, 1 + 2 * FIELD_BYTES + HASH_BYTES, body.length);
        return raw;
    }

    private static byte[] coordinate(ASN1Sequence sequence, int index) {
        BigInteger value = ASN1Integer.getInstance(sequence.getObjectAt(index)).getPositiveValue();
        return BigIntegers.asUnsignedByteArray(FIELD_BYTES, value);
    }

    private static SM2Signer signer(MessageForm form, byte[] message) {
        return form == MessageForm.RAW ? new SM2Signer() : new DigestSigner(message);
    }

    /** Signs a given e = SM3(Z | message) in place of computing one. */
    private static final class DigestSigner extends SM2Signer {
        private final byte[] digest;

        DigestSigner(byte[] digest) {
            this.digest = digest.clone();
        }

        @Override
        protected BigInteger calculateE(BigInteger order, byte[] hashed) {
            return new BigInteger(1, digest);
        }
    }
}
