package dev.keytrail.identity.federation;

import static dev.keytrail.identity.federation.SamlDocument.ASSERTION;
import static dev.keytrail.identity.federation.SamlDocument.PROTOCOL;
import static dev.keytrail.identity.federation.SamlDocument.attribute;
import static dev.keytrail.identity.federation.SamlDocument.child;
import static dev.keytrail.identity.federation.SamlDocument.children;
import static dev.keytrail.identity.federation.SamlDocument.text;

import dev.keytrail.call.Secret;
import dev.keytrail.crypto.DecryptionKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * A SAML response with one assertion (SAML 2.0 core and the web browser profile), checked against its provider's metadata.
 *
 * <p>Against signature wrapping: the response is the document's root, the assertion its only one and its direct child; ids
 * are unique; a signature counts only for the very element it is a child of; and what is read afterwards is that element.
 */
public final class SamlResponse {
    /** AWS's: an assertion must be used within five minutes of its making. */
    private static final Duration FRESH = Duration.ofMinutes(5);

    /** How far the provider's clock may be from ours. */
    private static final Duration SKEW = Duration.ofMinutes(1);

    private static final String SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success";
    private static final String BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
    private static final List<String> AUDIENCES =
            List.of("https://signin.aws.amazon.com/saml", "urn:amazon:webservices");
    private static final String RECIPIENT =
            "https://([a-z0-9-]+\\.)?signin\\.aws\\.amazon\\.com/(static/)?saml(/[A-Z0-9]+)?";

    private SamlResponse() {}

    /**
     * What a checked assertion says.
     *
     * @param subjectType {@code persistent}, {@code transient}, or the whole format
     * @param recipient where it was sent to: AWS calls that the audience
     * @param sessionEnd when the provider's own session ends
     * @param attributes values by attribute name
     */
    public record Claims(
            String assertionId,
            String issuer,
            String subject,
            String subjectType,
            String recipient,
            Optional<Instant> sessionEnd,
            Map<String, List<String>> attributes) {
        public List<String> values(String attribute) {
            return attributes.getOrDefault(attribute, List.of());
        }

        public Optional<String> value(String attribute) {
            return values(attribute).stream().findFirst();
        }
    }

    /**
     * @param encoded base64 of the response
     * @param keys that assertions may be encrypted under
     * @param required whether they must be
     */
    public static Claims verify(
            Secret encoded, SamlMetadata provider, List<DecryptionKey> keys, boolean required, Instant now)
            throws Distrusted {
        try {
            byte[] xml = Base64.getMimeDecoder()
                    .decode(new String(encoded.reveal(), StandardCharsets.ISO_8859_1).replace(' ', '+'));
            return verified(SamlDocument.parse(xml), provider, keys, required, now);
        } catch (IllegalArgumentException e) {
            throw Distrusted.invalid("The SAML response cannot be read: " + e.getMessage());
        }
    }

    private static Claims verified(
            Document document, SamlMetadata provider, List<DecryptionKey> keys, boolean required, Instant now)
            throws Distrusted {
        Element response = document.getDocumentElement();
        if (!SamlDocument.is(response, PROTOCOL, "Response")) {
            throw Distrusted.invalid("The document is no SAML response");
        }
        int encrypted =
                document.getElementsByTagNameNS(ASSERTION, "EncryptedAssertion").getLength();
        if (required && encrypted == 0) {
            throw Distrusted.invalid("The provider's assertions must be encrypted");
        }
        Element assertion =
                encrypted > 0 ? decrypted(document, response, provider, keys) : plain(document, response, provider);
        String status = child(response, PROTOCOL, "Status")
                .flatMap(s -> child(s, PROTOCOL, "StatusCode"))
                .flatMap(code -> attribute(code, "Value"))
                .orElse("");
        if (!status.equals(SUCCESS)) {
            throw Distrusted.claim("The SAML response reports no success");
        }
        String issuer =
                child(assertion, ASSERTION, "Issuer").map(SamlDocument::text).orElse("");
        if (!issuer.equals(provider.entityId())) {
            throw Distrusted.invalid("Issuer not present in specified provider");
        }
        checkAge(assertion, now);
        checkConditions(assertion, now);
        return claims(assertion, issuer, now);
    }

    private static Element plain(Document document, Element response, SamlMetadata provider) throws Distrusted {
        NodeList everywhere = document.getElementsByTagNameNS(ASSERTION, "Assertion");
        List<Element> assertions = children(response, ASSERTION, "Assertion");
        if (assertions.size() != 1 || everywhere.getLength() != 1) {
            throw Distrusted.invalid("The response must have exactly one assertion");
        }
        Element assertion = assertions.getFirst();
        new SamlSignatures(document, provider.certificates()).require(response, assertion);
        return assertion;
    }

