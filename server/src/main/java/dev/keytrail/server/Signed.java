package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.identity.directory.Authenticated;
import dev.keytrail.identity.directory.Authenticator;
import dev.keytrail.identity.sigv4.AuthenticationFailure;
import dev.keytrail.identity.sigv4.Dialect;
import dev.keytrail.identity.sigv4.HeaderList;
import dev.keytrail.identity.sigv4.SignedRequest;
import java.time.Instant;
import java.util.Optional;

/** Turns what the listener gives into what identity and the record want. */
final class Signed {
    private Signed() {}

    /** @param body empty when it is read later */
    static SignedRequest request(HttpRequest http, Optional<Bytes> body) {
        HeaderList.Builder headers = HeaderList.builder();
        for (HttpRequest.Header header : http.headers()) {
            headers.add(header.name(), header.value());
        }
        return new SignedRequest(http.method(), http.rawPath(), http.rawQuery(), headers.build(), body);
    }

    static Origin origin(HttpRequest http) {
        Optional<Origin.Tls> tls = http.tlsVersion()
                .map(version -> new Origin.Tls(version, http.cipherSuite().orElse("")));
        return new Origin(
                http.remoteAddress(),
                http.header("user-agent"),
                http.header("host").orElse(""),
                tls,
                http.endpoint());
    }

    /** @throws Refused with the error as the service's clients know it */
    static Authenticated authenticate(
            Authenticator authenticator, State state, SignedRequest request, Service service, Instant now) {
        try {
            return authenticator.authenticate(state, request, service, now);
        } catch (AuthenticationFailure e) {
            throw new Refused(e.error(Dialect.of(service)));
        }
    }
}
