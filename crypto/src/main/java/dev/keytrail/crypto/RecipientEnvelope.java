package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.BEROctetString;
import org.bouncycastle.asn1.BERSequence;
import org.bouncycastle.asn1.BERTaggedObject;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAESOAEPparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/**
 * Wraps secrets for one attested platform: CMS EnvelopedData (RFC 5652), a fresh AES-256 key transported with
 * RSAES-OAEP-SHA-256, the content in AES-256-CBC, as KMS's CiphertextForRecipient is. The outer sequences have indefinite
 * lengths (BER), because the enclave SDK's parser reads nothing else. Thread-safe.
 */
public final class RecipientEnvelope {
    private static final ASN1Integer VERSION = new ASN1Integer(2);
    private static final int KEY_BYTES = 32;
    private static final int IV_BYTES = 16;
    private static final int KEY_ID_BYTES = 20;

    private final AsymmetricKeys keys;
    private final Entropy entropy;

    public RecipientEnvelope(AsymmetricKeys keys, Entropy entropy) {
        this.keys = keys;
        this.entropy = entropy;
    }

    /** The caller keeps {@code content}. */
    public Bytes seal(Attested recipient, Secret content) {
        byte[] iv = entropy.bytes(IV_BYTES);
        try (Secret key = Secret.adopt(entropy.bytes(KEY_BYTES))) {
            Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding", Algorithms.jdk("SunJCE"));
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key.reveal(), "AES"), new IvParameterSpec(iv));
            byte[] sealed = cipher.doFinal(content.reveal());
            Bytes wrapped =
                    keys.encrypt(recipient.kind(), recipient.publicKey(), EncryptionScheme.RSAES_OAEP_SHA_256, key);
            return Bytes.adopt(message(keyId(recipient.publicKey()), wrapped, iv, sealed));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("an envelope cannot be made", e);
        }
    }

    private static byte[] message(byte[] keyId, Bytes wrapped, byte[] iv, byte[] sealed) throws IOException {
        ASN1Encodable recipient = new DERSequence(new ASN1Encodable[] {
            VERSION,
            new DERTaggedObject(false, 0, new DEROctetString(keyId)),
            oaep(),
            new DEROctetString(wrapped.unsafeArray())
        });
        ASN1Encodable content = new BERSequence(new ASN1Encodable[] {
            PKCSObjectIdentifiers.data,
            new AlgorithmIdentifier(NISTObjectIdentifiers.id_aes256_CBC, new DEROctetString(iv)),
            new BERTaggedObject(false, 0, new BEROctetString(sealed))
        });
        return tagged(
                PKCSObjectIdentifiers.envelopedData,
                new BERSequence(new ASN1Encodable[] {VERSION, new DERSet(recipient), content}));
    }

    private static byte[] tagged(ASN1ObjectIdentifier type, ASN1Encodable content) throws IOException {
        return new BERSequence(new ASN1Encodable[] {type, new BERTaggedObject(true, 0, content)}).getEncoded("BER");
    }

    private static AlgorithmIdentifier oaep() {
        AlgorithmIdentifier sha256 = new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256);
        return new AlgorithmIdentifier(
                PKCSObjectIdentifiers.id_RSAES_OAEP,
                new RSAESOAEPparams(
                        sha256,
                        new AlgorithmIdentifier(PKCSObjectIdentifiers.id_mgf1, sha256),
                        RSAESOAEPparams.DEFAULT_P_SOURCE_ALGORITHM));
    }

    /** RFC 7093 method 1: the first 160 bits of the key's SHA-256. */
    private static byte[] keyId(Bytes publicKey) throws GeneralSecurityException {
        byte[] bits = SubjectPublicKeyInfo.getInstance(publicKey.unsafeArray())
                .getPublicKeyData()
                .getOctets();
        return Arrays.copyOf(
                MessageDigest.getInstance("SHA-256", Algorithms.jdk("SUN")).digest(bits), KEY_ID_BYTES);
    }
}
