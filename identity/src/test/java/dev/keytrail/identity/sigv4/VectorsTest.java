package dev.keytrail.identity.sigv4;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.SigningKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class VectorsTest {
    private static final String EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private record Vector(String name, boolean query, boolean normalized, SignedRequest request, String canonical) {}

    @Test
    void vectors_file_isComplete() throws IOException {
        assertThat(vectors()).hasSizeGreaterThan(65);
    }

    @TestFactory
    Stream<DynamicTest> vectors_publishedCases_canonicalFormAndSignatureFit() throws IOException {
        return vectors().stream().map(v -> DynamicTest.dynamicTest(v.name(), () -> verify(v)));
    }

    private static void verify(Vector vector) {
        Claims claims = Claims.of(vector.request());
        assertThat(claims.accessKeyId()).isEqualTo("AKIDEXAMPLE");
        assertThat(claims.presigned()).isEqualTo(vector.query());
        SigningKey key = key(claims);

        Canonical canonical = new Canonical();
        String payload = canonical.bodyHash(vector.request().body().orElseThrow());
        canonical.request(claims, vector.request(), !vector.normalized(), payload);
        assertThat(canonical.text()).isEqualTo(vector.canonical());
        assertThat(canonical.signedAs(claims, key)).isTrue();

        if (vector.normalized()) {
            new SigV4().check(claims, vector.request(), key, false);
        }
        assertThat(payload)
                .isEqualTo(vector.canonical().substring(vector.canonical().length() - EMPTY.length()));
    }

    private static SigningKey key(Claims claims) {
        Secret secret = Secret.adopt("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".getBytes(StandardCharsets.US_ASCII));
        return SigningKey.derive(secret, claims.scopeDate(), claims.region(), claims.service());
    }

    private static List<Vector> vectors() throws IOException {
        try (InputStream in = VectorsTest.class.getResourceAsStream("vectors.txt")) {
            String text = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            List<Vector> vectors = new ArrayList<>();
            for (int at = text.indexOf("\n=== "); at >= 0; at = text.indexOf("\n=== ", at + 1)) {
                int end = text.indexOf('\n', at + 1);
                String[] title = text.substring(at + 5, end).split(" ", -1);
                int middle = text.indexOf("\n--- canonical\n", end);
                int last = text.indexOf("\n---\n", middle + 1);
                String canonical = text.substring(middle + "\n--- canonical\n".length(), last);
                vectors.add(new Vector(
                        title[0] + " " + title[1],
                        title[1].equals("query"),
                        title[2].equals("yes"),
                        request(text.substring(end + 1, middle)),
                        canonical));
            }
            return vectors;
        }
    }

    private static SignedRequest request(String text) {
        String[] headAndBody = text.split("\n\n", 2);
        String[] lines = headAndBody[0].split("\n", -1);
        int target = lines[0].indexOf(' ');
        int version = lines[0].lastIndexOf(' ');
        String uri = lines[0].substring(target + 1, version);
        int question = uri.indexOf('?');
        HeaderList.Builder headers = HeaderList.builder();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            headers.add(lines[i].substring(0, colon), lines[i].substring(colon + 1));
        }
        String body = headAndBody.length > 1 ? headAndBody[1] : "";
        return new SignedRequest(
                lines[0].substring(0, target),
                question < 0 ? uri : uri.substring(0, question),
                question < 0 ? "" : uri.substring(question + 1),
                headers.build(),
                Optional.of(Bytes.adopt(body.getBytes(StandardCharsets.ISO_8859_1))));
    }
}
