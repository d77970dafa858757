package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.crypto.Attested.Platform;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Verifies attestation documents of Nitro Enclaves and NitroTPM against the roots that the operator trusts. Immutable and
 * thread-safe.
 *
 * <p>A document is a COSE_Sign1 (RFC 9052) with ES384 over a CBOR map; its certificate must chain to a root through the
 * bundle that it carries, at the time of the call. What a member may be is AWS's specification ("Verifying the root of
 * trust", "Validate a NitroTPM attestation document"). The certificate, valid for three hours, bounds a document's age:
 * whoever replays one gets an answer that only the attested platform can read.
 */
public final class Attestations {
    /** No root: nothing can be verified. */
    public static final Attestations NONE = new Attestations(Set.of());

    private static final String DIGEST = "SHA384";
    private static final int ES384 = -35;
    private static final int ALGORITHM_LABEL = 1;
    private static final int SIGNATURE_BYTES = 96;
    private static final int CURVE_BITS = 384;
    private static final int CERTIFICATE_BYTES_MAX = 1024;
    private static final int BUNDLE_MAX = 16;
    private static final int PUBLIC_KEY_BYTES_MAX = 1024;
    private static final int FREE_BYTES_MAX = 512;
    private static final int REGISTERS_MAX = 32;
    private static final Set<Integer> REGISTER_BYTES = Set.of(32, 48, 64);
    private static final Duration CLOCK_SKEW_MAX = Duration.ofMinutes(5);
    private static final List<KeyKind> RECIPIENTS = List.of(KeyKind.RSA_2048, KeyKind.RSA_3072, KeyKind.RSA_4096);

    private final Set<X509Certificate> roots;

    private Attestations(Set<X509Certificate> roots) {
        this.roots = Set.copyOf(roots);
    }

