package dev.keytrail.identity;

import dev.keytrail.call.Bytes;
import dev.keytrail.identity.sigv4.HeaderList;
import dev.keytrail.identity.sigv4.SignedRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner.AuthLocation;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/** Signs with the AWS SDK for Java. */
public final class SdkSigner {
    private final AwsCredentialsIdentity credentials;
    private final String service;
    private final Instant at;

    public SdkSigner(AwsCredentialsIdentity credentials, String service, Instant at) {
        this.credentials = credentials;
        this.service = service;
        this.at = at;
    }

    /** What was signed, and the body as it goes over the wire. */
    public record Sent(SignedRequest request, Bytes wireBody) {}

    public Sent header(SdkHttpMethod method, String uri, Map<String, String> headers, String body) {
        return sign(method, uri, headers, body, r -> {});
    }

    public Sent presigned(SdkHttpMethod method, String uri, Duration lifetime) {
        return sign(method, uri, Map.of(), "", r -> {
            r.putProperty(AwsV4HttpSigner.AUTH_LOCATION, AuthLocation.QUERY_STRING);
            r.putProperty(AwsV4HttpSigner.EXPIRATION_DURATION, lifetime);
        });
    }

    public Sent sign(
            SdkHttpMethod method,
            String uri,
            Map<String, String> headers,
            String body,
            Consumer<SignRequest.Builder<AwsCredentialsIdentity>> more) {
        SdkHttpRequest.Builder request = SdkHttpRequest.builder().method(method).uri(URI.create(uri));
        headers.forEach(request::putHeader);
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        var signed = AwsV4HttpSigner.create().sign(r -> {
            r.identity(credentials)
                    .request(request.build())
                    .payload(() -> new ByteArrayInputStream(content))
                    .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, service)
                    .putProperty(AwsV4HttpSigner.REGION_NAME, "eu-west-1")
                    .putProperty(AwsV4HttpSigner.DOUBLE_URL_ENCODE, !service.equals("s3"))
                    .putProperty(AwsV4HttpSigner.NORMALIZE_PATH, !service.equals("s3"))
                    .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(at, ZoneOffset.UTC));
            more.accept(r);
        });
        HeaderList.Builder list = HeaderList.builder();
        signed.request().forEachHeader((name, values) -> values.forEach(v -> list.add(name, v)));
        try {
            Bytes wire = signed.payload().isPresent()
                    ? Bytes.adopt(signed.payload().get().newStream().readAllBytes())
                    : Bytes.EMPTY;
            return new Sent(
                    new SignedRequest(
                            method.name(),
                            signed.request().encodedPath(),
                            signed.request().encodedQueryParameters().orElse(""),
                            list.build(),
                            Optional.of(wire)),
                    wire);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
