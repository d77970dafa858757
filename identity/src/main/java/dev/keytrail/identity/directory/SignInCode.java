package dev.keytrail.identity.directory;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;

/**
 * What an authorization code stands for (RFC 6749 section 4.1); it goes when the code is redeemed. Keyed by the code's
 * SHA-256, so that the row is not the code.
 *
 * @param challenge what the redeemer must know the origin of (RFC 7636)
 * @param sessionToken of the session that was authorized
 */
public record SignInCode(Instant expires, String clientId, String redirectUri, String challenge, String sessionToken) {
    static final RowCodec<SignInCode> CODEC = RowCodec.of(SignInCode::write, SignInCode::read);

    private void write(RowWriter out) {
        out.version(1)
                .instant(expires)
                .text(clientId)
                .text(redirectUri)
                .text(challenge)
                .text(sessionToken);
    }

    private static SignInCode read(RowReader in) {
        in.version(1);
        return new SignInCode(in.instant(), in.text(), in.text(), in.text(), in.text());
    }
}
