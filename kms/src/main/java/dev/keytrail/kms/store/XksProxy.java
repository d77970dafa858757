package dev.keytrail.kms.store;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Sha256;
import dev.keytrail.crypto.ExternalCiphertext;
import dev.keytrail.crypto.RequestSigner;
import dev.keytrail.kms.store.ProxyFailure.Cause;
import dev.keytrail.kms.store.ProxyJson.Members;
import dev.keytrail.wire.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A client of the AWS KMS external key store proxy API, version 1 (specification 1.0.3). Thread-safe. What a proxy answers is
 * not believed before it has the right form, and an encryption not before its integrity value fits.
 */
public final class XksProxy {
    private static final String SERVICE = "kms-xks-proxy";
    private static final String CONTENT_TYPE = "application/json";
    private static final int KEY_USAGES_MAX = 10;
    private static final int FLEET_MAX = 10;

    private final Map<String, ProxyLine> lines;

    public XksProxy(XksSettings settings) {
        Map<String, ProxyLine> made = new HashMap<>();
        for (Map.Entry<String, URI> endpoint : settings.endpoints().entrySet()) {
            made.put(
                    endpoint.getKey(),
                    new ProxyLine(endpoint.getValue(), settings.timeLimit(), settings.callsMax(), settings.tls()));
        }
        this.lines = Map.copyOf(made);
    }

    /**
     * Which proxy, and how to sign for it. The credentials stay the caller's to close.
     *
     * @param endpoint {@code https://name}
     */
    record Site(String endpoint, String path, Secret accessKeyId, Secret secretAccessKey, String region) {}

    /** What the proxy may know of the call that it is asked for; absent members are left out. */
    record About(
            String operation,
            String requestId,
            Optional<String> principalArn,
            Optional<String> keyArn,
            Optional<String> viaService) {
        private Map<String, String> members() {
            Map<String, String> members = new LinkedHashMap<>();
            principalArn.ifPresent(arn -> members.put("awsPrincipalArn", arn));
            keyArn.ifPresent(arn -> members.put("kmsKeyArn", arn));
            members.put("kmsOperation", operation);
            members.put("kmsRequestId", requestId);
            viaService.ifPresent(service -> members.put("kmsViaService", service));
            return members;
        }
    }

    /** What the proxy says of an external key. */
    record KeyFacts(String spec, List<String> usages, String status) {}

    /** @throws ProxyFailure also NO_MANAGER: the proxy is there, but nothing behind it */
    void checkHealth(Site site, About about, Instant now) throws ProxyFailure {
        Members answer = ask(site, "/health", new LinkedHashMap<>(), about, now);
        List<Members> fleet = answer.objects("ekmFleetDetails");
        boolean complete = answer.number("xksProxyFleetSize").filter(n -> n > 0).isPresent()
                && answer.text("xksProxyVendor").isPresent()
                && answer.text("xksProxyModel").isPresent()
                && answer.text("ekmVendor").isPresent()
                && !fleet.isEmpty()
                && fleet.size() <= FLEET_MAX;
        if (!complete) {
            throw new ProxyFailure(Cause.MALFORMED);
        }
        boolean usable = false;
        for (Members manager : fleet) {
            String status = manager.text("healthStatus").orElse("");
            switch (status) {
                case "ACTIVE", "DEGRADED" -> usable = true;
                case "UNAVAILABLE" -> {}
                default -> throw new ProxyFailure(Cause.MALFORMED);
            }
        }
        if (!usable) {
            throw new ProxyFailure(Cause.NO_MANAGER);
        }
    }

    KeyFacts describe(Site site, String externalKeyId, About about, Instant now) throws ProxyFailure {
        Members answer = ask(site, key(externalKeyId, "metadata"), new LinkedHashMap<>(), about, now);
        Optional<String> spec = answer.text("keySpec");
        Optional<List<String>> usages = answer.texts("keyUsage");
        Optional<String> status = answer.text("keyStatus");
        if (spec.isEmpty() || usages.filter(all -> all.size() <= KEY_USAGES_MAX).isEmpty() || status.isEmpty()) {
            throw new ProxyFailure(Cause.MALFORMED);
        }
        return new KeyFacts(spec.get(), usages.get(), status.get());
    }

    ExternalCiphertext encrypt(
            Site site, String externalKeyId, Bytes plaintext, Bytes additionalData, About about, Instant now)
            throws ProxyFailure {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("additionalAuthenticatedData", base64(additionalData));
        body.put("plaintext", base64(plaintext));
        body.put("encryptionAlgorithm", "AES_GCM");
        body.put("ciphertextDataIntegrityValueAlgorithm", "SHA_256");
        Members answer = ask(site, key(externalKeyId, "encrypt"), body, about, now);
        Bytes ciphertext = bytes(answer, "ciphertext");
        Bytes vector = bytes(answer, "initializationVector");
        Bytes tag = bytes(answer, "authenticationTag");
        Bytes metadata =
                answer.all().containsKey("ciphertextMetadata") ? bytes(answer, "ciphertextMetadata") : Bytes.EMPTY;
        boolean sound = ciphertext.size() == plaintext.size()
                && ExternalCiphertext.isVectorLength(vector.size())
                && tag.size() == ExternalCiphertext.TAG_BYTES
                && metadata.size() <= ExternalCiphertext.METADATA_BYTES_MAX
                && MessageDigest.isEqual(
                        bytes(answer, "ciphertextDataIntegrityValue").unsafeArray(),
                        sha256(additionalData, metadata, vector, ciphertext, tag));
        if (!sound) {
            throw new ProxyFailure(Cause.MALFORMED);
        }
        return new ExternalCiphertext(vector, tag, metadata, ciphertext);
    }

