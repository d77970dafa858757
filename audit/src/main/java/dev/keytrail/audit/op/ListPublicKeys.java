package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.SigningKey;
import dev.keytrail.audit.trail.SigningKeys;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.ListPublicKeysRequest;
import dev.keytrail.wire.shape.cloudtrail.ListPublicKeysResponse;
import dev.keytrail.wire.shape.cloudtrail.PublicKey;
import java.time.Instant;
import java.util.Optional;

/**
 * The public keys of this Region's digests that were valid in a time range (cloudtrail.md H2). In one page, for the stock
 * validator reads no other; a Region has about sixteen keys a year.
 */
final class ListPublicKeys {
    private final Permit permit;

    ListPublicKeys(Permit permit) {
        this.permit = permit;
    }

    Operation<ListPublicKeysRequest, ListPublicKeysResponse> row() {
        return TrailDesk.row(
                "ListPublicKeys",
                true,
                ListPublicKeysRequest.class,
                ListPublicKeysResponse.class,
                this::handle,
                ListPublicKeys::facts);
    }

    private Effect<ListPublicKeysResponse> handle(Attempt attempt, ListPublicKeysRequest in) {
        permit.check(attempt, Permit.ANY);
        if (in.nextToken().isPresent()) {
            throw new Refused(ApiError.of("InvalidTokenException", "No such token was given out."));
        }
        Instant now = attempt.call().receivedAt();
        Instant from = in.startTime().orElse(now);
        Instant to = in.endTime().orElse(now);
        if (from.isAfter(to)) {
            throw new Refused(
                    ApiError.of("InvalidTimeRangeException", "The start time must not be after the end time."));
        }
        return Effect.of(ListPublicKeysResponse.builder()
                .publicKeyList(
                        SigningKeys.overlapping(attempt.state(), attempt.call().region(), from, to).stream()
                                .map(ListPublicKeys::shape)
                                .toList())
                .build());
    }

    private static PublicKey shape(SigningKey key) {
        return PublicKey.builder()
                .value(key.publicKey())
                .validityStartTime(key.from())
                .validityEndTime(key.to())
                .fingerprint(key.fingerprint())
                .build();
    }

    private static Optional<Facts> facts(ListPublicKeysRequest in) {
        Facts facts = Facts.facts();
        in.startTime().ifPresent(time -> facts.put("startTime", time));
        in.endTime().ifPresent(time -> facts.put("endTime", time));
        return TrailDesk.shown(facts.put("nextToken", in.nextToken()));
    }
}
