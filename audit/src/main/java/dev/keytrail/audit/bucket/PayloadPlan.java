package dev.keytrail.audit.bucket;

import java.util.Base64;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * How a request's body is coded and what it must turn out to be, from its head.
 *
 * @param signed whether each chunk carries a signature
 * @param sha256 of the whole body, in hex, when the signature covers it
 * @param md5 from Content-MD5, in base64
 * @param checksums from {@code x-amz-checksum-*} headers
 * @param trailing the checksum that the trailer will carry
 * @param length of the decoded body, when the head tells
 */
record PayloadPlan(
        boolean chunked,
        boolean signed,
        boolean trailers,
        Optional<String> sha256,
        Optional<String> md5,
        Map<Checksum, String> checksums,
        Optional<Checksum> trailing,
        OptionalLong length) {
    static final String SHA256_HEADER = "x-amz-content-sha256";
    private static final String UNSIGNED = "UNSIGNED-PAYLOAD";

    static PayloadPlan of(S3Route route) {
        S3Headers headers = route.head().headers();
        String coding = coding(route);
        boolean chunked = coding.startsWith("STREAMING-");
        boolean signed = chunked && !coding.startsWith("STREAMING-UNSIGNED-");
        boolean trailers = coding.endsWith("-TRAILER");
        Optional<String> sha256 = chunked || coding.equals(UNSIGNED) ? Optional.empty() : Optional.of(coding);
        Map<Checksum, String> checksums = checksums(headers);
        Optional<Checksum> trailing = trailers ? trailing(headers) : Optional.empty();
        Optional<String> md5 = headers.get("content-md5");
        md5.ifPresent(
                text -> requireBase64(text, 16, S3Error.INVALID_DIGEST, "The Content-MD5 you specified was invalid."));
        if (headers.has("x-amz-sdk-checksum-algorithm") && checksums.isEmpty() && trailing.isEmpty()) {
            throw S3Error.INVALID_REQUEST.refused("x-amz-sdk-checksum-algorithm specified, but no corresponding"
                    + " x-amz-checksum-* or x-amz-trailer headers were found.");
        }
        return new PayloadPlan(chunked, signed, trailers, sha256, md5, checksums, trailing, length(headers, chunked));
    }

    /** The checksums to compute. */
    Set<Checksum> wanted() {
        Set<Checksum> all = EnumSet.noneOf(Checksum.class);
        all.addAll(checksums.keySet());
        trailing.ifPresent(all::add);
        return all;
    }

    private static String coding(S3Route route) {
        S3Headers headers = route.head().headers();
        Optional<String> coding =
                headers.get(SHA256_HEADER).or(() -> route.query().get("X-Amz-Content-Sha256"));
        if (coding.isEmpty()) {
            if (headers.has("authorization")) {
                throw S3Error.INVALID_REQUEST.refused("Missing required header for this request: x-amz-content-sha256");
            }
            return UNSIGNED;
        }
        return switch (coding.get()) {
            case UNSIGNED,
                    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
                    "STREAMING-UNSIGNED-PAYLOAD-TRAILER" -> coding.get();
            default -> {
                String hex = coding.get();
                if (hex.length() != 64 || !hex.chars().allMatch(HexFormat::isHexDigit)) {
                    throw S3Error.INVALID_ARGUMENT.refused(
                            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER,"
                                    + " STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
                                    + " or a valid sha256 value.");
                }
                yield hex.toLowerCase(Locale.ROOT);
            }
        };
    }

    private static Map<Checksum, String> checksums(S3Headers headers) {
        Map<Checksum, String> found = new EnumMap<>(Checksum.class);
        for (String name : headers.names()) {
            Checksum.ofHeader(name).ifPresent(checksum -> {
                String value = headers.get(name).orElseThrow();
                requireBase64(
                        value, checksum.bytes(), S3Error.INVALID_REQUEST, "Value for " + name + " header is invalid.");
                found.put(checksum, value);
            });
        }
        return found;
    }

    private static Optional<Checksum> trailing(S3Headers headers) {
        Optional<String> declared = headers.get("x-amz-trailer").map(name -> name.toLowerCase(Locale.ROOT));
        if (declared.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Checksum.ofHeader(declared.get())
                .orElseThrow(() -> S3Error.INVALID_REQUEST.refused(
                        "The value specified in the x-amz-trailer header is not supported")));
    }

    private static OptionalLong length(S3Headers headers, boolean chunked) {
        String name = chunked ? "x-amz-decoded-content-length" : "content-length";
        Optional<String> text = headers.get(name);
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!text.get().matches("[0-9]{1,18}")) {
            throw S3Error.INVALID_ARGUMENT.refused(name + " must be a non-negative integer.");
        }
        return OptionalLong.of(Long.parseLong(text.get()));
    }

    private static void requireBase64(String text, int bytes, S3Error error, String message) {
        try {
            if (Base64.getDecoder().decode(text).length == bytes) {
                return;
            }
        } catch (IllegalArgumentException e) {
            // Not base64 at all: refused like base64 of the wrong length.
        }
        throw error.refused(message);
    }
}
