package dev.keytrail.identity.federation;

import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.xml.crypto.MarshalException;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureException;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Checks enveloped XML signatures of one document by the keys of its sender alone; what KeyInfo says does not count. */
final class SamlSignatures {
    private static final Set<String> TRANSFORMS = Set.of(
            Transform.ENVELOPED, CanonicalizationMethod.EXCLUSIVE, CanonicalizationMethod.EXCLUSIVE_WITH_COMMENTS);

    private static final Set<String> CANONICALIZATIONS =
            Set.of(CanonicalizationMethod.EXCLUSIVE, CanonicalizationMethod.EXCLUSIVE_WITH_COMMENTS);

    private static final Set<String> METHODS = Set.of(
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512");

    private static final Set<String> DIGESTS = Set.of(
            "http://www.w3.org/2001/04/xmlenc#sha256",
            "http://www.w3.org/2001/04/xmldsig-more#sha384",
            "http://www.w3.org/2001/04/xmlenc#sha512");

    private final List<X509Certificate> certificates;
    private final XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM");

    SamlSignatures(Document document, List<X509Certificate> certificates) throws Distrusted {
        this.certificates = certificates;
        Set<String> ids = new HashSet<>();
        NodeList all = document.getElementsByTagName("*");
        for (int i = 0; i < all.getLength(); i++) {
            Element element = (Element) all.item(i);
            // Only SAML's own spelling is an id here, so that no other attribute can stand for one.
            if (element.hasAttribute("ID") && !ids.add(element.getAttribute("ID"))) {
                throw Distrusted.invalid("Two elements of the SAML response have one ID");
            }
        }
    }

    /** The response or the assertion must be signed; where both are, both signatures must be good. */
    void require(Element response, Element assertion) throws Distrusted {
        boolean whole = isSigned(response);
        boolean part = isSigned(assertion);
        if (!whole && !part) {
            throw Distrusted.invalid("Neither the SAML response nor its assertion is signed");
        }
    }

    /** @return false if the element has no signature of its own */
    boolean isSigned(Element element) throws Distrusted {
        List<Element> own = SamlDocument.children(element, SamlDocument.SIGNATURE, "Signature");
        if (own.isEmpty()) {
            return false;
        }
        if (own.size() > 1 || !element.hasAttribute("ID")) {
            throw Distrusted.invalid("Response signature invalid");
        }
        for (X509Certificate certificate : certificates) {
            if (isSignedBy(certificate, element, own.getFirst())) {
                return true;
            }
        }
        throw Distrusted.invalid("Response signature invalid");
    }

    private boolean isSignedBy(X509Certificate certificate, Element element, Element signature) {
        try {
            DOMValidateContext context = new DOMValidateContext(certificate.getPublicKey(), signature);
            context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
            context.setIdAttributeNS(element, null, "ID");
            XMLSignature parsed = factory.unmarshalXMLSignature(context);
            return isOver(parsed, element) && parsed.validate(context);
        } catch (MarshalException | XMLSignatureException e) {
            return false;
        }
    }

    /** One reference, to the element that the signature is a child of, with nothing done to it but what must be. */
    private static boolean isOver(XMLSignature signature, Element element) {
        List<Reference> references = signature.getSignedInfo().getReferences();
        if (references.size() != 1
                || !signature.getObjects().isEmpty()
                || !METHODS.contains(
                        signature.getSignedInfo().getSignatureMethod().getAlgorithm())
                || !CANONICALIZATIONS.contains(
                        signature.getSignedInfo().getCanonicalizationMethod().getAlgorithm())) {
            return false;
        }
        Reference reference = references.getFirst();
        List<Transform> transforms = reference.getTransforms();
        return ("#" + element.getAttribute("ID")).equals(reference.getURI())
                && DIGESTS.contains(reference.getDigestMethod().getAlgorithm())
                && transforms.stream().allMatch(t -> TRANSFORMS.contains(t.getAlgorithm()))
                && transforms.stream().anyMatch(t -> t.getAlgorithm().equals(Transform.ENVELOPED));
    }
}