    /**
     * The assertion out of its envelope, as a document of its own: its signature is over itself, the response's over the
     * envelope. Whatever is wrong from the envelope on is one error, for each difference would be told to a guesser.
     */
    private static Element decrypted(
            Document document, Element response, SamlMetadata provider, List<DecryptionKey> keys) throws Distrusted {
        List<Element> envelopes = children(response, ASSERTION, "EncryptedAssertion");
        int assertions = document.getElementsByTagNameNS(ASSERTION, "Assertion").getLength();
        if (envelopes.size() != 1
                || assertions != 0
                || document.getElementsByTagNameNS(ASSERTION, "EncryptedAssertion")
                                .getLength()
                        != 1) {
            throw Distrusted.invalid("The response must have exactly one assertion");
        }
        if (keys.isEmpty()) {
            throw Distrusted.invalid("The assertion is encrypted, and the provider has no private key");
        }
        boolean whole = new SamlSignatures(document, provider.certificates()).isSigned(response);
        Optional<Document> inside = SamlEncryption.open(envelopes.getFirst(), keys);
        try {
            Element assertion = inside.map(Document::getDocumentElement)
                    .filter(root -> SamlDocument.is(root, ASSERTION, "Assertion"))
                    .orElseThrow(SamlResponse::sealed);
            boolean alone =
                    inside.get().getElementsByTagNameNS(ASSERTION, "Assertion").getLength() == 1;
            boolean part = new SamlSignatures(inside.get(), provider.certificates()).isSigned(assertion);
            if (!alone || (!whole && !part)) {
                throw sealed();
            }
            return assertion;
        } catch (Distrusted e) {
            throw sealed();
        }
    }

    private static Distrusted sealed() {
        return Distrusted.invalid("The encrypted assertion cannot be decrypted, or is not signed by its provider");
    }

    private static void checkAge(Element assertion, Instant now) throws Distrusted {
        Instant issued = attribute(assertion, "IssueInstant")
                .map(SamlMetadata::instant)
                .orElseThrow(() -> Distrusted.invalid("The assertion has no IssueInstant"));
        if (issued.isAfter(now.plus(SKEW))) {
            throw Distrusted.invalid("The assertion is not valid yet");
        }
        if (!now.isBefore(issued.plus(FRESH))) {
            throw new Distrusted(Distrusted.Kind.EXPIRED, "Token must be redeemed within 5 minutes of issuance");
        }
    }

    private static void checkConditions(Element assertion, Instant now) throws Distrusted {
        Element conditions = child(assertion, ASSERTION, "Conditions")
                .orElseThrow(() -> Distrusted.invalid("The assertion has no Conditions"));
        if (attribute(conditions, "NotBefore")
                .map(SamlMetadata::instant)
                .orElse(now)
                .isAfter(now.plus(SKEW))) {
            throw Distrusted.invalid("The assertion is not valid yet");
        }
        requireBefore(now, attribute(conditions, "NotOnOrAfter"));
        List<Element> restrictions = children(conditions, ASSERTION, "AudienceRestriction");
        boolean ours = !restrictions.isEmpty()
                && restrictions.stream()
                        .allMatch(r ->
                                children(r, ASSERTION, "Audience").stream().anyMatch(a -> AUDIENCES.contains(text(a))));
        if (!ours) {
            throw Distrusted.invalid("The assertion's audience is not this service");
        }
    }

    private static void requireBefore(Instant now, Optional<String> end) throws Distrusted {
        if (end.isPresent() && !now.isBefore(SamlMetadata.instant(end.get()))) {
            throw new Distrusted(Distrusted.Kind.EXPIRED, "The SAML assertion is expired");
        }
    }

    private static Claims claims(Element assertion, String issuer, Instant now) throws Distrusted {
        Element subject = child(assertion, ASSERTION, "Subject")
                .orElseThrow(() -> Distrusted.invalid("The assertion has no Subject"));
        Element nameId = child(subject, ASSERTION, "NameID")
                .filter(id -> !text(id).isEmpty())
                .orElseThrow(() -> Distrusted.invalid("The assertion's subject has no NameID"));
        String format = attribute(nameId, "Format").orElse("");
        String type = format.endsWith(":nameid-format:persistent")
                ? "persistent"
                : format.endsWith(":nameid-format:transient") ? "transient" : format;
        return new Claims(
                attribute(assertion, "ID").orElse(""),
                issuer,
                text(nameId),
                type,
                recipient(subject, now),
                sessionEnd(assertion),
                attributes(assertion));
    }

    /** The bearer confirmation that is for us and not over. */
    private static String recipient(Element subject, Instant now) throws Distrusted {
        for (Element confirmation : children(subject, ASSERTION, "SubjectConfirmation")) {
            Optional<Element> data = child(confirmation, ASSERTION, "SubjectConfirmationData");
            Optional<String> recipient = data.flatMap(d -> attribute(d, "Recipient"));
            Optional<String> end = data.flatMap(d -> attribute(d, "NotOnOrAfter"));
            if (attribute(confirmation, "Method").orElse("").equals(BEARER)
                    && recipient.isPresent()
                    && recipient.get().matches(RECIPIENT)
                    && end.isPresent()) {
                requireBefore(now, end);
                return recipient.get();
            }
        }
        throw Distrusted.invalid("The assertion's subject is not confirmed for this service");
    }

    private static Optional<Instant> sessionEnd(Element assertion) {
        return child(assertion, ASSERTION, "AuthnStatement")
                .flatMap(statement -> attribute(statement, "SessionNotOnOrAfter"))
                .map(SamlMetadata::instant);
    }

    private static Map<String, List<String>> attributes(Element assertion) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        for (Element statement : children(assertion, ASSERTION, "AttributeStatement")) {
            for (Element attribute : children(statement, ASSERTION, "Attribute")) {
                List<String> values =
                        all.computeIfAbsent(attribute(attribute, "Name").orElse(""), _ -> new ArrayList<>());
                children(attribute, ASSERTION, "AttributeValue").forEach(value -> values.add(text(value)));
            }
        }
        return all;
    }
}
