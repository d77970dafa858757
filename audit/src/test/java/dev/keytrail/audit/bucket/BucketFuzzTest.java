package dev.keytrail.audit.bucket;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Refused;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Whatever the bytes, reading them ends in a result or in {@link Refused}, and gives no more than it was given. */
class BucketFuzzTest {
    @FuzzTest
    void chunked_anyBytes_givesABodyOrRefused(byte[] data) throws IOException {
        read(data, Optional.empty());
        read(data, Optional.of(new ChunkVerifier() {
            @Override
            public boolean acceptsChunk(String signature, byte[] sha256) {
                return !signature.isEmpty();
            }

            @Override
            public boolean acceptsTrailer(String signature, byte[] sha256) {
                return !signature.isEmpty();
            }
        }));
    }

    private static void read(byte[] data, Optional<ChunkVerifier> verifier) throws IOException {
        try (AwsChunkedStream stream = new AwsChunkedStream(new ByteArrayInputStream(data), verifier, true)) {
            if (stream.readAllBytes().length > data.length) {
                throw new IllegalStateException("decoded to more than was sent");
            }
        } catch (Refused expected) {
            if (expected.error().status() >= 500) {
                throw new IllegalStateException(expected);
            }
        }
    }

    @FuzzTest
    void xml_anyBytes_givesElementsOrRefused(byte[] data) {
        try {
            XmlElement.parse(Bytes.copyOf(data));
        } catch (Refused expected) {
            if (!expected.error().code().equals("MalformedXML")) {
                throw new IllegalStateException(expected);
            }
        }
    }

    @FuzzTest
    void query_anyText_isParsedAndKeysComeBack(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        S3Query.parse(text).parameters().keySet().forEach(name -> {
            if (!ObjectKeys.decode(ObjectKeys.code(name)).equals(name)) {
                throw new IllegalStateException("key changed");
            }
        });
        PolicyFacts.of(text);
    }
}
