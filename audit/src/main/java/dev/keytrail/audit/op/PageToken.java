package dev.keytrail.audit.op;

import dev.keytrail.audit.history.HistoryIndex.Position;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.Vault;
import java.util.Base64;
import java.util.Optional;

/**
 * LookupEvents' NextToken: a place in the order, sealed together with the question it belongs to, so that it can be
 * neither read, made up nor used for another question. It holds across restarts and on every node.
 */
final class PageToken {
    private static final int VERSION = 1;
    /** Longer texts than any token of ours are refused unread. */
    private static final int LENGTH_MAX = 1024;

    private final Vault vault;

    PageToken(Vault vault) {
        this.vault = vault;
    }

    /** @param question all that must be the same when the token comes back */
    String seal(Position position, String question) {
        byte[] place = new RowWriter()
                .version(VERSION)
                .number(position.eventTimeSeconds())
                .number(position.index())
                .toByteArray();
        try (Secret secret = Secret.adopt(place)) {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(vault.wrap(secret, name(question)).unsafeArray());
        }
    }

    /** Empty when this is no token of ours, or one for another question. */
    Optional<Position> open(String token, String question) {
        if (token.length() > LENGTH_MAX) {
            return Optional.empty();
        }
        byte[] sealed;
        try {
            sealed = Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
        return vault.unwrap(Bytes.adopt(sealed), name(question)).map(PageToken::read);
    }

    private static Position read(Secret place) {
        try (place) {
            RowReader in = new RowReader(place.reveal());
            in.version(VERSION);
            return new Position(in.number(), in.number());
        }
    }

    private static String name(String question) {
        return "cloudtrail.page-token " + question;
    }
}