    Bytes decrypt(
            Site site, String externalKeyId, ExternalCiphertext sealed, Bytes additionalData, About about, Instant now)
            throws ProxyFailure {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("ciphertext", base64(sealed.ciphertext()));
        if (!sealed.metadata().isEmpty()) {
            body.put("ciphertextMetadata", base64(sealed.metadata()));
        }
        body.put("encryptionAlgorithm", "AES_GCM");
        body.put("additionalAuthenticatedData", base64(additionalData));
        body.put("initializationVector", base64(sealed.initializationVector()));
        body.put("authenticationTag", base64(sealed.tag()));
        Bytes plaintext = bytes(ask(site, key(externalKeyId, "decrypt"), body, about, now), "plaintext");
        if (plaintext.size() != sealed.ciphertext().size()) {
            throw new ProxyFailure(Cause.MALFORMED);
        }
        return plaintext;
    }

    private static String key(String externalKeyId, String verb) {
        return "/keys/" + externalKeyId + "/" + verb;
    }

    private Members ask(Site site, String what, Map<String, Object> body, About about, Instant now)
            throws ProxyFailure {
        ProxyLine line = lines.get(site.endpoint());
        if (line == null) {
            throw new ProxyFailure(Cause.NOT_PERMITTED);
        }
        Map<String, Object> whole = new LinkedHashMap<>();
        whole.put("requestMetadata", about.members());
        whole.putAll(body);
        Bytes content = JsonObject.of(whole);
        String path = site.path() + what;
        RequestSigner.Headers signed = new RequestSigner(
                        site.accessKeyId(), site.secretAccessKey(), site.region(), SERVICE)
                .sign(line.host(), path, CONTENT_TYPE, content, now);
        ProxyLine.Answer answer = line.post(
                path,
                Map.of(
                        "Content-Type",
                        CONTENT_TYPE,
                        "X-Amz-Date",
                        signed.date(),
                        "Authorization",
                        signed.authorization()),
                content);
        if (answer.status() != 200) {
            throw refusal(answer);
        }
        return ProxyJson.read(answer.body().unsafeArray());
    }

    /** By the error's name where the answer has one; by its status where something between here and the proxy spoke. */
    private static ProxyFailure refusal(ProxyLine.Answer answer) {
        String name;
        try {
            name = ProxyJson.read(answer.body().unsafeArray()).text("errorName").orElse("");
        } catch (ProxyFailure _) {
            name = "";
        }
        return new ProxyFailure(
                switch (name) {
                    case "ValidationException" -> Cause.INVALID_REQUEST;
                    case "InvalidStateException" -> Cause.INVALID_STATE;
                    case "InvalidCiphertextException" -> Cause.INVALID_CIPHERTEXT;
                    case "InvalidKeyUsageException" -> Cause.INVALID_KEY_USAGE;
                    case "AuthenticationFailedException" -> Cause.NOT_AUTHENTICATED;
                    case "AccessDeniedException" -> Cause.DENIED;
                    case "KeyNotFoundException" -> Cause.NO_SUCH_KEY;
                    case "InvalidUriPathException" -> Cause.NO_SUCH_PATH;
                    case "ThrottlingException" -> Cause.THROTTLED;
                    case "UnsupportedOperationException" -> Cause.NOT_SUPPORTED;
                    case "DependencyTimeoutException" -> Cause.DEPENDENCY_TIMED_OUT;
                    case "InternalException" -> Cause.BROKEN;
                    default -> byStatus(answer.status());
                });
    }

    private static Cause byStatus(int status) {
        return switch (status) {
            case 401 -> Cause.NOT_AUTHENTICATED;
            case 403 -> Cause.DENIED;
            case 404 -> Cause.NO_SUCH_PATH;
            case 429 -> Cause.THROTTLED;
            case 502, 503 -> Cause.NOT_REACHABLE;
            case 504 -> Cause.TIMED_OUT;
            default -> status >= 500 ? Cause.BROKEN : Cause.MALFORMED;
        };
    }

    private static String base64(Bytes content) {
        return Base64.getEncoder().encodeToString(content.unsafeArray());
    }

    private static Bytes bytes(Members answer, String name) throws ProxyFailure {
        try {
            return Bytes.adopt(Base64.getDecoder()
                    .decode(answer.text(name)
                            .orElseThrow(() -> new ProxyFailure(Cause.MALFORMED))
                            .getBytes(StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException _) {
            throw new ProxyFailure(Cause.MALFORMED);
        }
    }

    private static byte[] sha256(Bytes... parts) {
        MessageDigest all = Sha256.start();
        for (Bytes part : parts) {
            all.update(part.unsafeArray());
        }
        return all.digest();
    }
}
