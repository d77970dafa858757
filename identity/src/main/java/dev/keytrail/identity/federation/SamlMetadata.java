package dev.keytrail.identity.federation;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.w3c.dom.Element;

/**
 * What a SAML provider's metadata document says (SAML 2.0 metadata): its name and the certificates it signs with.
 *
 * @param validUntil when the document, or else the last certificate, ends
 */
public record SamlMetadata(String entityId, List<X509Certificate> certificates, Instant validUntil) {
    private static final int CERTIFICATES_MAX = 20;

    public SamlMetadata {
        certificates = List.copyOf(certificates);
    }

    /** @throws IllegalArgumentException saying what is wrong with the document */
    public static SamlMetadata parse(String document) {
        Element root =
                SamlDocument.parse(document.getBytes(StandardCharsets.UTF_8)).getDocumentElement();
        if (!SamlDocument.is(root, SamlDocument.METADATA, "EntityDescriptor")) {
            throw new IllegalArgumentException("the document is no EntityDescriptor");
        }
        String entityId = SamlDocument.attribute(root, "entityID")
                .filter(id -> !id.isBlank())
                .orElseThrow(() -> new IllegalArgumentException("the EntityDescriptor has no entityID"));
        Element provider = SamlDocument.child(root, SamlDocument.METADATA, "IDPSSODescriptor")
                .orElseThrow(() -> new IllegalArgumentException("there is no IDPSSODescriptor"));
        List<X509Certificate> certificates = new ArrayList<>();
        for (Element descriptor : SamlDocument.children(provider, SamlDocument.METADATA, "KeyDescriptor")) {
            if (SamlDocument.attribute(descriptor, "use").orElse("signing").equals("signing")) {
                collect(descriptor, certificates);
            }
        }
        if (certificates.isEmpty() || certificates.size() > CERTIFICATES_MAX) {
            throw new IllegalArgumentException("there must be 1 to " + CERTIFICATES_MAX + " signing certificates");
        }
        Instant last = certificates.stream()
                .map(certificate -> certificate.getNotAfter().toInstant())
                .max(Comparator.naturalOrder())
                .orElseThrow();
        Optional<Instant> stated = SamlDocument.attribute(root, "validUntil").map(SamlMetadata::instant);
        return new SamlMetadata(
                entityId, certificates, stated.filter(last::isAfter).orElse(last));
    }

    private static void collect(Element descriptor, List<X509Certificate> into) {
        for (Element info : SamlDocument.children(descriptor, SamlDocument.SIGNATURE, "KeyInfo")) {
            for (Element data : SamlDocument.children(info, SamlDocument.SIGNATURE, "X509Data")) {
                for (Element each : SamlDocument.children(data, SamlDocument.SIGNATURE, "X509Certificate")) {
                    into.add(certificate(SamlDocument.text(each)));
                }
            }
        }
    }

    private static X509Certificate certificate(String base64) {
        try {
            byte[] der = Base64.getMimeDecoder().decode(base64);
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException | IllegalArgumentException e) {
            throw new IllegalArgumentException("a signing certificate cannot be read");
        }
    }

    /** @throws IllegalArgumentException if it is no xs:dateTime */
    static Instant instant(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("not a time: " + text.substring(0, Math.min(40, text.length())));
        }
    }
}