    /**
     * @param pem one certificate or more
     * @throws IllegalArgumentException with a text for the operator
     */
    public static Attestations trusting(Bytes pem) {
        try {
            Set<X509Certificate> roots = new HashSet<>();
            for (var certificate : CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.unsafeArray()))) {
                roots.add((X509Certificate) certificate);
            }
            if (roots.isEmpty()) {
                throw new IllegalArgumentException("no certificate in it");
            }
            return new Attestations(roots);
        } catch (CertificateException e) {
            throw new IllegalArgumentException("not certificates in PEM: " + e.getMessage(), e);
        }
    }

    public boolean available() {
        return !roots.isEmpty();
    }

    /** Empty for whatever is not a genuine document with an RSA public key in it. */
    public Optional<Attested> verify(Bytes document, Instant now) {
        if (!(Cbor.read(document).orElse("") instanceof List<?> sign1)
                || sign1.size() != 4
                || !(sign1.get(0) instanceof Bytes header)
                || !(sign1.get(1) instanceof Map<?, ?>)
                || !(sign1.get(2) instanceof Bytes payload)
                || !(sign1.get(3) instanceof Bytes signature)
                || !isEs384(header)
                || signature.size() != SIGNATURE_BYTES
                || !(Cbor.read(payload).orElse("") instanceof Map<?, ?> members)) {
            return Optional.empty();
        }
        try {
            X509Certificate signer = trusted(members, now);
            if (!isSigned(signer, header, payload, signature)) {
                return Optional.empty();
            }
            return attested(members, now);
        } catch (GeneralSecurityException _) {
            return Optional.empty();
        }
    }

    private static boolean isEs384(Bytes header) {
        return Cbor.read(header).orElse("") instanceof Map<?, ?> labels
                && labels.size() == 1
                && Long.valueOf(ES384).equals(labels.get((long) ALGORITHM_LABEL));
    }

    /** The document's own certificate, once its chain is found good. */
    private X509Certificate trusted(Map<?, ?> members, Instant now) throws GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        X509Certificate signer = certificate(factory, members.get("certificate"));
        List<X509Certificate> path = new ArrayList<>(List.of(signer));
        if (!(members.get("cabundle") instanceof List<?> bundle) || bundle.isEmpty() || bundle.size() > BUNDLE_MAX) {
            throw new CertificateException("no bundle");
        }
        for (Object each : bundle.reversed()) { // The bundle begins with the root.
            X509Certificate issuer = certificate(factory, each);
            if (!roots.contains(issuer)) {
                path.add(issuer);
            }
        }
        Set<TrustAnchor> anchors = new HashSet<>();
        roots.forEach(root -> anchors.add(new TrustAnchor(root, null)));
        PKIXParameters parameters = new PKIXParameters(anchors);
        parameters.setRevocationEnabled(false); // Certificates of hours; AWS publishes no revocation for them.
        parameters.setDate(Date.from(now));
        CertPath chain = factory.generateCertPath(path);
        CertPathValidator.getInstance("PKIX").validate(chain, parameters);
        boolean[] usage = signer.getKeyUsage();
        if (signer.getBasicConstraints() >= 0 || (usage != null && !usage[0])) {
            throw new CertificateException("not for signatures");
        }
        return signer;
    }

    private static X509Certificate certificate(CertificateFactory factory, @Nullable Object member)
            throws CertificateException {
        if (!(member instanceof Bytes der) || der.isEmpty() || der.size() > CERTIFICATE_BYTES_MAX) {
            throw new CertificateException("no certificate");
        }
        return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der.unsafeArray()));
    }

    /** Over RFC 9052's Sig_structure: {@code ["Signature1", protected, external (empty), payload]}. */
    private static boolean isSigned(X509Certificate signer, Bytes header, Bytes payload, Bytes signature)
            throws GeneralSecurityException {
        if (!(signer.getPublicKey() instanceof ECPublicKey key)
                || key.getParams().getOrder().bitLength() != CURVE_BITS) {
            return false;
        }
        ByteArrayOutputStream signed = new ByteArrayOutputStream();
        signed.write(0x84);
        signed.writeBytes(Cbor.encode("Signature1"));
        signed.writeBytes(Cbor.encode(header.unsafeArray()));
        signed.writeBytes(Cbor.encode(new byte[0]));
        signed.writeBytes(Cbor.encode(payload.unsafeArray()));
        Signature verifier = Signature.getInstance("SHA384withECDSAinP1363Format", Algorithms.jdk("SunEC"));
        verifier.initVerify(key);
        verifier.update(signed.toByteArray());
        return verifier.verify(signature.unsafeArray());
    }

    private static Optional<Attested> attested(Map<?, ?> members, Instant now) {
        Platform platform = members.containsKey("nitrotpm_pcrs") ? Platform.NITRO_TPM : Platform.ENCLAVE;
        if (!(members.get("module_id") instanceof String moduleId)
                || moduleId.isEmpty()
                || !DIGEST.equals(members.get("digest"))
                || !(members.get("timestamp") instanceof Long millis)
                || millis <= 0
                || millis > now.plus(CLOCK_SKEW_MAX).toEpochMilli()
                || !(members.get(platform == Platform.ENCLAVE ? "pcrs" : "nitrotpm_pcrs") instanceof Map<?, ?> pcrs)
                || !(members.get("public_key") instanceof Bytes publicKey)
                || publicKey.size() > PUBLIC_KEY_BYTES_MAX
                || !isFree(members, "user_data")
                || !isFree(members, "nonce")) {
            return Optional.empty();
        }
        TreeMap<Integer, String> registers = new TreeMap<>();
        for (Map.Entry<?, ?> each : pcrs.entrySet()) {
            if (!(each.getKey() instanceof Long index)
                    || index < 0
                    || index >= REGISTERS_MAX
                    || !(each.getValue() instanceof Bytes value)
                    || !REGISTER_BYTES.contains(value.size())) {
                return Optional.empty();
            }
            registers.put(index.intValue(), value.hex());
        }
        return registers.isEmpty() ? Optional.empty() : of(moduleId, platform, registers, publicKey);
    }

    private static Optional<Attested> of(
            String moduleId, Platform platform, TreeMap<Integer, String> registers, Bytes publicKey) {
        return RECIPIENTS.stream()
                .filter(kind ->
                        KeyForms.readPublic(kind, publicKey.unsafeArray()).isPresent())
                .findFirst()
                .map(kind -> new Attested(moduleId, platform, registers, kind, publicKey));
    }

    private static boolean isFree(Map<?, ?> members, String name) {
        @Nullable Object value = members.get(name);
        return value == null
                || value == Cbor.Null.NULL
                || (value instanceof Bytes bytes && bytes.size() <= FREE_BYTES_MAX);
    }
}
